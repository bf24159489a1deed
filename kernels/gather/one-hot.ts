// One-hot rows of integer labels.
import { ArgumentError, DTypeError } from "../contract/error.ts";
import { type AttributeValue, type Case, op, type ReferenceTensor } from "../contract/op.ts";
import { describeType, sizeOf } from "../contract/tensor-type.ts";
import { within } from "../contract/tolerance.ts";
import { oneHotWasm } from "./one-hot.launch.ts";
import { oneHotWebGPU } from "./one-hot.wgsl.ts";

export type OneHotAttributes = {
  readonly [name: string]: AttributeValue;
  /** Number of classes, the size of the new last axis. */
  readonly depth: number;
};

/** i32 [...] -> f32 [..., depth] with 1 at the label; a label outside 0..depth-1 gives a row of zeros. */
export const oneHot = op<OneHotAttributes>({
  name: "oneHot",
  inputs: ["labels"],
  outputs: ([labels], { depth }) => {
    if (labels?.dtype !== "i32")
      throw new DTypeError(
        `oneHot takes i32 labels, but got ${labels ? describeType(labels) : "none"}; convert with .to("i32")`,
      );
    if (!Number.isInteger(depth) || depth < 0)
      throw new ArgumentError(`oneHot: depth must be a whole number of at least 0, but is ${depth}`);
    return [{ dtype: "f32", shape: [...labels.shape, depth] }];
  },
  work: ([labels], { depth }) => ({ flops: 0, bytes: 4 * sizeOf(labels?.shape ?? []) * (1 + depth) }),
  tolerance: within(0, 0),
  reference: ([labels], { depth }): ReferenceTensor[] => {
    if (!labels) return [];
    const data = new Float64Array(labels.data.length * depth);
    labels.data.forEach((label, i) => {
      if (label >= 0 && label < depth) data[i * depth + label] = 1;
    });
    return [{ type: { dtype: "f32", shape: [...labels.type.shape, depth] }, data }];
  },
  kernels: [...oneHotWasm, ...oneHotWebGPU],
  cases: [
    ...[
      [1, 1],
      [7, 3],
      [5, 4],
      [130, 33],
      [3, 257],
      [0, 4],
      [4, 0],
    ].map(
      ([count = 0, depth = 0]): Case<OneHotAttributes> => ({
        inputs: [{ dtype: "i32", shape: [count] }],
        attributes: { depth },
        values: [`index:${Math.max(depth, 1)}`],
      }),
    ),
    { inputs: [{ dtype: "i32", shape: [2, 2] }], attributes: { depth: 3 }, values: [[-1, 0, 2, 3]] },
  ],
});
