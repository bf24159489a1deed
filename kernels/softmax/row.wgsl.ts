// What softmax and cross-entropy share on WebGPU: the largest logit of a row and the sum of exponentials above it, by one
// thread for short rows and by one workgroup for long ones. Sums run in a fixed order: every 256th term, then a tree.
import { entry, gridOf, gridOfThreads, storage, workgroupSize } from "../contract/dispatch.wgsl.ts";
import type { BufferReference, DeviceTraits, WebGPULaunch } from "../contract/kernel.ts";
import { subgroupsOf, workgroupTrees } from "../contract/tree.wgsl.ts";
import { calledFunctions, elementAliases } from "../map/scalar.wgsl.ts";

/** Rows longer than this take a workgroup. */
const longRow = 32;

/** A buffer that a row kernel reads after `x`, or writes. */
interface RowBuffer {
  readonly name: string;
  readonly element: string;
  readonly reference: BufferReference;
}

/** A kernel over the rows of `x`: `perRow` runs once a row, `perElement` for each `i`; both see row, base, largest, total. */
export interface RowKernel {
  readonly device: DeviceTraits;
  readonly rows: number;
  readonly columns: number;
  readonly reads: readonly RowBuffer[];
  readonly result: BufferReference;
  readonly perRow?: string;
  readonly perElement?: string;
}

// Below every finite f32 but one: a row of -Infinity alone gives exp(-Infinity) = 0 of 0 terms, hence NaN, as it should.
const lowest = "-3.4028234e38";

const threadBody = (perRow: string, perElement: string): string => `
let row = index;
if (row >= parameter(0)) { return; }
let base = row * parameter(1);
var largest = f32(${lowest});
for (var i = 0u; i < parameter(1); i++) { largest = max(largest, x[base + i]); }
var total = 0.0;
for (var i = 0u; i < parameter(1); i++) { total += exponential(x[base + i] - largest); }
${perRow}
${perElement ? `for (var i = 0u; i < parameter(1); i++) {\n  ${perElement}\n}` : ""}
`;

const workgroupBody = (perRow: string, perElement: string): string => `
let row = workgroup;
if (row >= parameter(0)) { return; }
let base = row * parameter(1);
var value = f32(${lowest});
for (var i = lane; i < parameter(1); i += ${workgroupSize}u) { value = max(value, x[base + i]); }
let largest = largestOf(value, lane);
value = 0.0;
for (var i = lane; i < parameter(1); i += ${workgroupSize}u) { value += exponential(x[base + i] - largest); }
let total = totalOf(value, lane);
${perRow ? `if (lane == 0u) {\n  ${perRow}\n}` : ""}
${perElement ? `for (var i = lane; i < parameter(1); i += ${workgroupSize}u) {\n  ${perElement}\n}` : ""}
`;

/** The launch of a row kernel, or none when it has nothing to write. */
export const rowLaunches = (kernel: RowKernel): WebGPULaunch[] => {
  const { device, rows, columns, reads, result, perRow = "", perElement = "" } = kernel;
  if (rows === 0 || (perRow === "" && columns === 0)) return [];
  const byWorkgroup = columns > longRow;
  const subgroups = byWorkgroup ? subgroupsOf(device) : undefined;
  const text = byWorkgroup ? workgroupBody(perRow, perElement) : threadBody(perRow, perElement);
  const source = [
    elementAliases(1),
    storage(0, "x", "f32"),
    ...reads.map(({ name, element }, i) => storage(i + 1, name, element)),
    storage(reads.length + 1, "result", "f32", "read_write"),
    byWorkgroup ? workgroupTrees("f32", subgroups, { largestOf: "max(x, y)", totalOf: "x + y" }) : "",
    calledFunctions(text),
    entry(text.replace(/\n{2,}/g, "\n"), workgroupSize, subgroups),
  ]
    .filter(Boolean)
    .join("\n");
  return [
    {
      source,
      bindings: [{ input: 0 }, ...reads.map(({ reference }) => reference), result],
      workgroups: byWorkgroup ? gridOf(rows) : gridOfThreads(rows),
      parameters: [rows, columns],
    },
  ];
};
