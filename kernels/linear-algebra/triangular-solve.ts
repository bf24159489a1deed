// Solutions of triangular systems with any number of right sides, by substitution.
import { ArgumentError, ShapeError } from "../contract/error.ts";
import { type AttributeValue, type Case, op, type ReferenceTensor } from "../contract/op.ts";
import { byteSizeOf, describeType, sameShape, type TensorType } from "../contract/tensor-type.ts";
import { within } from "../contract/tolerance.ts";
import { givenDominant, givenNumbers } from "./given.cases.ts";
import { matricesOf, squareOf } from "./shape.ts";
import { triangularSolveWasm } from "./triangular-solve.launch.ts";
import { triangularSolveWebGPU } from "./triangular-solve.wgsl.ts";

export type TriangularSolveAttributes = {
  readonly [name: string]: AttributeValue;
  /** The triangle of A that is read; the other counts as zeros. */
  readonly lower: boolean;
  /** Solve A^T X = B. */
  readonly transpose: boolean;
};

const sizesOf = (inputs: readonly TensorType[]): { count: number; size: number; columns: number } => {
  const [a, b] = inputs;
  const { count, size } = squareOf("triangularSolve", a);
  const { rows, columns } = matricesOf("triangularSolve", b);
  if (!a || !b) throw new ArgumentError("triangularSolve takes two inputs");
  if (rows !== size || !sameShape(a.shape.slice(0, -2), b.shape.slice(0, -2)))
    throw new ShapeError(
      `triangularSolve: ${describeType(a)} and ${describeType(b)} do not go together; b must be [${[...a.shape.slice(0, -1), "columns"].join(", ")}]`,
    );
  return { count, size, columns };
};

const reference = (
  [a, b]: readonly ReferenceTensor[],
  { lower, transpose }: TriangularSolveAttributes,
): ReferenceTensor[] => {
  if (!a || !b) return [];
  const { count, size, columns } = sizesOf([a.type, b.type]);
  const data = new Float64Array(b.data.length);
  const forward = lower !== transpose;
  for (let matrix = 0; matrix < count; matrix++) {
    const element = (row: number, column: number): number =>
      a.data[(matrix * size + (transpose ? column : row)) * size + (transpose ? row : column)] ?? Number.NaN;
    for (let column = 0; column < columns; column++) {
      const at = (row: number): number => (matrix * size + row) * columns + column;
      for (let step = 0; step < size; step++) {
        const row = forward ? step : size - 1 - step;
        let sum = b.data[at(row)] ?? Number.NaN;
        for (let done = 0; done < step; done++) {
          const other = forward ? done : size - 1 - done;
          sum -= element(row, other) * (data[at(other)] ?? 0);
        }
        data[at(row)] = sum / element(row, row);
      }
    }
  }
  return [{ type: b.type, data }];
};

const product = (axes: readonly number[]): number => axes.reduce((total, axis) => total * axis, 1);

const calls = (size: number, columns: number, leading: number[] = []): Case<TriangularSolveAttributes>[] =>
  [
    [true, false],
    [true, true],
    [false, false],
    [false, true],
  ].map(([lower = false, transpose = false]) => ({
    inputs: [
      { dtype: "f32", shape: [...leading, size, size] },
      { dtype: "f32", shape: [...leading, size, columns] },
    ],
    attributes: { lower, transpose },
    values: [
      givenDominant(product(leading), size, size + 1),
      givenNumbers(product(leading) * size * columns, columns + 7),
    ],
  }));

/** X of A X = B, or A^T X = B, for triangular f32 A [..., n, n] and B [..., n, columns]. A zero on the diagonal gives Infinity or NaN. */
export const triangularSolve = op<TriangularSolveAttributes>({
  name: "triangularSolve",
  inputs: ["a", "b"],
  outputs: (inputs) => {
    sizesOf(inputs);
    const [, b] = inputs;
    return b ? [b] : [];
  },
  work: (inputs) => {
    const { count, size, columns } = sizesOf(inputs);
    const [, b] = inputs;
    return { flops: count * size * size * columns, bytes: 4 * count * size * size + (b ? 2 * byteSizeOf(b) : 0) };
  },
  // The cases' triangles have conditions below 40.
  tolerance: within(5e-6, 5e-6),
  reference,
  kernels: [...triangularSolveWasm, ...triangularSolveWebGPU],
  cases: [
    ...calls(1, 1),
    ...calls(3, 2),
    ...calls(4, 4),
    ...calls(7, 5),
    ...calls(33, 1),
    ...calls(17, 63),
    ...calls(5, 64),
    ...calls(6, 65),
    ...calls(2, 130),
    ...calls(3, 3, [2]),
    ...calls(5, 1, [2, 3]),
    ...calls(4, 2, [70]),
    ...calls(0, 3),
    ...calls(3, 0),
    ...calls(2, 2, [0]),
    {
      inputs: [
        { dtype: "f32", shape: [2, 2] },
        { dtype: "f32", shape: [2, 3] },
      ],
      attributes: { lower: true, transpose: false },
      values: [
        [2, 99, 1, 4],
        [2, Number.NaN, Number.POSITIVE_INFINITY, 3, 1, 1],
      ],
    },
  ],
});
