// Softmax and log-softmax over the last axis, each row shifted by its maximum so that no finite row overflows.
import { op } from "../contract/op.ts";
import { byteSizeOf, sizeOf } from "../contract/tensor-type.ts";
import { rowsOf, type SoftmaxAttributes } from "./shape.ts";

/** Softmax of f32 [..., classes] along the last axis. A row with NaN or +Infinity is NaN. */
export const softmax = op<SoftmaxAttributes>({
  name: "softmax",
  inputs: ["x"],
  outputs: ([x]) => {
    rowsOf("softmax", x);
    return x ? [x] : [];
  },
  work: ([x]) => (x ? { flops: 14 * sizeOf(x.shape), bytes: 2 * byteSizeOf(x) } : { flops: 0, bytes: 0 }),
});
