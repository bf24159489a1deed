// Gather and its adjoint on WebGPU. Gather copies 32-bit words, so one kernel serves every dtype. scatterAdd gives each
// element of the result to one thread, which walks the indices in order: no atomics, the same bits in every run.
import { entry, gridOf, gridOfThreads, storage, workgroupSize } from "../contract/dispatch.wgsl.ts";
import type { KernelContext, Lowered, WebGPUKernel, WebGPULaunch } from "../contract/kernel.ts";
import type { Attributes } from "../contract/op.ts";
import { sizeOf } from "../contract/tensor-type.ts";
import { reducePasses } from "../reduce/reduce.wgsl.ts";
import { gatherShape, type ScatterAddAttributes } from "./shape.ts";

const gatherSource = (element: string, missing: string): string =>
  [
    storage(0, "table", element),
    storage(1, "indices", "i32"),
    storage(2, "result", element, "read_write"),
    entry(`
if (index >= parameter(0)) { return; }
let row = indices[index / parameter(1)];
var value = ${element}(${missing});
if (row >= 0 && u32(row) < parameter(2)) { value = table[u32(row) * parameter(1) + index % parameter(1)]; }
result[index] = value;
`),
  ].join("\n");

const lowerGather = ({ inputs }: KernelContext<Attributes>): Lowered<WebGPULaunch> => {
  const { rows, width, count } = gatherShape(inputs);
  if (count * width === 0) return { launches: [] };
  const together = width % 4 === 0 ? 4 : 1;
  const threads = (count * width) / together;
  return {
    launches: [
      {
        source: gatherSource(together === 4 ? "vec4<u32>" : "u32", inputs[0]?.dtype === "f32" ? "0x7fc00000u" : "0u"),
        bindings: [{ input: 0 }, { input: 1 }, { output: 0 }],
        workgroups: gridOfThreads(threads),
        parameters: [threads, width / together, rows],
      },
    ],
  };
};

/** Up to so many indices every element of the result looks through all of them itself. */
const fewIndices = 512;

/** One thread an element. Parameters: elements, width, count. */
const scatterFewSource = [
  storage(0, "indices", "i32"),
  storage(1, "updates", "f32"),
  storage(2, "result", "f32", "read_write"),
  entry(`
if (index >= parameter(0)) { return; }
let row = i32(index / parameter(1));
let column = index % parameter(1);
var sum = 0.0;
for (var i = 0u; i < parameter(2); i++) {
  if (indices[i] == row) { sum += updates[i * parameter(1) + column]; }
}
result[index] = sum;
`),
].join("\n");

/** Indices of a chunk: past it, chunks are summed apart into scratch and then added in order. */
const chunkIndices = 16_384;
/** Words of scratch that chunks may take; beyond it, one pass walks all indices. */
const mostScratchWords = 2 ** 22;

/**
 * One workgroup a row and chunk. The workgroup compares 256 indices at once, packs the hits into eight words, and then
 * every thread walks the hits in order, each for its own columns. Parameters: workgroups, rows, width, count, chunk.
 */
const scatterSource = [
  storage(0, "indices", "i32"),
  storage(1, "updates", "f32"),
  storage(2, "result", "f32", "read_write"),
  `var<workgroup> hit: array<u32, ${workgroupSize}>;`,
  `var<workgroup> hits: array<u32, ${workgroupSize / 32}>;`,
  entry(`
if (workgroup >= parameter(0)) { return; }
let row = workgroup % parameter(1);
let first = (workgroup / parameter(1)) * parameter(4);
let last = min(first + parameter(4), parameter(3));
for (var column = lane; column < parameter(2); column += ${workgroupSize}u) {
  result[workgroup * parameter(2) + column] = 0.0;
}
for (var start = first; start < last; start += ${workgroupSize}u) {
  var matches = 0u;
  if (start + lane < last) { matches = select(0u, 1u, indices[start + lane] == i32(row)); }
  hit[lane] = matches;
  workgroupBarrier();
  if (lane < ${workgroupSize / 32}u) {
    var word = 0u;
    for (var bit = 0u; bit < 32u; bit++) { word |= hit[lane * 32u + bit] << bit; }
    hits[lane] = word;
  }
  workgroupBarrier();
  for (var column = lane; column < parameter(2); column += ${workgroupSize}u) {
    let at = workgroup * parameter(2) + column;
    var sum = result[at];
    for (var group = 0u; group < ${workgroupSize / 32}u; group++) {
      for (var word = hits[group]; word != 0u; word &= word - 1u) {
        let i = start + group * 32u + countTrailingZeros(word);
        sum += updates[i * parameter(2) + column];
      }
    }
    result[at] = sum;
  }
  workgroupBarrier();
}
`),
].join("\n");

const lowerScatter = ({ inputs, attributes }: KernelContext<ScatterAddAttributes>): Lowered<WebGPULaunch> => {
  const [indices, updates] = inputs;
  const { rows } = attributes;
  const count = sizeOf(indices?.shape ?? []);
  const width = sizeOf(updates?.shape.slice(indices?.shape.length ?? 0) ?? []);
  if (rows * width === 0) return { launches: [] };
  if (count <= fewIndices)
    return {
      launches: [
        {
          source: scatterFewSource,
          bindings: [{ input: 0 }, { input: 1 }, { output: 0 }],
          workgroups: gridOfThreads(rows * width),
          parameters: [rows * width, width, count],
        },
      ],
    };
  const wanted = Math.ceil(count / chunkIndices);
  const chunks = wanted > 1 && wanted * rows * width <= mostScratchWords ? wanted : 1;
  const scratch: number[] = chunks > 1 ? [4 * chunks * rows * width] : [];
  const partial = chunks > 1 ? { scratch: 0 } : { output: 0 };
  const launch: WebGPULaunch = {
    source: scatterSource,
    bindings: [{ input: 0 }, { input: 1 }, partial],
    workgroups: gridOf(rows * chunks),
    parameters: [rows * chunks, rows, width, count, chunks > 1 ? chunkIndices : count],
  };
  if (chunks === 1) return { launches: [launch] };
  const sizes = { outer: 1, reduced: chunks, inner: rows * width };
  const launches = [launch, ...reducePasses("sum", "f32", sizes, { scratch: 0 }, { output: 0 }, scratch, undefined)];
  return { scratch, launches };
};

export const gatherWebGPU: WebGPUKernel<Attributes>[] = [{ device: "webgpu", name: "gather", lower: lowerGather }];
export const scatterAddWebGPU: WebGPUKernel<ScatterAddAttributes>[] = [
  { device: "webgpu", name: "scatterAdd", lower: lowerScatter },
];
