// What the tests of compositions compare with: plain loops in float64 over numbers, and differences as gradients.
import type { Tensor } from "@millrace/core";
import { expect } from "vitest";

/** Fixed numbers between -1 and 1 without a pattern that a mistake would fit. */
export const numbers = (count: number, phase = 0): number[] =>
  Array.from({ length: count }, (_, i) => Math.sin((i + 1) * 1.7 + phase) * Math.cos((i + 1) ** 2 * 0.31 + phase));

/** All elements within a relative and absolute tolerance. */
export const expectClose = async (actual: Tensor, expected: readonly number[], tolerance = 2e-6): Promise<void> => {
  const data = await actual.data();
  expect(data.length).toBe(expected.length);
  for (const [i, value] of data.entries()) {
    const want = expected[i] ?? Number.NaN;
    if (Math.abs(value - want) <= tolerance * (1 + Math.abs(want))) continue;
    expect(value, `element ${i}`).toBeCloseTo(want, 7);
  }
};

/** The gradient of a plain function by central differences in float64. */
export const differences = (fn: (x: readonly number[]) => number, x: readonly number[], step = 1e-5): number[] =>
  x.map((own, i) => {
    const at = (value: number): number => fn(x.map((other, k) => (k === i ? value : other)));
    return (at(own + step) - at(own - step)) / (2 * step);
  });

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
export const mean = (values: readonly number[]): number => sum(values) / values.length;
/** The rows of a matrix written one after another. */
export const rowsOf = (values: readonly number[], width: number): number[][] =>
  Array.from({ length: values.length / width }, (_, i) => values.slice(i * width, (i + 1) * width));
