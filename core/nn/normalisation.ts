// Normalisations and dropout as layers. Scales begin at 1, shifts at 0.
import * as functions from "../tensor/attention.ts";
import * as norms from "../tensor/normalise.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { constant } from "./initialise.ts";
import { checkWidth, firstWeights, type Layer, type Nothing, type StatefulLayer } from "./layer.ts";

/** Scale and shift of a norm layer. */
export interface NormParameters {
  readonly scale: Tensor;
  readonly shift: Tensor;
}

/** Options of the norm layers. */
export interface NormLayerOptions {
  /** Added to the variance under the root. Default 1e-5. */
  readonly epsilon?: number | undefined;
}

const begin = (width: number): NormParameters => ({
  scale: firstWeights(constant(1), [width], 0),
  shift: firstWeights(constant(0), [width], 0),
});

/** Layer normalisation of [..., width] along the last axis. */
export const layerNorm = (width: number, options: NormLayerOptions = {}): Layer<NormParameters> => ({
  initialise: () => begin(width),
  apply: (parameters, x) => {
    checkWidth("layerNorm", x, width);
    return norms.layerNorm(x, { ...parameters, ...options });
  },
});

/** Division of [..., width] by its root mean square along the last axis. */
export const rmsNorm = (width: number, options: NormLayerOptions = {}): Layer<{ readonly scale: Tensor }> => ({
  initialise: () => ({ scale: firstWeights(constant(1), [width], 0) }),
  apply: (parameters, x) => {
    checkWidth("rmsNorm", x, width);
    return norms.rmsNorm(x, { ...parameters, ...options });
  },
});

/** Group normalisation of [batch, channels, ...]. */
export const groupNorm = (channels: number, groups: number, options: NormLayerOptions = {}): Layer<NormParameters> => ({
  initialise: () => begin(channels),
  apply: (parameters, x) => norms.groupNorm(x, groups, { ...parameters, ...options }),
});

/** Instance normalisation of [batch, channels, ...]. */
export const instanceNorm = (channels: number, options: NormLayerOptions = {}): Layer<NormParameters> => ({
  initialise: () => begin(channels),
  apply: (parameters, x) => norms.instanceNorm(x, { ...parameters, ...options }),
});

/**
 * Batch normalisation of [batch, channels, ...]. Its state is the running mean and variance.
 * @param options.momentum the share of a batch's statistics; default 0.1
 */
export const batchNorm = (
  channels: number,
  options: NormLayerOptions & { readonly momentum?: number | undefined } = {},
): StatefulLayer<NormParameters, norms.BatchStatistics> => ({
  initialise: () => begin(channels),
  initialState: () => ({
    mean: firstWeights(constant(0), [channels], 0),
    variance: firstWeights(constant(1), [channels], 0),
  }),
  apply: (parameters, x, state) => norms.batchNorm(x, state, { ...parameters, ...options }),
  train: (parameters, x, state) => {
    const { value, statistics } = norms.batchNormTraining(x, state, { ...parameters, ...options });
    return { value, state: statistics };
  },
});

/** Zeros at random places where a call brings a key; nothing otherwise. @throws ArgumentError unless 0 <= rate < 1 */
export const dropout = (rate: number): Layer<Nothing> => {
  functions.checkRate(rate);
  return {
    initialise: () => ({}),
    apply: (_, x, options) => (options?.key ? functions.dropout(x, rate, options.key) : x),
  };
};
