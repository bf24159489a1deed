// The blocks of a transformer (Vaswani and others 2017). Norms come first in each branch unless told otherwise: that trains
// without warm-up (Xiong and others 2020).
import { geluTanh } from "../tensor/activations.ts";
import { deriveSeed } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type AttentionCallOptions, type AttentionParameters, multiHeadAttention } from "./attention.ts";
import { type ApplyOptions, keysFrom, type Layer } from "./layer.ts";
import { type LinearParameters, linear } from "./linear.ts";
import { dropout as dropoutLayer, layerNorm, type NormParameters } from "./normalisation.ts";

/** Options of transformer blocks. */
export interface TransformerBlockOptions {
  readonly width: number;
  readonly heads: number;
  /** Width inside the feed-forward part. Default 4 * width. */
  readonly hidden?: number | undefined;
  /** Share left out of each branch and of the attention's weights where a call brings a key. Default 0. */
  readonly dropout?: number | undefined;
  /** Between the feed-forward part's two products. Default geluTanh. */
  readonly activation?: ((x: Tensor) => Tensor) | undefined;
  /** Whether each branch normalises its input (default), or the sum behind it is normalised, as in the paper. */
  readonly normFirst?: boolean | undefined;
}

interface FeedForwardParameters {
  readonly inner: LinearParameters;
  readonly outer: LinearParameters;
}

/** Parameters of a transformer encoder block. */
export interface EncoderBlockParameters {
  readonly attention: AttentionParameters;
  readonly attentionNorm: NormParameters;
  readonly feedForward: FeedForwardParameters;
  readonly feedForwardNorm: NormParameters;
}

/** Parameters of a transformer decoder block. */
export interface DecoderBlockParameters extends EncoderBlockParameters {
  readonly crossAttention: AttentionParameters;
  readonly crossAttentionNorm: NormParameters;
}

/** What one call of a decoder block takes. */
export interface DecoderCallOptions extends ApplyOptions {
  /** What the encoder gave, [batch, keys, width]. */
  readonly context: Tensor;
  /** bool, broadcast to [batch, heads, queries, queries], beside the causal mask. */
  readonly mask?: Tensor | undefined;
  /** bool, broadcast to [batch, heads, queries, keys]: the places of the context that count. */
  readonly contextMask?: Tensor | undefined;
}

const feedForward = ({ width, hidden = 4 * width, activation = geluTanh }: TransformerBlockOptions) => {
  const [inner, outer] = [linear(width, hidden), linear(hidden, width)];
  return {
    initialise: (seed: number): FeedForwardParameters => ({
      inner: inner.initialise(deriveSeed(seed, 0)),
      outer: outer.initialise(deriveSeed(seed, 1)),
    }),
    apply: (parameters: FeedForwardParameters, x: Tensor): Tensor =>
      outer.apply(parameters.outer, activation(inner.apply(parameters.inner, x))),
  };
};

/** x + branch(norm(x)), or norm(x + branch(x)); dropout at the branch's end. */
const residual = ({ width, dropout = 0, normFirst = true }: TransformerBlockOptions) => {
  const norm = layerNorm(width);
  const drop = dropoutLayer(dropout);
  return (x: Tensor, parameters: NormParameters, key: Tensor | undefined, branch: (x: Tensor) => Tensor): Tensor => {
    const added = x.add(drop.apply({}, branch(normFirst ? norm.apply(parameters, x) : x), { key }));
    return normFirst ? added : norm.apply(parameters, added);
  };
};

/**
 * Self-attention and a feed-forward part, each in a residual branch: [batch, places, width] -> the same shape. With
 * `causal` it is the block of a language model.
 * @example transformerEncoderBlock({ width: 64, heads: 4, causal: true, dropout: 0.1 })
 */
export const transformerEncoderBlock = (
  options: TransformerBlockOptions & { readonly causal?: boolean | undefined },
): Layer<EncoderBlockParameters, AttentionCallOptions> => {
  const attention = multiHeadAttention(options);
  const forward = feedForward(options);
  const norm = layerNorm(options.width);
  const branch = residual(options);
  return {
    initialise: (seed) => ({
      attention: attention.initialise(deriveSeed(seed, 0)),
      attentionNorm: norm.initialise(seed),
      feedForward: forward.initialise(deriveSeed(seed, 1)),
      feedForwardNorm: norm.initialise(seed),
    }),
    apply: (parameters, x, { context, mask, key } = {}) => {
      const keys = keysFrom(key, 3);
      const attended = branch(x, parameters.attentionNorm, keys[0], (own) =>
        attention.apply(parameters.attention, own, { context, mask, key: keys[1] }),
      );
      return branch(attended, parameters.feedForwardNorm, keys[2], (own) => forward.apply(parameters.feedForward, own));
    },
  };
};

/**
 * Causal self-attention, attention to what an encoder gave, and a feed-forward part: [batch, places, width] -> the same.
 * @example transformerDecoderBlock({ width: 64, heads: 4 }).apply(parameters, x, { context })
 */
export const transformerDecoderBlock = (options: TransformerBlockOptions) => {
  const attention = multiHeadAttention({ ...options, causal: true });
  const crossAttention = multiHeadAttention(options);
  const forward = feedForward(options);
  const norm = layerNorm(options.width);
  const branch = residual(options);
  return {
    initialise: (seed: number): DecoderBlockParameters => ({
      attention: attention.initialise(deriveSeed(seed, 0)),
      attentionNorm: norm.initialise(seed),
      crossAttention: crossAttention.initialise(deriveSeed(seed, 1)),
      crossAttentionNorm: norm.initialise(seed),
      feedForward: forward.initialise(deriveSeed(seed, 2)),
      feedForwardNorm: norm.initialise(seed),
    }),
    apply: (parameters: DecoderBlockParameters, x: Tensor, call: DecoderCallOptions): Tensor => {
      const { context, mask, contextMask } = call;
      const keys = keysFrom(call.key, 5);
      const attended = branch(x, parameters.attentionNorm, keys[0], (own) =>
        attention.apply(parameters.attention, own, { mask, key: keys[1] }),
      );
      const crossed = branch(attended, parameters.crossAttentionNorm, keys[2], (own) =>
        crossAttention.apply(parameters.crossAttention, own, { context, mask: contextMask, key: keys[3] }),
      );
      return branch(crossed, parameters.feedForwardNorm, keys[4], (own) => forward.apply(parameters.feedForward, own));
    },
  };
};
