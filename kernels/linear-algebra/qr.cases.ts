// Calls of qr for the shared suite, and how far a device may be from the reference.

import type { Case, Check } from "../contract/check.ts";
import type { Attributes } from "../contract/op.ts";
import { within } from "../contract/tolerance.ts";
import { givenDominant, givenNumbers } from "./given.cases.ts";
import { tallOf } from "./qr.ts";

const product = (axes: readonly number[]): number => axes.reduce((total, axis) => total * axis, 1);

const call = (shape: number[], values: (string | number[])[]): Case => ({
  inputs: [{ dtype: "f32", shape }],
  attributes: {},
  values,
});

const tall = (...shape: number[]): Case => call(shape, [givenNumbers(product(shape), product(shape) + 1)]);

const square = (size: number, ...leading: number[]): Case =>
  call([...leading, size, size], [givenDominant(product(leading), size, size + 3)]);

export const qrCheck: Check<Attributes> = {
  // Householder's Q and R are within a small multiple of the rounding of Q and R times the condition: below 30 in the cases.
  tolerance: ([a]) => within(2e-6, 1e-6 * Math.sqrt(tallOf("qr", a).rows)),

  cases: [
    ...[1, 2, 3, 4, 5, 8, 17, 63, 65].map((size) => square(size)),
    tall(2, 1),
    tall(9, 4),
    tall(64, 3),
    tall(130, 31),
    tall(200, 66),
    tall(2, 3, 8, 3),
    square(3, 2),
    square(4, 70),
    square(3, 0),
    tall(3, 0),
    tall(2, 0, 0),
    call([2, 3, 2], [[0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1]]),
    call([2, 2], [[0, 1, 1, 0]]),
    call([2, 2], [[1e30, 2e30, -1e30, 2e29]]),
    call([2, 2, 2], [[1, 2, Number.NaN, 1, 3, 0, 4, 5]]),
    call([2, 2], [[1, Number.NEGATIVE_INFINITY, 0, 1]]),
  ],
};
