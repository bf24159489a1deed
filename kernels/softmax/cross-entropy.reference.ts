// The plain float64 meaning of crossEntropy, crossEntropyGradient.
import type { Attributes } from "../contract/op.ts";
import type { Reference } from "../contract/reference.ts";
import { f32 } from "./cross-entropy.ts";
import { rowsOf } from "./shape.ts";
import { logSumExp } from "./softmax.reference.ts";

export const crossEntropyReference: Reference<Attributes> = ([logits, labels]) => {
  const { rows, columns } = rowsOf("crossEntropy", logits?.type);
  const data = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const label = labels?.data[row] ?? -1;
    if (label < 0 || label >= columns) continue;
    const { largest, logarithm } = logSumExp(logits?.data ?? [], row * columns, columns);
    data[row] = largest - (logits?.data[row * columns + label] ?? Number.NaN) + logarithm;
  }
  return [{ type: f32(rows), data }];
};

export const crossEntropyGradientReference: Reference<Attributes> = ([logits, labels, upstream]) => {
  const { rows, columns } = rowsOf("crossEntropyGradient", logits?.type);
  const data = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const label = labels?.data[row] ?? -1;
    if (label < 0 || label >= columns) continue;
    const { largest, logarithm } = logSumExp(logits?.data ?? [], row * columns, columns);
    for (let i = 0; i < columns; i++)
      data[row * columns + i] =
        (Math.exp((logits?.data[row * columns + i] ?? Number.NaN) - largest - logarithm) - (i === label ? 1 : 0)) *
        (upstream?.data[row] ?? 0);
  }
  return [{ type: f32(rows, columns), data }];
};
