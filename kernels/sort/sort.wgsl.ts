// Bitonic sorts on WebGPU. Keys are compared with the places they came from, so no two are equal and the network gives
// the stable order. Rows are padded to a power of two; tiles are sorted and merged in workgroup memory.
import { entry, gridOf, gridOfThreads, storage, workgroupSize } from "../contract/dispatch.wgsl.ts";
import type { BufferReference, KernelContext, Lowered, WebGPUKernel, WebGPULaunch } from "../contract/kernel.ts";
import type { DType } from "../contract/tensor-type.ts";
import { rowsAlong } from "./shape.ts";
import type { SortAttributes } from "./sort.ts";

/** Elements of a tile: 8 KiB of workgroup memory, half of what every device has. */
const tile = 1024;

/** What is sorted, and what becomes of it. */
export interface SortedRows {
  readonly rows: number;
  readonly length: number;
  /** WGSL of `keyOf(bits: u32) -> u32`. */
  readonly keyOf: string;
  readonly source: BufferReference;
  /** Results as [rows, length] words: what `write` names `first` and `second`. */
  readonly results: readonly [BufferReference, BufferReference];
  /** WGSL that writes place `at` of the results, given `key`, `place` in the row and the row's `base`; may read `x`. */
  readonly write: string;
}

const shared = `var<workgroup> keys: array<u32, ${tile}>;
var<workgroup> places: array<u32, ${tile}>;
fn exchange(a: u32, b: u32, ascending: bool) {
  let above = keys[a] > keys[b] || (keys[a] == keys[b] && places[a] > places[b]);
  if (above == ascending) {
    let key = keys[a];
    keys[a] = keys[b];
    keys[b] = key;
    let place = places[a];
    places[a] = places[b];
    places[b] = place;
  }
}
`;

/** One distance of the network in a tile; the direction is that of the position's bit \`k\`. */
const distance = (padded: string): string => `workgroupBarrier();
for (var t = lane; t < ${tile / 2}u; t += ${workgroupSize}u) {
  let a = 2u * t - (t & (j - 1u));
  let position = (workgroup * ${tile}u + a) & (${padded} - 1u);
  exchange(a, a + j, (position & k) == 0u);
}`;

const finish = (write: string): string => `workgroupBarrier();
for (var i = lane; i < ${tile}u; i += ${workgroupSize}u) {
  let element = workgroup * ${tile}u + i;
  let row = element / parameter(2);
  let position = element % parameter(2);
  if (row >= parameter(0) || position >= parameter(1)) { continue; }
  let base = row * parameter(1);
  let at = base + position;
  let key = keys[i];
  let place = places[i];
  ${write}
}`;

const keep = `workgroupBarrier();
for (var i = lane; i < ${tile}u; i += ${workgroupSize}u) {
  first[workgroup * ${tile}u + i] = keys[i];
  second[workgroup * ${tile}u + i] = places[i];
}`;

const results = (at: number): string =>
  [storage(at, "first", "u32", "read_write"), storage(at + 1, "second", "u32", "read_write")].join("\n");

/** Sorts tiles. Parameters: rows, length, padded length. */
const tileSource = (keyOf: string, end: string): string => `${storage(0, "x", "u32")}
${results(1)}
${keyOf}
${shared}${entry(`
for (var i = lane; i < ${tile}u; i += ${workgroupSize}u) {
  let element = workgroup * ${tile}u + i;
  let row = element / parameter(2);
  let position = element % parameter(2);
  var key = 0xffffffffu;
  if (row < parameter(0) && position < parameter(1)) { key = keyOf(x[row * parameter(1) + position]); }
  keys[i] = key;
  places[i] = position;
}
for (var k = 2u; k <= min(parameter(2), ${tile}u); k *= 2u) {
  for (var j = k / 2u; j > 0u; j /= 2u) {
    ${distance("parameter(2)")}
  }
}
${end}
`)}`;

/** The distances of a merge that lie in a tile. Parameters: as tileSource, then the merge's width. */
const mergeSource = (end: string, last: boolean): string =>
  [
    storage(0, "sortedKeys", "u32", "read_write"),
    storage(1, "sortedPlaces", "u32", "read_write"),
    ...(last ? [storage(2, "x", "u32"), results(3)] : []),
    shared,
    entry(`
let k = parameter(3);
for (var i = lane; i < ${tile}u; i += ${workgroupSize}u) {
  keys[i] = sortedKeys[workgroup * ${tile}u + i];
  places[i] = sortedPlaces[workgroup * ${tile}u + i];
}
for (var j = ${tile / 2}u; j > 0u; j /= 2u) {
  ${distance("parameter(2)")}
}
${last ? end : end.replaceAll("first[", "sortedKeys[").replaceAll("second[", "sortedPlaces[")}
`),
  ].join("\n");

/** One distance wider than a tile, a pair a thread. Parameters: pairs, distance, merge's width, padded length. */
const stepSource = [
  storage(0, "keys", "u32", "read_write"),
  storage(1, "places", "u32", "read_write"),
  entry(`
if (index >= parameter(0)) { return; }
let j = parameter(1);
let a = 2u * index - (index & (j - 1u));
let b = a + j;
let ascending = (a & (parameter(3) - 1u) & parameter(2)) == 0u;
let lowKey = keys[a];
let highKey = keys[b];
let lowPlace = places[a];
let highPlace = places[b];
let above = lowKey > highKey || (lowKey == highKey && lowPlace > highPlace);
if (above == ascending) {
  keys[a] = highKey;
  keys[b] = lowKey;
  places[a] = highPlace;
  places[b] = lowPlace;
}
`),
].join("\n");

/** The launches that sort rows; scratch sizes are added to `scratch`. */
export const sortPasses = (sorted: SortedRows, scratch: number[]): WebGPULaunch[] => {
  const { rows, length, keyOf, source, write } = sorted;
  if (rows * length === 0) return [];
  const padded = 2 ** Math.ceil(Math.log2(length));
  const tiles = Math.ceil((rows * padded) / tile);
  const parameters = [rows, length, padded];
  if (padded <= tile)
    return [
      {
        source: tileSource(keyOf, finish(write)),
        bindings: [source, ...sorted.results],
        workgroups: gridOf(tiles),
        parameters,
      },
    ];
  const keys: BufferReference = { scratch: scratch.push(4 * rows * padded) - 1 };
  const places: BufferReference = { scratch: scratch.push(4 * rows * padded) - 1 };
  const launches: WebGPULaunch[] = [
    {
      source: tileSource(keyOf, keep),
      bindings: [source, keys, places],
      workgroups: gridOf(tiles),
      parameters,
    },
  ];
  const pairs = (rows * padded) / 2;
  for (let width = 2 * tile; width <= padded; width *= 2) {
    for (let j = width / 2; j >= tile; j /= 2)
      launches.push({
        source: stepSource,
        bindings: [keys, places],
        workgroups: gridOfThreads(pairs),
        parameters: [pairs, j, width, padded],
      });
    const last = width === padded;
    launches.push({
      source: mergeSource(last ? finish(write) : keep, last),
      bindings: last ? [keys, places, source, ...sorted.results] : [keys, places],
      workgroups: gridOf(tiles),
      parameters: [...parameters, width],
    });
  }
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

const lower = ({ inputs: [x], attributes }: KernelContext<SortAttributes>): Lowered<WebGPULaunch> => {
  const scratch: number[] = [];
  const launches = sortPasses(
    {
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
