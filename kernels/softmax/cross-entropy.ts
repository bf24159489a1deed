// Softmax cross-entropy of logits against integer labels, and its gradient, each in one pass over a row.
import { DTypeError, ShapeError } from "../contract/error.ts";
import { type Attributes, op } from "../contract/op.ts";
import { byteSizeOf, describeType, sizeOf, type TensorType } from "../contract/tensor-type.ts";
import { rowsOf } from "./shape.ts";

const check = (name: string, inputs: readonly TensorType[]): { rows: number; columns: number } => {
  const [logits, labels, upstream] = inputs;
  const sizes = rowsOf(name, logits);
  if (logits?.shape.length !== 2)
    throw new ShapeError(`${name} takes logits [rows, classes], but got ${logits ? describeType(logits) : "nothing"}`);
  if (labels?.dtype !== "i32")
    throw new DTypeError(
      `${name} takes i32 labels, but got ${labels ? describeType(labels) : "none"}; convert with .to("i32")`,
    );
  for (const row of upstream ? [labels, upstream] : [labels]) {
    if (row.shape.length !== 1 || row.shape[0] !== sizes.rows)
      throw new ShapeError(
        `${name} of ${describeType(logits)}: one value a row is wanted, [${sizes.rows}], but got ${describeType(row)}`,
      );
  }
  return sizes;
};

export const f32 = (...shape: number[]): TensorType => ({ dtype: "f32", shape });

/**
 * Loss of each row: f32 logits [rows, classes], i32 labels [rows] -> f32 [rows]. A label outside 0..classes-1 (by
 * custom -1) leaves its row out: loss 0, gradient 0.
 */
export const crossEntropy = op<Attributes>({
  name: "crossEntropy",
  inputs: ["logits", "labels"],
  outputs: (inputs) => [f32(check("crossEntropy", inputs).rows)],
  work: ([logits, labels]) =>
    logits && labels
      ? { flops: 13 * sizeOf(logits.shape), bytes: byteSizeOf(logits) + 2 * byteSizeOf(labels) }
      : { flops: 0, bytes: 0 },
});

/** Gradient of `crossEntropy` for its logits: (softmax - one-hot label) times the row's upstream gradient. */
export const crossEntropyGradient = op<Attributes>({
  name: "crossEntropyGradient",
  inputs: ["logits", "labels", "upstream"],
  outputs: (inputs) => {
    const { rows, columns } = check("crossEntropyGradient", inputs);
    return [f32(rows, columns)];
  },
  work: ([logits, labels]) =>
    logits && labels
      ? { flops: 15 * sizeOf(logits.shape), bytes: 2 * byteSizeOf(logits) + 2 * byteSizeOf(labels) }
      : { flops: 0, bytes: 0 },
});
