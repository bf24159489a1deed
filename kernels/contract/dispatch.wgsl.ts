// What all WGSL kernels write the same way: bindings, the entry point over a grid of any size, and literals.
// WebGPU allows 65,535 workgroups along an axis, so every kernel numbers its workgroups through x and y.
import { ArgumentError } from "./error.ts";
import type { Subgroups } from "./tree.wgsl.ts";

/** Threads of a workgroup: WebGPU's default limit, and the most that every adapter seen so far allows. */
export const workgroupSize = 256;

const largestAxis = 65_535;

/**
 * A grid with at least `count` workgroups; `entry` numbers them, and the kernel leaves those past its own count idle.
 * @throws ArgumentError above 65,535 squared.
 */
export const gridOf = (count: number): [number, number, number] => {
  if (count <= largestAxis) return [count, 1, 1];
  const rows = Math.ceil(count / largestAxis);
  if (rows > largestAxis)
    throw new ArgumentError(`a launch of ${count} workgroups is past WebGPU's ${largestAxis} by ${largestAxis}`);
  return [Math.ceil(count / rows), rows, 1];
};

/** The grid for one thread an element. */
export const gridOfThreads = (threads: number): [number, number, number] => gridOf(Math.ceil(threads / workgroupSize));

/** A storage buffer at group 0. */
export const storage = (binding: number, name: string, element: string, access: "read" | "read_write" = "read") =>
  `@group(0) @binding(${binding}) var<storage, ${access}> ${name}: array<${element}>;`;

/** The entry point: `workgroup` numbers the workgroup, `lane` the thread in it, `index` the thread in the grid. */
export const entry = (body: string, threads = workgroupSize, subgroups?: Subgroups): string => `
@compute @workgroup_size(${threads})
fn main(
  @builtin(workgroup_id) workgroupId: vec3u,
  @builtin(num_workgroups) workgroupCount: vec3u,
${subgroups?.entry ?? "  @builtin(local_invocation_index) lane: u32,\n) {"}
  let workgroup = workgroupId.y * workgroupCount.x + workgroupId.x;
  let index = workgroup * ${threads}u + lane;
${indent(body)}
}
`;

/** Text moved in by two spaces, without blank lines at its ends. */
export const indent = (text: string): string =>
  text
    .replace(/^\n+|\s+$/g, "")
    .split("\n")
    .map((line) => (line ? `  ${line}` : line))
    .join("\n");

/**
 * WGSL of an offset into a tensor: the coordinates of element `index` of `shape`, each times its stride. Sizes are
 * written into the text so that the compiler turns the divisions into multiplications.
 */
export const offsetOf = (index: string, shape: readonly number[], strides: readonly number[]): string => {
  const terms: string[] = [];
  let inner = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const stride = strides[axis] ?? 0;
    if (stride !== 0) {
      const divided = inner === 1 ? index : `${index} / ${inner}u`;
      const coordinate = axis === 0 ? divided : `${inner === 1 ? index : `(${divided})`} % ${shape[axis] ?? 1}u`;
      terms.unshift(stride === 1 ? coordinate : `(${coordinate}) * ${stride}u`);
    }
    inner *= shape[axis] ?? 1;
  }
  return terms.join(" + ") || "0u";
};
