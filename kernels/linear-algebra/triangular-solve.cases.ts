// Calls of triangularSolve for the shared suite, and how far a device may be from the reference.

import type { Case, Check } from "../contract/check.ts";
import { within } from "../contract/tolerance.ts";
import { givenDominant, givenNumbers } from "./given.cases.ts";
import type { TriangularSolveAttributes } from "./triangular-solve.ts";

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

export const triangularSolveCheck: Check<TriangularSolveAttributes> = {
  // The cases' triangles have conditions below 40.
  tolerance: within(5e-6, 5e-6),

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
};
