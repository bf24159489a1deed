// Calls of resize, resizeGradient for the shared suite, and how far a device may be from the reference.

import type { Case, Check } from "../contract/check.ts";
import { within } from "../contract/tolerance.ts";
import { f32 } from "./resize.ts";
import { type ResizeAttributes, type ResizeGradientAttributes, type ResizeRule, resizeGradientShape } from "./shape.ts";

const rules: ResizeRule[] = [
  { mode: "nearest", coordinates: "halfPixel", rounding: "preferFloor" },
  { mode: "nearest", coordinates: "asymmetric", rounding: "floor" },
  { mode: "nearest", coordinates: "alignCorners", rounding: "preferFloor" },
  { mode: "nearest", coordinates: "halfPixel", rounding: "floor" },
  { mode: "linear", coordinates: "halfPixel", rounding: "preferFloor" },
  { mode: "linear", coordinates: "alignCorners", rounding: "preferFloor" },
  { mode: "linear", coordinates: "asymmetric", rounding: "preferFloor" },
];

/** Image and result: larger, smaller, ties, one pixel, rows that end within a vector. */
const sizes: [number[], number[]][] = [
  [
    [1, 2, 2, 2],
    [4, 6],
  ],
  [
    [2, 1, 2, 4],
    [1, 3],
  ],
  [
    [1, 1, 9, 7],
    [5, 3],
  ],
  [
    [1, 2, 3, 5],
    [7, 13],
  ],
  [
    [1, 1, 1, 1],
    [3, 5],
  ],
  [
    [1, 1, 6, 5],
    [1, 1],
  ],
  [
    [2, 3, 4, 8],
    [4, 8],
  ],
  // One column, one row; more rows than a thread's call has, and fewer.
  [
    [1, 1, 5, 1],
    [9, 6],
  ],
  [
    [1, 1, 1, 5],
    [3, 7],
  ],
  [
    [1, 2, 9, 17],
    [40, 35],
  ],
  [
    [0, 2, 3, 3],
    [2, 2],
  ],
];

/** Results at one pixel's neighbours along an axis. */
const share = (size: number, out: number): number => Math.ceil(out / size) + 2;

export const resizeCheck: Check<ResizeAttributes> = {
  // Nearest copies; a mean of four normals with rounded weights is off by a few roundings of numbers up to 5.
  tolerance: (_, { mode }) => (mode === "nearest" ? within(0, 0) : within(1e-6, 2e-6)),

  cases: [
    ...rules.flatMap((rule) =>
      sizes.map(([shape, size]): Case<ResizeAttributes> => ({ inputs: [f32(shape)], attributes: { ...rule, size } })),
    ),
    ...rules.slice(0, 2).map(
      (rule): Case<ResizeAttributes> => ({
        inputs: [f32([1, 1, 5, 6])],
        attributes: { ...rule, size: [7, 9] },
        values: ["special"],
      }),
    ),
  ],
};

export const resizeGradientCheck: Check<ResizeGradientAttributes> = {
  tolerance: ([gradient], attributes) => {
    const { height, width, outHeight, outWidth } = resizeGradientShape(gradient, attributes);
    return within(1e-6, 3e-7 * (4 + share(height, outHeight) * share(width, outWidth)));
  },

  cases: rules.flatMap((rule) =>
    sizes.map(
      ([shape, size]): Case<ResizeGradientAttributes> => ({
        inputs: [f32([...shape.slice(0, 2), ...size])],
        attributes: { ...rule, inputSize: shape.slice(2) },
      }),
    ),
  ),
};
