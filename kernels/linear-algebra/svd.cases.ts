// Calls of svd for the shared suite, and how far a device may be from the reference.

import type { Case, Check } from "../contract/check.ts";
import type { Attributes } from "../contract/op.ts";
import { within } from "../contract/tolerance.ts";
import { givenNumbers } from "./given.cases.ts";
import { tallOf } from "./qr.ts";

const call = (shape: number[], values: number[]): Case => ({
  inputs: [{ dtype: "f32", shape }],
  attributes: {},
  values: [values],
});

/** A diagonal of sizes that are 1 apart (7 divides no count of columns) and small numbers elsewhere: singular values are apart. */
const apart = (rows: number, columns: number, ...leading: number[]): Case => {
  const count = leading.reduce((product, axis) => product * axis, 1);
  const values = givenNumbers(count * rows * columns, rows + 5 * columns).map((value, e) => {
    const [row, column] = [Math.floor(e / columns) % rows, e % columns];
    return Math.fround(row === column ? 1 + ((row * 7) % columns) : value / (2 * Math.sqrt(rows)));
  });
  return call([...leading, rows, columns], values);
};

export const svdCheck: Check<Attributes> = {
  // A vector's error is that of the matrix over the gap of its singular value, about 1 in the cases.
  tolerance: ([a]) => within(2e-6, 2e-6 + 3e-7 * tallOf("svd", a).columns),

  cases: [
    ...[1, 2, 3, 4, 5, 8, 17, 32, 33].map((size) => apart(size, size)),
    apart(2, 1),
    apart(9, 4),
    apart(70, 3),
    apart(64, 20),
    apart(5, 3, 2, 3),
    apart(3, 2, 70),
    apart(3, 2, 0),
    apart(3, 0, 2),
    call([3, 2], [0, 0, 0, 0, 0, 0]),
    call([3, 2], [0, 2, 0, 0, 0, 0]),
    call([2, 2], [2e30, 0, 5e29, -1e30]),
    call([2, 2, 2], [1, 0, Number.NaN, 1, 3, 1, 0, 2]),
    call([2, 2], [Number.POSITIVE_INFINITY, 0, 0, 1]),
  ],
};
