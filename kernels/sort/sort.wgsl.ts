// Bitonic sorts on WebGPU. Keys are compared with the places they came from, so no two are equal and the network gives
// the stable order. Rows are padded to a power of two; what lies within a tile is sorted in workgroup memory. Keys are made
// and results written by kernels of their own, so that the network is compiled once (seconds on some drivers).
import { entry, gridOf, gridOfThreads, indent, storage, workgroupSize } from "../contract/dispatch.wgsl.ts";
import type {
  BufferReference,
  DeviceTraits,
  KernelContext,
  Lowered,
  WebGPUKernel,
  WebGPULaunch,
} from "../contract/kernel.ts";
import type { DType } from "../contract/tensor-type.ts";
import { type Subgroups, subgroupsOf } from "../contract/tree.wgsl.ts";
import { rowsAlong } from "./shape.ts";
import type { SortAttributes } from "./sort.ts";

/** Elements of a tile: 8 KiB of workgroup memory, half of what every device has. */
const tile = 1024;

/** What is sorted, and what becomes of it. */
export interface SortedRows {
  readonly device: DeviceTraits;
  readonly rows: number;
  readonly length: number;
  /** Elements of each row that are written, from the first; all when left out. */
  readonly kept?: number;
  /** WGSL of `keyOf(bits: u32) -> u32`. */
  readonly keyOf: string;
  readonly source: BufferReference;
  /** Results as [rows, kept] words: what `write` names `first` and `second`. */
  readonly results: readonly [BufferReference, BufferReference];
  /** WGSL that writes place `at` of the results, given `key`, `place` in the row and the row's `base`; may read `x`. */
  readonly write: string;
}

/** Keys and places of all positions, those of padding behind all others. Parameters: positions, rows, length, padded. */
const keySource = (keyOf: string): string =>
  [
    storage(0, "x", "u32"),
    storage(1, "keys", "u32", "read_write"),
    storage(2, "places", "u32", "read_write"),
    keyOf,
    entry(`
if (index >= parameter(0)) { return; }
let row = index / parameter(3);
let position = index % parameter(3);
var key = 0xffffffffu;
if (row < parameter(1) && position < parameter(2)) { key = keyOf(x[row * parameter(2) + position]); }
keys[index] = key;
places[index] = position;
`),
  ].join("\n");

/** Parameters: elements, length, padded, kept. */
const writeSource = (write: string): string =>
  [
    storage(0, "x", "u32"),
    storage(1, "keys", "u32"),
    storage(2, "places", "u32"),
    storage(3, "first", "u32", "read_write"),
    storage(4, "second", "u32", "read_write"),
    entry(`
let at = index;
if (at >= parameter(0)) { return; }
let row = at / parameter(3);
let base = row * parameter(1);
let held = row * parameter(2) + at % parameter(3);
let key = keys[held];
let place = places[held];
${write}
`),
  ].join("\n");

/** A thread's elements of a tile: as many as a vector has. */
const eachElement = (text: (at: string, element: string) => string): string =>
  [0, 1, 2, 3].map((i) => text(`lane + ${i * workgroupSize}u`, `[${i}]`)).join("\n");

/** The distances below a subgroup's size: each thread holds four elements, a workgroup's size apart, and meets its partner's. */
const exchanges = ({ lanes }: Subgroups): string => `workgroupBarrier();
${eachElement((at, i) => `key${i} = tileKeys[${at}];\nplace${i} = tilePlaces[${at}];`)}
let position = vec4u(${[0, 1, 2, 3].map((i) => `lane + ${i * workgroupSize}u`).join(", ")}) + start;
let ascending = (position & vec4u((parameter(2) - 1u) & k)) == vec4u(0u);
for (var j = min(k, ${lanes}u) / 2u; j > 0u; j /= 2u) {
  let otherKey = subgroupShuffleXor(key, j);
  let otherPlace = subgroupShuffleXor(place, j);
  let less = (key < otherKey) | ((key == otherKey) & (place < otherPlace));
  let keeps = less == (ascending == vec4<bool>((lane & j) == 0u));
  key = select(otherKey, key, keeps);
  place = select(otherPlace, place, keeps);
}
${eachElement((at, i) => `tileKeys[${at}] = key${i};\ntilePlaces[${at}] = place${i};`)}`;

/**
 * In each tile the distances below a tile of the merges from one width to another. Parameters: first and last width,
 * padded length, tiles. The direction is that of a position's bit of the width.
 */
const tileSource = (subgroups: Subgroups | undefined): string =>
  [
    subgroups?.directives ?? "",
    storage(0, "keys", "u32", "read_write"),
    storage(1, "places", "u32", "read_write"),
    `var<workgroup> tileKeys: array<u32, ${tile}>;`,
    `var<workgroup> tilePlaces: array<u32, ${tile}>;`,
    entry(
      `
if (workgroup >= parameter(3)) { return; }
let start = workgroup * ${tile}u;
${subgroups ? "var key: vec4u;\nvar place: vec4u;" : ""}
for (var i = lane; i < ${tile}u; i += ${workgroupSize}u) {
  tileKeys[i] = keys[start + i];
  tilePlaces[i] = places[start + i];
}
for (var k = parameter(0); k <= parameter(1); k *= 2u) {
  for (var j = min(k, ${tile}u) / 2u; j >= ${subgroups?.lanes ?? 1}u; j /= 2u) {
    workgroupBarrier();
    for (var t = lane; t < ${tile / 2}u; t += ${workgroupSize}u) {
      let a = 2u * t - (t & (j - 1u));
      let b = a + j;
      let lowKey = tileKeys[a];
      let highKey = tileKeys[b];
      let lowPlace = tilePlaces[a];
      let highPlace = tilePlaces[b];
      let ascending = ((start + a) & (parameter(2) - 1u) & k) == 0u;
      if ((lowKey > highKey || (lowKey == highKey && lowPlace > highPlace)) == ascending) {
        tileKeys[a] = highKey;
        tileKeys[b] = lowKey;
        tilePlaces[a] = highPlace;
        tilePlaces[b] = lowPlace;
      }
    }
  }
${subgroups ? indent(exchanges(subgroups)) : ""}
}
workgroupBarrier();
for (var i = lane; i < ${tile}u; i += ${workgroupSize}u) {
  keys[start + i] = tileKeys[i];
  places[start + i] = tilePlaces[i];
}
`,
      workgroupSize,
      subgroups,
    ),
  ].join("\n");

/** One distance of at least a tile, a pair a thread. Parameters: pairs, distance, merge's width, padded length. */
const stepSource = [
  storage(0, "keys", "u32", "read_write"),
  storage(1, "places", "u32", "read_write"),
  entry(`
if (index >= parameter(0)) { return; }
let j = parameter(1);
let a = 2u * index - (index & (j - 1u));
let b = a + j;
let lowKey = keys[a];
let highKey = keys[b];
let lowPlace = places[a];
let highPlace = places[b];
let ascending = (a & (parameter(3) - 1u) & parameter(2)) == 0u;
if ((lowKey > highKey || (lowKey == highKey && lowPlace > highPlace)) == ascending) {
  keys[a] = highKey;
  keys[b] = lowKey;
  places[a] = highPlace;
  places[b] = lowPlace;
}
`),
].join("\n");

/** The launches that sort rows; scratch sizes are added to `scratch`. */
export const sortPasses = (sorted: SortedRows, scratch: number[]): WebGPULaunch[] => {
  const { device, rows, length, source, kept = length } = sorted;
  if (rows * kept === 0) return [];
  const padded = 2 ** Math.ceil(Math.log2(length));
  const tiles = Math.ceil((rows * padded) / tile);
  const positions = tiles * tile;
  const keys: BufferReference = { scratch: scratch.push(4 * positions) - 1 };
  const places: BufferReference = { scratch: scratch.push(4 * positions) - 1 };
  const inTiles = (from: number, to: number): WebGPULaunch => ({
    source: tileSource(subgroupsOf(device)),
    bindings: [keys, places],
    workgroups: gridOf(tiles),
    parameters: [from, to, padded, tiles],
  });
  const launches: WebGPULaunch[] = [
    {
      source: keySource(sorted.keyOf),
      bindings: [source, keys, places],
      workgroups: gridOfThreads(positions),
      parameters: [positions, rows, length, padded],
    },
  ];
  if (padded > 1) launches.push(inTiles(2, Math.min(padded, tile)));
  for (let width = 2 * tile; width <= padded; width *= 2) {
    for (let j = width / 2; j >= tile; j /= 2)
      launches.push({
        source: stepSource,
        bindings: [keys, places],
        workgroups: gridOfThreads(positions / 2),
        parameters: [positions / 2, j, width, padded],
      });
    launches.push(inTiles(width, width));
  }
  launches.push({
    source: writeSource(sorted.write),
    bindings: [source, keys, places, ...sorted.results],
    workgroups: gridOfThreads(rows * kept),
    parameters: [rows * kept, length, padded, kept],
  });
  return launches;
};

/** The key in whose order elements sort: NaN is the largest either way, zeros of both signs are equal. */
export const keyText = (dtype: DType, descending: boolean): string => {
  const body: Partial<Record<DType, string>> = {
    f32: `if ((bits & 0x7fffffffu) > 0x7f800000u) { return 0xffffffffu; }
  if (bits != 0x80000000u) { key = bits ^ select(0x80000000u, 0xffffffffu, (bits & 0x80000000u) != 0u); }
  else { key = 0x80000000u; }`,
    i32: "key = bits ^ 0x80000000u;",
  };
  return `fn keyOf(bits: u32) -> u32 {
  var key = bits;
  ${body[dtype] ?? ""}
  return ${descending ? "~key" : "key"};
}`;
};

const lower = ({ inputs: [x], attributes, device }: KernelContext<SortAttributes>): Lowered<WebGPULaunch> => {
  const scratch: number[] = [];
  const launches = sortPasses(
    {
      device,
      ...rowsAlong(x),
      keyOf: keyText(x?.dtype ?? "f32", attributes.descending),
      source: { input: 0 },
      results: [{ output: 0 }, { output: 1 }],
      write: "first[at] = x[base + place];\n  second[at] = place;",
    },
    scratch,
  );
  return { scratch, launches };
};

export const sortWebGPU: WebGPUKernel<SortAttributes>[] = [{ device: "webgpu", name: "bitonic", lower }];
