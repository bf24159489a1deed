// Attention in one op where it fits, else, and with dropout or a bias, as a composition: two products, a softmax, and
// element-wise chains that fuse. Dropout is a composition.
import {
  ArgumentError,
  attentionWidth,
  broadcastShapes,
  DTypeError,
  maskLayout,
  type Shape,
  ShapeError,
} from "@millrace/kernels";
import { applyOp } from "../graph/node.ts";
import { randomUniform } from "./random.ts";
import { range, Tensor } from "./tensor.ts";

/** @throws ArgumentError unless 0 <= rate < 1 */
export const checkRate = (rate: number): void => {
  if (!(rate >= 0 && rate < 1)) throw new ArgumentError(`dropout: the rate must be from 0 to below 1, but is ${rate}`);
};

/**
 * Zeros at random places, and the rest divided by 1 - rate, so that the mean stays (Srivastava and others 2014).
 * The places depend on the key alone: give another key at each step.
 * @throws ArgumentError unless 0 <= rate < 1
 * @example dropout(ones([1000]), 0.1, randomKey(7)) // about 100 zeros
 */
export const dropout = (x: Tensor, rate: number, key: Tensor): Tensor => {
  checkRate(rate);
  if (rate === 0) return x;
  return randomUniform(key, x.shape)
    .less(1 - rate)
    .where(x.divide(1 - rate), 0);
};

/** bool [queries, keys]: true where a query may see a key, those up to its own position. @example causalMask(3) */
export const causalMask = (queries: number, keys = queries): Tensor =>
  range(queries)
    .reshape([queries, 1])
    .greaterEqual(range(keys).reshape([1, keys]));

/** Options of attention. */
export interface AttentionOptions {
  /** Each query sees the keys up to its own position. Default false. */
  readonly causal?: boolean | undefined;
  /** bool, broadcast to [..., queries, keys]: true where a query may see a key. A query that sees none gives zeros. */
  readonly mask?: Tensor | undefined;
  /** f32, broadcast to [..., queries, keys], added to the scaled products: ALiBi, or distances that a model has learned. */
  readonly bias?: Tensor | undefined;
  /** Weights left out at random, by an explicit key. Default none. */
  readonly dropout?: { readonly rate: number; readonly key: Tensor } | undefined;
  /** Factor on the products. Default 1 / sqrt(depth). */
  readonly scale?: number | undefined;
}

/** The lowest f32: its exponential beside any other score is 0, and it never makes the NaN that -Infinity makes alone. */
const lowest = -3.4028234663852886e38;

/** The op, whose gradient needs no matrix of weights; undefined for shapes that it does not take. */
const inOneOp = (
  query: Tensor,
  key: Tensor,
  value: Tensor,
  scale: number,
  { mask, causal = false }: AttentionOptions,
): Tensor | undefined => {
  const widths = [query.shape[query.rank - 1] ?? 0, value.shape[value.rank - 1] ?? 0];
  const inputs = [query, key, value];
  const isFloat = inputs.every(({ dtype }) => dtype === "f32") || inputs.every(({ dtype }) => dtype === "f16");
  if (!isFloat || !widths.every((width) => width > 0 && width <= attentionWidth)) return undefined;
  const leading = broadcastShapes(...[...inputs, ...(mask ? [mask] : [])].map(({ shape }) => shape.slice(0, -2)));
  const spread = inputs.map((x) => x.to("f32").broadcastTo([...leading, ...x.shape.slice(-2)]));
  const scores = [...leading, query.shape[query.rank - 2] ?? 0, key.shape[key.rank - 2] ?? 0];
  const masks = mask ? [maskFor(mask, scores)] : [];
  const [result] = applyOp(
    "attention",
    [...spread, ...masks].map((x) => x.value),
    { scale, causal },
  );
  return result && new Tensor(result).to(value.dtype);
};

/** A mask in the rank of the scores, as it is where the op knows its layout, else repeated. */
const maskFor = (mask: Tensor, scores: Shape): Tensor => {
  const shape = [...new Array<number>(Math.max(0, scores.length - mask.rank)).fill(1), ...mask.shape];
  return maskLayout(shape, scores) ? mask.reshape(shape) : mask.broadcastTo(scores);
};

/**
 * Scaled dot-product attention: softmax(query key^T scale) value (Vaswani and others 2017).
 * @param query f32 [..., queries, depth]
 * @param key f32 [..., keys, depth]
 * @param value f32 [..., keys, width]
 * @returns f32 [..., queries, width]
 * @throws ShapeError when the shapes do not fit, DTypeError when the mask is not bool
 * @example scaledDotProductAttention(q, k, v, { causal: true })
 */
export const scaledDotProductAttention = (
  query: Tensor,
  key: Tensor,
  value: Tensor,
  options: AttentionOptions = {},
): Tensor => {
  const [queries, depth] = query.shape.slice(-2);
  const [keys, keyDepth] = key.shape.slice(-2);
  if (queries === undefined || depth === undefined || keys === undefined || depth !== keyDepth)
    throw new ShapeError(
      `attention takes queries [..., queries, depth] and keys [..., keys, depth], but got [${query.shape.join(", ")}] and [${key.shape.join(", ")}]`,
    );
  if (value.shape[value.rank - 2] !== keys)
    throw new ShapeError(
      `attention: there must be a value for each of the ${keys} keys, but the values are [${value.shape.join(", ")}]`,
    );
  const { mask } = options;
  if (mask && mask.dtype !== "bool")
    throw new DTypeError(`attention: the mask must be bool, true where a key may be seen, but is ${mask.dtype}`);
  const scale = options.scale ?? 1 / Math.sqrt(depth);
  const fused = options.bias || options.dropout ? undefined : inOneOp(query, key, value, scale, options);
  if (fused) return fused;
  // In f32 from here to the weights: a mask's lowest number would be -Infinity in f16.
  const products = query.multiply(scale).matmul(key, { transposeB: true }).to("f32");
  const scores = options.bias ? products.add(options.bias) : products;
  const causal = options.causal ? causalMask(queries, keys) : undefined;
  const visible = causal && mask ? causal.and(mask) : (causal ?? mask);
  const weights = visible ? visible.where(scores, lowest).softmax() : scores.softmax();
  // A causal query always sees its own key; only a mask of one's own can leave a query with none.
  const seen = mask && visible ? visible.where(weights, 0) : weights;
  const kept = options.dropout ? dropout(seen, options.dropout.rate, options.dropout.key) : seen;
  return kept.to(value.dtype).matmul(value);
};
