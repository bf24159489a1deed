// Softmax and log-softmax over the last axis, each row shifted by its maximum so that no finite row overflows.
import { type Case, op, type ReferenceTensor } from "../contract/op.ts";
import { byteSizeOf, sizeOf } from "../contract/tensor-type.ts";
import { within } from "../contract/tolerance.ts";
import { rowsOf, type SoftmaxAttributes } from "./shape.ts";
import { softmaxWasm } from "./softmax.launch.ts";
import { softmaxWebGPU } from "./softmax.wgsl.ts";

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

const reference = (inputs: readonly ReferenceTensor[], attributes: SoftmaxAttributes): ReferenceTensor[] => {
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

const calls = (logarithm: boolean): Case<SoftmaxAttributes>[] =>
  [
    [1],
    [4],
    [3, 7],
    [2, 4, 5],
    [2, 63],
    [2, 64],
    [2, 65],
    [3, 255],
    [3, 256],
    [5, 257],
    [4, 1025],
    [0, 5],
    [5, 0],
    [130, 3],
  ].map((shape) => ({ inputs: [{ dtype: "f32" as const, shape }], attributes: { logarithm } }));

/** Softmax of f32 [..., classes] along the last axis. A row with NaN or +Infinity is NaN. */
export const softmax = op<SoftmaxAttributes>({
  name: "softmax",
  inputs: ["x"],
  outputs: ([x]) => {
    rowsOf("softmax", x);
    return x ? [x] : [];
  },
  work: ([x]) => (x ? { flops: 14 * sizeOf(x.shape), bytes: 2 * byteSizeOf(x) } : { flops: 0, bytes: 0 }),
  tolerance: (_, attributes) => (attributes.logarithm ? within(1e-6, 2e-6) : within(4e-6, 1e-30)),
  reference,
  kernels: [...softmaxWasm, ...softmaxWebGPU],
  cases: [
    ...calls(false),
    ...calls(true),
    { inputs: [{ dtype: "f32", shape: [8, 16] }], attributes: { logarithm: false }, values: ["special"] },
  ],
});
