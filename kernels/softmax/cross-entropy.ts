// Softmax cross-entropy of logits against integer labels, and its gradient, each in one pass over a row.
import { DTypeError, ShapeError } from "../contract/error.ts";
import { type Attributes, type Case, op, type ReferenceTensor } from "../contract/op.ts";
import { byteSizeOf, describeType, sizeOf, type TensorType } from "../contract/tensor-type.ts";
import { within } from "../contract/tolerance.ts";
import { crossEntropyGradientWasm, crossEntropyWasm } from "./cross-entropy.launch.ts";
import { crossEntropyGradientWebGPU, crossEntropyWebGPU } from "./cross-entropy.wgsl.ts";
import { rowsOf } from "./shape.ts";
import { logSumExp } from "./softmax.ts";

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

const f32 = (...shape: number[]): TensorType => ({ dtype: "f32", shape });
const i32 = (...shape: number[]): TensorType => ({ dtype: "i32", shape });
const sizes = [
  [1, 1],
  [3, 2],
  [5, 3],
  [2, 63],
  [2, 65],
  [3, 256],
  [3, 257],
  [130, 10],
  [2, 1025],
  [0, 4],
];

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
  tolerance: within(2e-6, 2e-6),
  reference: ([logits, labels]): ReferenceTensor[] => {
    const { rows, columns } = rowsOf("crossEntropy", logits?.type);
    const data = new Float64Array(rows);
    for (let row = 0; row < rows; row++) {
      const label = labels?.data[row] ?? -1;
      if (label < 0 || label >= columns) continue;
      const { largest, logarithm } = logSumExp(logits?.data ?? [], row * columns, columns);
      data[row] = largest - (logits?.data[row * columns + label] ?? Number.NaN) + logarithm;
    }
    return [{ type: f32(rows), data }];
  },
  kernels: [...crossEntropyWasm, ...crossEntropyWebGPU],
  cases: [
    ...sizes.map(
      ([rows = 0, columns = 0]): Case => ({
        inputs: [f32(rows, columns), i32(rows)],
        attributes: {},
        values: ["normal", `index:${columns}`],
      }),
    ),
    { inputs: [f32(3, 4), i32(3)], attributes: {}, values: ["normal", [-1, 4, 2]] },
  ],
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
  tolerance: within(4e-6, 4e-7),
  reference: ([logits, labels, upstream]): ReferenceTensor[] => {
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
  },
  kernels: [...crossEntropyGradientWasm, ...crossEntropyGradientWebGPU],
  cases: [
    ...sizes.map(
      ([rows = 0, columns = 0]): Case => ({
        inputs: [f32(rows, columns), i32(rows), f32(rows)],
        attributes: {},
        values: ["normal", `index:${columns}`, "normal"],
      }),
    ),
    { inputs: [f32(3, 4), i32(3), f32(3)], attributes: {}, values: ["normal", [-1, 4, 2], "normal"] },
  ],
});
