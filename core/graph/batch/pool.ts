// Batching of what treats every image alone: examples are more images.
import { sizeOf } from "@millrace/kernels";
import type { BatchRule } from "../batch-rules.ts";
import { broadcastTo, concatenate, constant, reshape, subtract } from "../build.ts";
import { apply, type Value } from "../node.ts";
import { spread } from "./spread.ts";

/** [B, N, ...] as [B * N, ...]. */
export const behind = (x: Value): Value => {
  const [count = 0, images = 0, ...rest] = x.type.shape;
  return reshape(x, [count * images, ...rest]);
};

/** An op over images, all inputs alike. */
export const byImages =
  (name: string): BatchRule =>
  ({ inputs, batched, attributes, out, count }) =>
    reshape(
      apply(
        name,
        inputs.map((input, i) => behind(spread(input, batched[i], count))),
        attributes,
      ),
      [count, ...out.shape],
    );

/** Places are counted within one example: those of example b lie b images further. */
export const poolIndicesRule: BatchRule = (context) => {
  const { types, count, out } = context;
  const flat = byImages("poolIndices")(context);
  const offsets = Array.from({ length: count }, (_, b) =>
    broadcastTo(constant(b * sizeOf(types[0]?.shape ?? []), "i32"), [1, ...out.shape]),
  );
  return "node" in flat ? subtract(flat, concatenate(offsets, 0)) : flat;
};
