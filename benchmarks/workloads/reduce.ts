// Sums over one axis of a matrix, and softmax over its rows.
import { closely, elementOf, input, type Task } from "./task.ts";

/** Sum over one axis of [rows, columns]: 1 gives a value a row, 0 a value a column. */
export interface Sum {
  readonly kind: "sum";
  readonly rows: number;
  readonly columns: number;
  readonly axis: 0 | 1;
}

export interface Softmax {
  readonly kind: "softmax";
  readonly rows: number;
  readonly columns: number;
}

export const sumTask = ({ rows, columns, axis }: Sum): Task => ({
  measure: { unit: "GB/s", amount: 4 * rows * columns, roof: "read", bytes: 4 * rows * columns },
  inputs: () => [input([rows, columns], 3)],
  outputShape: [axis === 1 ? rows : columns],
  expected: (inputs) => {
    const x = elementOf(inputs, 0);
    return (index) => {
      let sum = 0;
      if (axis === 1) for (let i = 0; i < columns; i++) sum += x(index * columns + i);
      else for (let i = 0; i < rows; i++) sum += x(i * columns + index);
      return sum;
    };
  },
  tolerance: { relative: 1e-4, absolute: 1e-3 * Math.sqrt(axis === 1 ? columns : rows) },
});

export const softmaxTask = ({ rows, columns }: Softmax): Task => ({
  measure: { unit: "GB/s", amount: 8 * rows * columns, roof: "copy", bytes: 8 * rows * columns },
  inputs: () => [input([rows, columns], 3)],
  outputShape: [rows, columns],
  expected: (inputs) => {
    const x = elementOf(inputs, 0);
    return (index) => {
      const from = index - (index % columns);
      let sum = 0;
      for (let i = 0; i < columns; i++) sum += Math.exp(x(from + i));
      return Math.exp(x(index)) / sum;
    };
  },
  tolerance: closely,
});
