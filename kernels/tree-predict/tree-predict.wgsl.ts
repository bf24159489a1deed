// treePredict on WebGPU: a thread a row. Numbers are compared as integers in their order, since WGSL need not keep NaN,
// infinities and subnormal numbers: every card walks to the same leaves.
import { entry, gridOfThreads, storage } from "../contract/dispatch.wgsl.ts";
import type { KernelContext, Lowered, WebGPUKernel, WebGPULaunch } from "../contract/kernel.ts";
import { type TreePredictAttributes, treePredictShape } from "./tree-predict.ts";

/** Order of numbers as of unsigned integers; both zeros are one. */
const keyOf = `
fn keyOf(bits: u32) -> u32 {
  if ((bits << 1u) == 0u) { return 0x80000000u; }
  return select(bits | 0x80000000u, ~bits, bits >= 0x80000000u);
}`;

/** Parameters: rows, columns, nodes, trees, width, groups, depth, words. */
const source = (hasCategories: boolean): string =>
  [
    storage(0, "x", "u32"),
    storage(1, "splits", "vec4i"),
    storage(2, "thresholds", "u32"),
    storage(3, "leaves", "f32"),
    storage(4, "roots", "u32"),
    storage(5, "result", "f32", "read_write"),
    hasCategories ? storage(6, "categories", "u32") : "",
    keyOf,
    hasCategories
      ? `
fn inSet(at: u32, bits: u32) -> bool {
  let value = bitcast<f32>(bits);
  if (keyOf(bits) < 0x80000000u || keyOf(bits) > keyOf(0x4f7fffffu) || at >= parameter(7)) { return false; }
  let category = u32(value);
  let place = category >> 5u;
  if (place >= categories[at] || place >= parameter(7) - at - 1u) { return false; }
  return ((categories[at + 1u + place] >> (category & 31u)) & 1u) == 1u;
}`
      : "",
    entry(`
if (index >= parameter(0)) { return; }
let columns = parameter(1);
let nodes = parameter(2);
let width = parameter(4);
let outputs = parameter(5) * width;
for (var k = 0u; k < outputs; k++) { result[index * outputs + k] = 0.0; }
for (var tree = 0u; tree < parameter(3); tree++) {
  var node = roots[tree];
  if (node >= nodes) { continue; }
  for (var level = 0u; level < parameter(6); level++) {
    let own = bitcast<vec4u>(splits[node]);
    if (own.x >= columns || own.z >= nodes || own.w >= nodes || own.z == node || own.w == node) { break; }
    let bits = x[index * columns + own.x];
    var left = keyOf(bits) <= keyOf(thresholds[node]) && (thresholds[node] & 0x7fffffffu) <= 0x7f800000u;
    if ((bits & 0x7fffffffu) > 0x7f800000u) { left = (own.y & 1u) == 1u; }
    ${hasCategories ? "else if ((own.y & 2u) == 2u) { left = inSet(own.y >> 2u, bits); }" : ""}
    node = select(own.w, own.z, left);
  }
  let to = index * outputs + (tree % parameter(5)) * width;
  for (var k = 0u; k < width; k++) { result[to + k] += leaves[node * width + k]; }
}
`),
  ].join("\n");

const lower = ({
  inputs,
  attributes: { depth, groups },
}: KernelContext<TreePredictAttributes>): Lowered<WebGPULaunch> => {
  const { rows, columns, nodes, width, trees, words } = treePredictShape(inputs);
  if (rows * width === 0) return { launches: [] };
  return {
    launches: [
      {
        source: source(words > 0),
        bindings: [...[0, 1, 2, 3, 4].map((input) => ({ input })), { output: 0 }, ...(words > 0 ? [{ input: 5 }] : [])],
        workgroups: gridOfThreads(rows),
        parameters: [rows, columns, nodes, trees, width, groups, depth, words],
      },
    ],
  };
};

export const treePredictWebGPU: WebGPUKernel<TreePredictAttributes>[] = [
  { device: "webgpu", name: "treePredict", lower },
];
