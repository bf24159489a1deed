// Scatter on WebGPU without atomics. With few indices each element of the result looks through all of them; with many a
// workgroup takes a row, compares 256 indices at once, and its threads walk the hits in order, each for its own columns.
import { entry, gridOf, gridOfThreads, storage, workgroupSize } from "../contract/dispatch.wgsl.ts";
import type { KernelContext, Lowered, WebGPUKernel, WebGPULaunch } from "../contract/kernel.ts";
import type { DType } from "../contract/tensor-type.ts";
import { calledFunctions, elementAliases } from "../map/scalar.wgsl.ts";
import { type ScatterAttributes, type ScatterFunction, scatterShape } from "./scatter.ts";

/** Up to so many indices every element of the result looks through all of them itself. */
const fewIndices = 512;

const head = (name: ScatterFunction, dtype: DType): string => {
  const element = dtype === "bool" || name === "set" ? "u32" : dtype;
  const extreme = dtype === "f32" ? `${name}(x, y)` : `${name === "maximum" ? "max" : "min"}(x, y)`;
  const join = `fn join(x: ${element}, y: ${element}) -> ${element} { return ${name === "set" ? "y" : extreme}; }`;
  return [
    elementAliases(1),
    storage(0, "base", element),
    storage(1, "indices", "u32"),
    storage(2, "updates", element),
    storage(3, "result", element, "read_write"),
    calledFunctions(join),
    join,
  ].join("\n");
};

/** One thread an element. Parameters: elements, width, count. */
const fewBody = entry(`
if (index >= parameter(0)) { return; }
let row = index / parameter(1);
let column = index % parameter(1);
var value = base[index];
for (var i = 0u; i < parameter(2); i++) {
  if (indices[i] == row) { value = join(value, updates[i * parameter(1) + column]); }
}
result[index] = value;
`);

/** One workgroup a row. Parameters: rows, width, count. */
const rowBody = `var<workgroup> hit: array<u32, ${workgroupSize}>;
var<workgroup> hits: array<u32, ${workgroupSize / 32}>;
${entry(`
if (workgroup >= parameter(0)) { return; }
for (var column = lane; column < parameter(1); column += ${workgroupSize}u) {
  result[workgroup * parameter(1) + column] = base[workgroup * parameter(1) + column];
}
for (var start = 0u; start < parameter(2); start += ${workgroupSize}u) {
  var matches = 0u;
  if (start + lane < parameter(2)) { matches = select(0u, 1u, indices[start + lane] == workgroup); }
  hit[lane] = matches;
  workgroupBarrier();
  if (lane < ${workgroupSize / 32}u) {
    var word = 0u;
    for (var bit = 0u; bit < 32u; bit++) { word |= hit[lane * 32u + bit] << bit; }
    hits[lane] = word;
  }
  workgroupBarrier();
  for (var column = lane; column < parameter(1); column += ${workgroupSize}u) {
    let at = workgroup * parameter(1) + column;
    var value = result[at];
    for (var group = 0u; group < ${workgroupSize / 32}u; group++) {
      for (var word = hits[group]; word != 0u; word &= word - 1u) {
        let i = start + group * 32u + countTrailingZeros(word);
        value = join(value, updates[i * parameter(1) + column]);
      }
    }
    result[at] = value;
  }
  workgroupBarrier();
}
`)}`;

const lower = ({ inputs, attributes }: KernelContext<ScatterAttributes>): Lowered<WebGPULaunch> => {
  const { rows, width, count } = scatterShape(inputs);
  if (rows * width === 0) return { launches: [] };
  const few = count <= fewIndices;
  return {
    launches: [
      {
        source: `${head(attributes.function, inputs[0]?.dtype ?? "f32")}\n${few ? fewBody : rowBody}`,
        bindings: [{ input: 0 }, { input: 1 }, { input: 2 }, { output: 0 }],
        workgroups: few ? gridOfThreads(rows * width) : gridOf(rows),
        parameters: [few ? rows * width : rows, width, count],
      },
    ],
  };
};

export const scatterWebGPU: WebGPUKernel<ScatterAttributes>[] = [{ device: "webgpu", name: "scatter", lower }];
