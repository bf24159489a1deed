// The plain float64 meaning of softmax.
import type { Reference } from "../contract/reference.ts";
import { rowsOf, type SoftmaxAttributes } from "./shape.ts";

/**
 * Row maximum and the log of the sum of exponentials above it, in float64. They are given apart, since a large maximum
 * would round the log away.
 */
export const logSumExp = (
  data: ArrayLike<number>,
  from: number,
  count: number,
): { largest: number; logarithm: number } => {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < count; i++) largest = Math.max(largest, data[from + i] ?? Number.NaN);
  let sum = 0;
  for (let i = 0; i < count; i++) sum += Math.exp((data[from + i] ?? Number.NaN) - largest);
  return { largest, logarithm: Math.log(sum) };
};

export const softmaxReference: Reference<SoftmaxAttributes> = (inputs, attributes) => {
  const [x] = inputs;
  const { rows, columns } = rowsOf("softmax", x?.type);
  const data = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const { largest, logarithm } = logSumExp(x?.data ?? [], row * columns, columns);
    for (let i = 0; i < columns; i++) {
      const value = (x?.data[row * columns + i] ?? Number.NaN) - largest - logarithm;
      data[row * columns + i] = attributes.logarithm ? value : Math.exp(value);
    }
  }
  return [{ type: { dtype: "f32", shape: x?.type.shape ?? [] }, data }];
};
