// Calls of cholesky for the shared suite, and how far a device may be from the reference.

import type { Case, Check } from "../contract/check.ts";
import type { Attributes } from "../contract/op.ts";
import { within } from "../contract/tolerance.ts";
import { givenPositiveDefinite } from "./given.cases.ts";
import { squareOf } from "./shape.ts";

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

export const choleskyCheck: Check<Attributes> = {
  // The error grows with the condition (below 10 in the cases) and slowly with the size.
  tolerance: ([a]) => within(2e-6, 1e-6 * Math.sqrt(squareOf("cholesky", a).size)),

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
};
