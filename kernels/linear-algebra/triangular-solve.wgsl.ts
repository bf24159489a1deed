// Triangular systems on WebGPU: each thread solves for one right side by substitution.
import { entry, gridOfThreads, storage } from "../contract/dispatch.wgsl.ts";
import type { WebGPUKernel } from "../contract/kernel.ts";
import { matricesOf } from "./shape.ts";
import type { TriangularSolveAttributes } from "./triangular-solve.ts";

/** Parameters: right sides in all, size, right sides of a matrix. */
const sourceOf = ({ lower, transpose }: TriangularSolveAttributes): string => {
  const row = (step: string): string => (lower !== transpose ? step : `n - 1u - ${step}`);
  return [
    storage(0, "a", "f32"),
    storage(1, "b", "f32"),
    storage(2, "result", "f32", "read_write"),
    entry(`
if (index >= parameter(0)) { return; }
let n = parameter(1);
let columns = parameter(2);
let matrix = index / columns;
let corner = matrix * n * n;
let top = matrix * n * columns + index % columns;
for (var step = 0u; step < n; step++) {
  let row = ${row("step")};
  var sum = b[top + row * columns];
  for (var done = 0u; done < step; done++) {
    let other = ${row("done")};
    sum -= a[corner + ${transpose ? "other * n + row" : "row * n + other"}] * result[top + other * columns];
  }
  result[top + row * columns] = sum / a[corner + row * n + row];
}
`),
  ].join("\n");
};

const kernel: WebGPUKernel<TriangularSolveAttributes> = {
  device: "webgpu",
  name: "triangularSolve",
  lower: ({ inputs: [, b], attributes }) => {
    const { count, rows, columns } = matricesOf("triangularSolve", b);
    if (count * rows * columns === 0) return { launches: [] };
    return {
      launches: [
        {
          source: sourceOf(attributes),
          bindings: [{ input: 0 }, { input: 1 }, { output: 0 }],
          workgroups: gridOfThreads(count * columns),
          parameters: [count * columns, rows, columns],
        },
      ],
    };
  },
};

export const triangularSolveWebGPU: WebGPUKernel<TriangularSolveAttributes>[] = [kernel];
