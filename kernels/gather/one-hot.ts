// One-hot rows of integer labels.
import { ArgumentError, DTypeError } from "../contract/error.ts";
import { type AttributeValue, op } from "../contract/op.ts";
import { describeType, sizeOf } from "../contract/tensor-type.ts";

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
});
