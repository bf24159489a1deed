// Binary searches and counts on WebGPU. Counts are integers, so that their atomic sums are the same in any order.
import { entry, gridOf, gridOfThreads, storage, workgroupSize } from "../contract/dispatch.wgsl.ts";
import type { KernelContext, Lowered, WebGPUKernel, WebGPULaunch } from "../contract/kernel.ts";
import type { BinCountAttributes, SearchSortedAttributes } from "./search.ts";
import { rowsAlong } from "./shape.ts";
import { keyText } from "./sort.wgsl.ts";

/** Parameters: values, length, count of values a row. */
const searchSource = (keyOf: string, right: boolean): string =>
  [
    storage(0, "sorted", "u32"),
    storage(1, "values", "u32"),
    storage(2, "result", "u32", "read_write"),
    keyOf,
    entry(`
if (index >= parameter(0)) { return; }
let base = (index / parameter(2)) * parameter(1);
let key = keyOf(values[index]);
var low = 0u;
var high = parameter(1);
while (low < high) {
  let middle = (low + high) / 2u;
  if (keyOf(sorted[base + middle]) ${right ? "<=" : "<"} key) { low = middle + 1u; } else { high = middle; }
}
result[index] = low;
`),
  ].join("\n");

const lowerSearch = ({
  inputs: [sorted, values],
  attributes: { right },
}: KernelContext<SearchSortedAttributes>): Lowered<WebGPULaunch> => {
  const { length } = rowsAlong(sorted);
  const { rows, length: count } = rowsAlong(values);
  if (rows * count === 0) return { launches: [] };
  return {
    launches: [
      {
        source: searchSource(keyText(sorted?.dtype ?? "f32", false), right),
        bindings: [{ input: 0 }, { input: 1 }, { output: 0 }],
        workgroups: gridOfThreads(rows * count),
        parameters: [rows * count, length, count],
      },
    ],
  };
};

/** Bins that a workgroup counts in its own memory; above, it counts in the result. */
const localBins = 1024;
/** Indices of a workgroup. */
const chunk = 16 * workgroupSize;

const clearSource = [
  storage(0, "result", "u32", "read_write"),
  entry(`
if (index >= parameter(0)) { return; }
result[index] = 0u;
`),
].join("\n");

/** Parameters: workgroups, length, bins, chunks a row. */
const countSource = (local: boolean): string =>
  [
    storage(0, "indices", "u32"),
    storage(1, "result", "atomic<u32>", "read_write"),
    local ? `var<workgroup> counts: array<atomic<u32>, ${localBins}>;` : "",
    entry(`
if (workgroup >= parameter(0)) { return; }
let row = workgroup / parameter(3);
let first = (workgroup % parameter(3)) * ${chunk}u;
let last = min(first + ${chunk}u, parameter(1));
${local ? `for (var bin = lane; bin < parameter(2); bin += ${workgroupSize}u) { atomicStore(&counts[bin], 0u); }\nworkgroupBarrier();` : ""}
for (var i = first + lane; i < last; i += ${workgroupSize}u) {
  let bin = indices[row * parameter(1) + i];
  if (bin < parameter(2)) { atomicAdd(&${local ? "counts[bin]" : "result[row * parameter(2) + bin]"}, 1u); }
}
${
  local
    ? `workgroupBarrier();
for (var bin = lane; bin < parameter(2); bin += ${workgroupSize}u) {
  let count = atomicLoad(&counts[bin]);
  if (count > 0u) { atomicAdd(&result[row * parameter(2) + bin], count); }
}`
    : ""
}
`),
  ].join("\n");

const lowerCount = ({
  inputs: [indices],
  attributes: { bins },
}: KernelContext<BinCountAttributes>): Lowered<WebGPULaunch> => {
  const { rows, length } = rowsAlong(indices);
  if (rows * bins === 0) return { launches: [] };
  const chunks = Math.ceil(length / chunk);
  const clear: WebGPULaunch = {
    source: clearSource,
    bindings: [{ output: 0 }],
    workgroups: gridOfThreads(rows * bins),
    parameters: [rows * bins],
  };
  if (length === 0) return { launches: [clear] };
  return {
    launches: [
      clear,
      {
        source: countSource(bins <= localBins),
        bindings: [{ input: 0 }, { output: 0 }],
        workgroups: gridOf(rows * chunks),
        parameters: [rows * chunks, length, bins, chunks],
      },
    ],
  };
};

export const searchSortedWebGPU: WebGPUKernel<SearchSortedAttributes>[] = [
  { device: "webgpu", name: "searchSorted", lower: lowerSearch },
];
export const binCountWebGPU: WebGPUKernel<BinCountAttributes>[] = [
  { device: "webgpu", name: "binCount", lower: lowerCount },
];
