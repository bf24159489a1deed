// Attributes of attention, and the sizes that its kernels walk: batch axes count as one.
import { ArgumentError, DTypeError, ShapeError } from "../contract/error.ts";
import type { AttributeValue } from "../contract/op.ts";
import { describeType, type Shape, sameShape, sizeOf, type TensorType } from "../contract/tensor-type.ts";

export type AttentionAttributes = {
  readonly [name: string]: AttributeValue;
  /** Factor on the products of queries and keys. */
  readonly scale: number;
  /** Each query sees the keys up to its own place. */
  readonly causal: boolean;
};

/** Widest query and value: kernels keep a row of each in registers, on a GPU, or in a thread's arena. */
export const attentionWidth = 128;

/** How a mask's words lie: strides 0 along the axes of size 1, and matrix (batch / repeat) % count of those it has. */
export interface MaskLayout {
  readonly repeat: number;
  readonly count: number;
  readonly matrix: number;
  readonly row: number;
  readonly column: number;
}

export interface AttentionShape {
  readonly batchShape: Shape;
  readonly batch: number;
  readonly tokens: number;
  readonly keys: number;
  readonly width: number;
  readonly valueWidth: number;
  readonly mask?: MaskLayout;
}

/**
 * The layout of a mask for scores [...batchShape, tokens, keys], or undefined where it has none: each of the last two axes
 * is whole or 1, and of the batch axes those in one run are whole and the others 1.
 */
export const maskLayout = (mask: Shape, scores: Shape): MaskLayout | undefined => {
  if (mask.length !== scores.length || mask.some((size, axis) => size !== 1 && size !== scores[axis])) return undefined;
  const batch = mask.slice(0, -2);
  const isOne = (size: number): boolean => size === 1;
  const first = batch.findIndex((size) => !isOne(size));
  const end = batch.findLastIndex((size) => !isOne(size)) + 1;
  const start = first < 0 ? end : first;
  if (!sameShape(batch.slice(start, end), scores.slice(start, end))) return undefined;
  const [rows = 1, columns = 1] = mask.slice(-2);
  return {
    repeat: sizeOf(scores.slice(end, -2)),
    count: sizeOf(batch),
    matrix: rows * columns,
    row: rows === 1 ? 0 : columns,
    column: columns === 1 ? 0 : 1,
  };
};

const refuse = (name: string, types: readonly (TensorType | undefined)[], what: string): ShapeError =>
  new ShapeError(
    `${name}: ${what}, but got ${types.map((type) => (type ? describeType(type) : "nothing")).join(", ")}`,
  );

/** Sizes of queries, keys, values and a mask. @throws ShapeError, DTypeError, ArgumentError when they do not fit */
export const attentionShape = (
  name: string,
  [q, k, v]: readonly TensorType[],
  mask: TensorType | undefined,
  { scale }: AttentionAttributes,
): AttentionShape => {
  const given = [q, k, v];
  if (!q || !k || !v || q.shape.length < 2)
    throw refuse(
      name,
      given,
      "queries [..., tokens, width], keys [..., keys, width] and values [..., keys, width] are wanted",
    );
  for (const type of [q, k, v])
    if (type.dtype !== "f32")
      throw new DTypeError(`${name} takes f32, but got ${describeType(type)}; convert with .to("f32")`);
  const batchShape = q.shape.slice(0, -2);
  const [tokens = 0, width = 0] = q.shape.slice(-2);
  const keys = k.shape[k.shape.length - 2] ?? 0;
  const valueWidth = v.shape[v.shape.length - 1] ?? 0;
  if (!sameShape(k.shape, [...batchShape, keys, width]) || !sameShape(v.shape, [...batchShape, keys, valueWidth]))
    throw refuse(
      name,
      given,
      "queries and keys of one width, a value for each key, and the same leading axes are wanted",
    );
  if (Math.min(width, valueWidth) < 1 || Math.max(width, valueWidth) > attentionWidth)
    throw refuse(name, given, `widths from 1 to ${attentionWidth} are wanted`);
  if (!Number.isFinite(scale)) throw new ArgumentError(`${name}: the scale must be a number, but is ${scale}`);
  const sizes = { batchShape, batch: sizeOf(batchShape), tokens, keys, width, valueWidth };
  if (!mask) return sizes;
  if (mask.dtype !== "bool")
    throw new DTypeError(`${name}: the mask must be bool, true where a key may be seen, but is ${describeType(mask)}`);
  const layout = maskLayout(mask.shape, [...batchShape, tokens, keys]);
  if (!layout)
    throw refuse(
      name,
      [mask],
      `a mask of axes of [${[...batchShape, tokens, keys].join(", ")}] or 1, the whole of its leading ones in one run, is wanted`,
    );
  return { ...sizes, mask: layout };
};

/** Queries times the keys that they see. */
export const pairsOf = ({ batch, tokens, keys }: AttentionShape, causal: boolean): number => {
  if (!causal) return batch * tokens * keys;
  const rising = Math.min(tokens, keys);
  return batch * ((rising * (rising + 1)) / 2 + (tokens - rising) * keys);
};

/** The sizes of attentionGradient, whose inputs are q, k, v, o, logarithms, upstream and perhaps a mask. */
export const gradientShape = (inputs: readonly TensorType[], attributes: AttentionAttributes): AttentionShape => {
  const sizes = attentionShape("attentionGradient", inputs, inputs[6], attributes);
  const rows = [...sizes.batchShape, sizes.tokens];
  const results = [...rows, sizes.valueWidth];
  for (const [i, shape] of [results, rows, results].entries()) {
    const type = inputs[3 + i];
    if (type?.dtype !== "f32" || !sameShape(type.shape, shape))
      throw refuse(
        "attentionGradient",
        [type],
        `results and upstream f32[${results.join(", ")}] and logarithms f32[${rows.join(", ")}] are wanted`,
      );
  }
  return sizes;
};
