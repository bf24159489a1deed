// NumPy's recorded answers (test/fixtures/numpy) and the distance to them.
import { readFileSync } from "node:fs";
import { type Tensor, tensor } from "@millrace/core";

const folder = new URL("../../fixtures/numpy/", import.meta.url);

/** One recorded file. */
export const recorded = (name: string): unknown => JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8"));

const numbersOf = (value: unknown): number[] =>
  Array.isArray(value) ? value.flatMap(numbersOf) : typeof value === "number" ? [value] : [Number.NaN];

const shapeOf = (value: unknown): number[] => (Array.isArray(value) ? [value.length, ...shapeOf(value[0])] : []);

/** A recorded array as f32. */
export const recordedTensor = (value: unknown): Tensor => tensor(Float32Array.from(numbersOf(value)), shapeOf(value));

/** Largest difference to a recorded array over its largest magnitude; NaN when the shapes differ. */
export const distance = async (got: Tensor, want: unknown): Promise<number> => {
  const numbers = numbersOf(want);
  if (got.shape.join() !== shapeOf(want).join()) return Number.NaN;
  const data = await got.data();
  const largest = numbers.reduce((most, value) => Math.max(most, Math.abs(value)), Number.MIN_VALUE);
  return numbers.reduce((most, value, i) => Math.max(most, Math.abs(value - (data[i] ?? Number.NaN))), 0) / largest;
};
