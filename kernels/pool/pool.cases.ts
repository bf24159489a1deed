// Calls of pooling for the shared suite: rows on both sides of a vector, strides 1, 2 and 3, padding, dilation, ties, NaN.

import type { Case, Check } from "../contract/check.ts";
import { sizeOf, type TensorType } from "../contract/tensor-type.ts";
import { within } from "../contract/tolerance.ts";
import { taps } from "./pool.ts";
import { type PoolAttributes, type PoolGradientAttributes, type PoolWindow, poolOutput } from "./shape.ts";

interface Call {
  readonly image: TensorType;
  readonly window: PoolWindow;
  readonly values?: string | readonly number[];
}

const call = (
  shape: number[],
  size: number[],
  options: Partial<PoolWindow> & { values?: Call["values"] } = {},
): Call => {
  const { values, ...window } = options;
  return {
    image: { dtype: "f32", shape },
    window: { strides: [1, 1], padding: [0, 0, 0, 0], dilations: [1, 1], ...window, size },
    ...(values && { values }),
  };
};

const ties = Array.from({ length: 60 }, (_, i) => [1, 1, 0, 1, 2, 2, -1][i % 7] ?? 0);

const calls: Call[] = [
  call([1, 1, 1, 1], [1, 1]),
  call([2, 3, 8, 8], [2, 2], { strides: [2, 2] }),
  call([1, 2, 7, 9], [2, 2], { strides: [2, 2] }),
  call([1, 2, 7, 37], [3, 3], { padding: [1, 1, 1, 1] }),
  call([1, 2, 9, 38], [3, 3], { padding: [1, 1, 1, 1], strides: [2, 2] }),
  call([1, 1, 11, 23], [3, 2], { padding: [0, 1, 1, 0], strides: [3, 3] }),
  call([1, 3, 10, 11], [2, 3], { dilations: [3, 2], padding: [1, 1, 2, 2] }),
  call([2, 2, 1, 20], [1, 4], { strides: [1, 4] }),
  call([1, 2, 5, 6], [5, 6]),
  call([1, 4, 6, 5], [3, 3], { values: "nonfinite" }),
  call([1, 2, 5, 6], [2, 3], { values: ties }),
  // Windows of 2 x 2 and 3 x 3 at stride 2, straight from the image from four places inside on; their edges, and NaN.
  call([2, 2, 8, 8], [3, 3], { padding: [1, 1, 1, 1], strides: [2, 2] }),
  call([1, 2, 6, 6], [3, 3], { padding: [1, 1, 1, 1], strides: [2, 2] }),
  call([1, 2, 9, 21], [3, 3], { padding: [1, 1, 1, 1], strides: [2, 2] }),
  call([1, 2, 9, 24], [3, 3], { padding: [1, 1, 0, 1], strides: [2, 2] }),
  call([1, 2, 8, 23], [3, 3], { padding: [0, 1, 2, 2], strides: [2, 2] }),
  call([1, 1, 8, 15], [3, 3], { padding: [1, 1, 1, 1], strides: [2, 2], values: "nonfinite" }),
  call([2, 1, 7, 19], [2, 2], { padding: [1, 0, 1, 0], strides: [2, 2] }),
  call([1, 1, 8, 18], [2, 2], { strides: [2, 2], values: "nonfinite" }),
  call([1, 1, 4, 18], [2, 2], { strides: [2, 2], dilations: [1, 2] }),
  call([1, 1, 9, 12], [5, 3], { padding: [2, 2, 1, 1], strides: [1, 3], values: "nonfinite" }),
  // Rows on both sides of what keeps two of them in a thread's memory, and of what a thread holds: 45,000 divisors.
  call([1, 1, 2, 32_767], [1, 1]),
  call([1, 1, 2, 32_768], [1, 1]),
  call([1, 1, 1, 45_000], [1, 1]),
  call([1, 1, 2, 45_002], [2, 2], { padding: [0, 0, 1, 0] }),
  call([1, 2, 5, 3], [3, 3], { padding: [1, 1, 1, 1], strides: [2, 1] }),
  call([0, 3, 4, 4], [2, 2]),
  call([2, 0, 4, 4], [2, 2]),
  call([300, 2, 4, 4], [2, 2], { strides: [2, 2] }),
];

const kinds = [
  { function: "maximum", countPadding: false },
  { function: "average", countPadding: false },
  { function: "average", countPadding: true },
] as const;

export const indexCases: Case<PoolWindow>[] = calls.map(({ image, window, values }) => ({
  inputs: [image],
  attributes: window,
  ...(values && { values: [values] }),
}));

export const poolCases: Case<PoolAttributes>[] = kinds.flatMap((kind) =>
  calls.map(({ image, window, values }) => ({
    inputs: [image],
    attributes: { ...window, ...kind },
    ...(values && { values: [values] }),
  })),
);

export const gradientCases: Case<PoolGradientAttributes>[] = kinds.flatMap((kind) =>
  calls.map(({ image, window, values }) => {
    const attributes = { ...window, ...kind };
    const gradient = poolOutput("a case", image, attributes);
    const isMaximum = kind.function === "maximum";
    return {
      inputs: isMaximum ? [gradient, image] : [gradient],
      attributes: { ...attributes, inputSize: image.shape.slice(2) },
      ...(values && isMaximum && sizeOf(image.shape) > 0 && { values: ["normal", values] }),
    };
  }),
);

/** An average of k terms is rounded k times at most by half an ulp of partial sums of about sqrt(k). */
const toleranceOf = (attributes: PoolWindow) => within(1e-6, 1.2e-7 * (4 + taps(attributes)));

export const poolCheck: Check<PoolAttributes> = {
  tolerance: (_, attributes) => toleranceOf(attributes),

  cases: poolCases,
};

export const poolIndicesCheck: Check<PoolWindow> = {
  tolerance: within(0, 0),

  cases: indexCases,
};

export const poolGradientCheck: Check<PoolGradientAttributes> = {
  tolerance: (_, attributes) => toleranceOf(attributes),

  cases: gradientCases,
};
