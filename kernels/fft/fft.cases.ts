// Calls of fft for the shared suite, and how far a device may be from the reference.

import type { Case, Check } from "../contract/check.ts";
import { within } from "../contract/tolerance.ts";
import { type FftAttributes, fftShape } from "./shape.ts";

const calls = (...shape: number[]): Case<FftAttributes>[] =>
  [false, true].map((inverse) => ({ inputs: [{ dtype: "f32", shape: [...shape, 2] }], attributes: { inverse } }));

export const fftCheck: Check<FftAttributes> = {
  // The error's mean square grows with the passes (Schatzman 1996); lengths that are not powers of two pass three times.
  tolerance: ([x], { inverse }) => {
    const { length, size } = fftShape(x);
    const passes = 1 + Math.log2(Math.max(1, size));
    return within(1e-6, (3e-7 * Math.sqrt(Math.max(1, length)) * passes) / (inverse ? Math.max(1, length) : 1));
  },

  cases: [
    ...[1, 2, 3, 4, 5, 7, 8, 12, 16, 31, 32, 33, 64, 100, 128, 243, 256, 512, 1000].flatMap((length) => calls(length)),
    ...calls(1024),
    ...calls(1025),
    ...calls(3, 4),
    ...calls(2, 3, 6),
    ...calls(65, 8),
    ...calls(130, 5),
    ...calls(0, 8),
    ...calls(3, 0),
    ...[8, 5].map(
      (length): Case<FftAttributes> => ({
        inputs: [{ dtype: "f32", shape: [2, length, 2] }],
        attributes: { inverse: false },
        values: [Array.from({ length: 4 * length }, (_, i) => (i === 2 || i === 3 ? Number.NaN : i / length))],
      }),
    ),
  ],
};
