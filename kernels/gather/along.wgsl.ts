// takeAlong and its adjoint on WebGPU. The adjoint of short rows lets each element look through all indices; that of long
// rows sorts the indices with their places, so that each element finds its own together and adds them in order.
import { entry, gridOfThreads, storage } from "../contract/dispatch.wgsl.ts";
import type { BufferReference, KernelContext, Lowered, WebGPUKernel, WebGPULaunch } from "../contract/kernel.ts";
import type { Attributes } from "../contract/op.ts";
import { sortPasses } from "../sort/sort.wgsl.ts";
import type { ScatterAddAlongAttributes } from "./along.ts";
import { alongShape } from "./shape.ts";

/** Parameters: elements, length, count. */
const takeSource = (missing: string): string =>
  [
    storage(0, "x", "u32"),
    storage(1, "indices", "u32"),
    storage(2, "result", "u32", "read_write"),
    entry(`
if (index >= parameter(0)) { return; }
let own = indices[index];
var value = ${missing};
if (own < parameter(1)) { value = x[(index / parameter(2)) * parameter(1) + own]; }
result[index] = value;
`),
  ].join("\n");

const lowerTake = ({ inputs: [x, indices] }: KernelContext<Attributes>): Lowered<WebGPULaunch> => {
  const { rows, length, count } = alongShape(x, indices);
  if (rows * count === 0) return { launches: [] };
  return {
    launches: [
      {
        source: takeSource(x?.dtype === "f32" ? "0x7fc00000u" : "0u"),
        bindings: [{ input: 0 }, { input: 1 }, { output: 0 }],
        workgroups: gridOfThreads(rows * count),
        parameters: [rows * count, length, count],
      },
    ],
  };
};

/** Up to so many indices a row every element of the result looks through all of them. */
const fewIndices = 256;

/** Parameters: elements, size, count. */
const fewSource = [
  storage(0, "indices", "u32"),
  storage(1, "updates", "f32"),
  storage(2, "result", "f32", "read_write"),
  entry(`
if (index >= parameter(0)) { return; }
let own = index % parameter(1);
let base = (index / parameter(1)) * parameter(2);
var sum = 0.0;
for (var i = base; i < base + parameter(2); i++) {
  if (indices[i] == own) { sum += updates[i]; }
}
result[index] = sum;
`),
].join("\n");

/** Parameters: elements, size, count. \`sorted\` holds each row's indices in order, \`places\` where they stood. */
const sortedSource = [
  storage(0, "sorted", "u32"),
  storage(1, "places", "u32"),
  storage(2, "updates", "f32"),
  storage(3, "result", "f32", "read_write"),
  entry(`
if (index >= parameter(0)) { return; }
let own = index % parameter(1);
let base = (index / parameter(1)) * parameter(2);
var low = 0u;
var high = parameter(2);
while (low < high) {
  let middle = (low + high) / 2u;
  if (sorted[base + middle] < own) { low = middle + 1u; } else { high = middle; }
}
var sum = 0.0;
for (var i = low; i < parameter(2); i++) {
  if (sorted[base + i] != own) { break; }
  sum += updates[base + places[base + i]];
}
result[index] = sum;
`),
].join("\n");

const lowerScatter = ({
  inputs: [indices],
  attributes: { size },
  device,
}: KernelContext<ScatterAddAlongAttributes>): Lowered<WebGPULaunch> => {
  const { rows, length: count } = alongShape(indices, indices);
  if (rows * size === 0) return { launches: [] };
  const launch = (source: string, reads: readonly BufferReference[]): WebGPULaunch => ({
    source,
    bindings: [...reads, { input: 1 }, { output: 0 }],
    workgroups: gridOfThreads(rows * size),
    parameters: [rows * size, size, count],
  });
  if (count <= fewIndices) return { launches: [launch(fewSource, [{ input: 0 }])] };
  const scratch = [4 * rows * count, 4 * rows * count];
  const sorting = sortPasses(
    {
      device,
      rows,
      length: count,
      keyOf: "fn keyOf(bits: u32) -> u32 { return bits; }",
      source: { input: 0 },
      results: [{ scratch: 0 }, { scratch: 1 }],
      write: "first[at] = key;\n  second[at] = place;",
    },
    scratch,
  );
  return { scratch, launches: [...sorting, launch(sortedSource, [{ scratch: 0 }, { scratch: 1 }])] };
};

export const takeAlongWebGPU: WebGPUKernel<Attributes>[] = [{ device: "webgpu", name: "takeAlong", lower: lowerTake }];
export const scatterAddAlongWebGPU: WebGPUKernel<ScatterAddAlongAttributes>[] = [
  { device: "webgpu", name: "scatterAddAlong", lower: lowerScatter },
];
