// The Cholesky factor of symmetric positive definite matrices: A = L L^T with L lower triangular.
import { type Attributes, type Case, op, type ReferenceTensor } from "../contract/op.ts";
import { byteSizeOf } from "../contract/tensor-type.ts";
import { within } from "../contract/tolerance.ts";
import { choleskyWasm } from "./cholesky.launch.ts";
import { choleskyWebGPU } from "./cholesky.wgsl.ts";
import { givenPositiveDefinite } from "./given.cases.ts";
import { squareOf } from "./shape.ts";

const reference = ([a]: readonly ReferenceTensor[]): ReferenceTensor[] => {
  if (!a) return [];
  const { count, size } = squareOf("cholesky", a.type);
  const data = new Float64Array(a.data.length);
  for (let matrix = 0; matrix < count; matrix++) {
    const base = matrix * size * size;
    const at = (row: number, column: number): number => base + row * size + column;
    let positive = true;
    for (let i = 0; i < size; i++) {
      for (let j = 0; j <= i; j++) {
        let sum = a.data[at(i, j)] ?? Number.NaN;
        for (let k = 0; k < j; k++) sum -= (data[at(i, k)] ?? 0) * (data[at(j, k)] ?? 0);
        if (i === j && !(sum > 0 && sum < Number.POSITIVE_INFINITY)) positive = false;
        data[at(i, j)] = i === j ? Math.sqrt(sum) : sum / (data[at(j, j)] ?? 0);
      }
    }
    if (!positive) for (let i = 0; i < size; i++) data.fill(Number.NaN, at(i, 0), at(i, i) + 1);
  }
  return [{ type: a.type, data }];
};

const call = (size: number, leading: number[] = []): Case => {
  const count = leading.reduce((product, axis) => product * axis, 1);
  return {
    inputs: [{ dtype: "f32", shape: [...leading, size, size] }],
    attributes: {},
    values: [givenPositiveDefinite(count, size, size)],
  };
};
const given = (shape: number[], ...values: number[]): Case => ({
  inputs: [{ dtype: "f32", shape }],
  attributes: {},
  values: [values],
});

/**
 * Lower triangular factor of f32 [..., n, n], zeros above the diagonal. Only the lower triangle is read. The factor of a
 * matrix with a pivot that is not positive and finite is NaN on and below the diagonal.
 */
export const cholesky = op<Attributes>({
  name: "cholesky",
  inputs: ["a"],
  outputs: ([a]) => {
    squareOf("cholesky", a);
    return a ? [a] : [];
  },
  work: ([a]) => {
    const { count, size } = squareOf("cholesky", a);
    return { flops: Math.round((count * size ** 3) / 3), bytes: a ? 2 * byteSizeOf(a) : 0 };
  },
  // The error grows with the condition (below 10 in the cases) and slowly with the size.
  tolerance: ([a]) => within(2e-6, 1e-6 * Math.sqrt(squareOf("cholesky", a).size)),
  reference,
  kernels: [...choleskyWasm, ...choleskyWebGPU],
  cases: [
    ...[1, 2, 3, 4, 5, 8, 17, 63, 65].map((size) => call(size)),
    call(3, [2]),
    call(5, [2, 3]),
    call(4, [70]),
    call(3, [0]),
    call(0, [2]),
    given([2, 2], 1, 2, 2, 1),
    given([2, 2, 2], 4, 99, 2, 5, 0, 0, 0, 1),
    given([3, 3], 1, 0, 0, 0, Number.NaN, 0, 0, 0, 1),
    given([2, 2], Number.POSITIVE_INFINITY, 0, 1, 1),
    given([2, 2, 2], 1, 0, Number.NaN, 1, 9, 0, 3, 5),
  ],
});
