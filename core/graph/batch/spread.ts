// A value with the batch axis, whether its examples differ or not.
import { broadcastTo } from "../build.ts";
import type { Value } from "../node.ts";

/** A value with the batch axis, repeated when it is shared. */
export const spread = (value: Value | undefined, isBatched: boolean | undefined, count: number): Value => {
  if (!value) throw new RangeError("an input of a batched op is missing");
  return isBatched ? value : broadcastTo(value, [count, ...value.type.shape]);
};
