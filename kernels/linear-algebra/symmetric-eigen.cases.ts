// Calls of symmetricEigen for the shared suite, and how far a device may be from the reference.

import type { Case, Check } from "../contract/check.ts";
import type { Attributes } from "../contract/op.ts";
import { within } from "../contract/tolerance.ts";
import { givenNumbers } from "./given.cases.ts";
import { squareOf } from "./shape.ts";

const call = (shape: number[], values: number[]): Case => ({
  inputs: [{ dtype: "f32", shape }],
  attributes: {},
  values: [values],
});

/** Symmetric with a diagonal that grows by 1 with each row, so that eigenvalues are apart and vectors are well-conditioned. */
const apart = (size: number, ...leading: number[]): Case => {
  const count = leading.reduce((product, axis) => product * axis, 1);
  const values = givenNumbers(count * size * size, size + 5).map((value, e) => {
    const [row, column] = [Math.floor(e / size) % size, e % size];
    return Math.fround(row === column ? ((row * 7) % size) + value / 8 : value / (2 * Math.sqrt(size)));
  });
  return call([...leading, size, size], values);
};

export const symmetricEigenCheck: Check<Attributes> = {
  // A rotation rounds once; a vector's error is that of the matrix over the gap of its eigenvalue, about 1 in the cases.
  tolerance: ([a]) => within(2e-6, 1e-6 + 3e-7 * squareOf("symmetricEigen", a).size),

  cases: [
    ...[1, 2, 3, 4, 5, 8, 17, 32, 33].map((size) => apart(size)),
    apart(3, 2),
    apart(4, 2, 3),
    apart(2, 70),
    apart(3, 0),
    apart(0, 2),
    call([2, 2], [2, 99, 1, 2]),
    call([3, 3], [0, 0, 0, 0, 0, 0, 0, 0, 0]),
    call([2, 2], [1e30, 0, 5e29, -1e30]),
    call([2, 2], [1e-30, 0, 5e-31, -1e-30]),
    call([2, 2, 2], [1, 0, Number.NaN, 1, 3, Number.NaN, 0, 2]),
    call([2, 2], [Number.POSITIVE_INFINITY, 0, 0, 1]),
  ],
};
