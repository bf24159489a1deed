// Multi-head attention (Vaswani and others 2017, section 3.2.2): four linear layers around scaled dot-product attention.
import { ArgumentError, ShapeError } from "@millrace/kernels";
import { scaledDotProductAttention } from "../tensor/attention.ts";
import { deriveSeed } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type ApplyOptions, checkWidth, type Layer } from "./layer.ts";
import { type LinearParameters, linear } from "./linear.ts";

/** Options of multi-head attention. */
export interface MultiHeadAttentionOptions {
  /** Width of queries, keys, values and result. */
  readonly width: number;
  /** Parts into which the width is cut; they must divide it. */
  readonly heads: number;
  /** Each query sees the keys up to its own position. Default false. */
  readonly causal?: boolean | undefined;
  /** Share of the weights left out where a call brings a key. Default 0. */
  readonly dropout?: number | undefined;
}

/** What one call of multi-head attention takes. */
export interface AttentionCallOptions extends ApplyOptions {
  /** What is looked at, [batch, keys, width]. Default: the queries themselves. */
  readonly context?: Tensor | undefined;
  /** bool, broadcast to [batch, heads, queries, keys]: true where a query may see a key. */
  readonly mask?: Tensor | undefined;
}

/** Parameters of multi-head attention. */
export interface AttentionParameters {
  readonly query: LinearParameters;
  readonly key: LinearParameters;
  readonly value: LinearParameters;
  readonly output: LinearParameters;
}

/**
 * Attention in several heads: [batch, queries, width] -> the same shape.
 * @throws ArgumentError when the heads do not divide the width
 * @example multiHeadAttention({ width: 64, heads: 4, causal: true })
 */
export const multiHeadAttention = (
  options: MultiHeadAttentionOptions,
): Layer<AttentionParameters, AttentionCallOptions> => {
  const { width, heads, causal, dropout = 0 } = options;
  if (!Number.isInteger(heads) || heads < 1 || width % heads !== 0)
    throw new ArgumentError(`multiHeadAttention: ${heads} heads do not divide a width of ${width}`);
  const project = linear(width, width);
  const split = (x: Tensor): Tensor => {
    const [batch = 0, places = 0] = x.shape;
    return x.reshape([batch, places, heads, width / heads]).transpose([0, 2, 1, 3]);
  };
  return {
    initialise: (seed) => ({
      query: project.initialise(deriveSeed(seed, 0)),
      key: project.initialise(deriveSeed(seed, 1)),
      value: project.initialise(deriveSeed(seed, 2)),
      output: project.initialise(deriveSeed(seed, 3)),
    }),
    apply: (parameters, x, { context = x, mask, key } = {}) => {
      for (const own of [x, context]) {
        checkWidth("multiHeadAttention", own, width);
        if (own.rank !== 3)
          throw new ShapeError(
            `multiHeadAttention takes [batch, places, ${width}], but got [${own.shape.join(", ")}]; one sequence is a batch of 1`,
          );
      }
      const mixed = scaledDotProductAttention(
        split(project.apply(parameters.query, x)),
        split(project.apply(parameters.key, context)),
        split(project.apply(parameters.value, context)),
        { causal, mask, dropout: key && dropout > 0 ? { rate: dropout, key } : undefined },
      );
      return project.apply(parameters.output, mixed.transpose([0, 2, 1, 3]).reshape(x.shape));
    },
  };
};
