// Normalisations as compositions: two reductions, and an element-wise chain that fusion makes one pass over memory. f16 is
// normalised in f32 and rounded once, so scale, shift and statistics may be f32 beside it.
import { ArgumentError, ShapeError, sizeOf } from "@millrace/kernels";
import { normaliseAxis } from "../graph/build.ts";
import { onceRounded } from "./once-rounded.ts";
import type { Tensor } from "./tensor.ts";

/** What may follow a normalisation: value * scale + shift. */
export interface NormOptions {
  /** f32 factor; none when left out. */
  readonly scale?: Tensor | undefined;
  /** f32 summand; none when left out. */
  readonly shift?: Tensor | undefined;
  /** Added to the variance under the root. Default 1e-5. */
  readonly epsilon?: number | undefined;
}

/** Options of layerNorm. */
export interface LayerNormOptions extends NormOptions {
  /** Axes that are normalised together. Default [-1]. */
  readonly axes?: readonly number[] | undefined;
}

/** Mean and variance of each channel, f32 [channels]. */
export interface BatchStatistics {
  readonly mean: Tensor;
  readonly variance: Tensor;
}

const defaultEpsilon = 1e-5;

const affine = (x: Tensor, scale: Tensor | undefined, shift: Tensor | undefined): Tensor => {
  const scaled = scale ? x.multiply(scale.to(x.dtype)) : x;
  return shift ? scaled.add(shift.to(x.dtype)) : scaled;
};

/** Distance from the mean in standard deviations, over axes. */
const standardise = (x: Tensor, axes: readonly number[], epsilon: number): Tensor => {
  const distance = x.subtract(x.mean({ axis: axes, keepDimensions: true }));
  return distance.divide(distance.square().mean({ axis: axes, keepDimensions: true }).add(epsilon).sqrt());
};

/** Number of channels: axis 1 of [batch, channels, ...]. */
const channelsOf = (name: string, x: Tensor): number => {
  const channels = x.shape[1];
  if (channels === undefined)
    throw new ShapeError(`${name} takes [batch, channels, ...], but got [${x.shape.join(", ")}]`);
  return channels;
};

/** A value a channel, f32 [channels], in the rank of [batch, channels, ...]. */
const byChannel = (name: string, x: Tensor, what: string, values: Tensor | undefined): Tensor | undefined => {
  if (!values) return undefined;
  const channels = channelsOf(name, x);
  if (values.rank !== 1 || values.size !== channels)
    throw new ShapeError(
      `${name} of [${x.shape.join(", ")}]: the ${what} must be [${channels}], but is [${values.shape.join(", ")}]`,
    );
  return values.reshape(x.shape.map((_, axis) => (axis === 1 ? channels : 1)));
};

const affineByChannel = (name: string, x: Tensor, { scale, shift }: NormOptions): Tensor =>
  affine(x, byChannel(name, x, "scale", scale), byChannel(name, x, "shift", shift));

/**
 * Layer normalisation (Ba, Kiros, Hinton 2016): each example to mean 0 and variance 1 over axes (the last when left out),
 * then scale and shift, which broadcast against x.
 * @example layerNorm(tensor([[1, 3], [10, 30]])) // about [[-1, 1], [-1, 1]]
 */
export const layerNorm = (x: Tensor, options: LayerNormOptions = {}): Tensor => {
  const axes = (options.axes ?? [-1]).map((axis) => normaliseAxis("layerNorm", x.value.type, axis));
  return onceRounded(x, (own) =>
    affine(standardise(own, axes, options.epsilon ?? defaultEpsilon), options.scale, options.shift),
  );
};

/**
 * Division by the root mean square over axes (Zhang, Sennrich 2019); the last axis when left out.
 * @example rmsNorm(tensor([3, 4])) // about [0.849, 1.131]
 */
export const rmsNorm = (x: Tensor, options: LayerNormOptions = {}): Tensor => {
  const axes = (options.axes ?? [-1]).map((axis) => normaliseAxis("rmsNorm", x.value.type, axis));
  return onceRounded(x, (own) => {
    const square = own.square().mean({ axis: axes, keepDimensions: true });
    return affine(own.divide(square.add(options.epsilon ?? defaultEpsilon).sqrt()), options.scale, options.shift);
  });
};

/**
 * Batch normalisation for inference (Ioffe, Szegedy 2015): x [batch, channels, ...] by given statistics a channel.
 * Scale and shift are [channels].
 * @throws ShapeError when statistics, scale or shift are not [channels]
 */
export const batchNorm = (x: Tensor, statistics: BatchStatistics, options: NormOptions = {}): Tensor => {
  const mean = byChannel("batchNorm", x, "mean", statistics.mean) ?? statistics.mean;
  const variance = byChannel("batchNorm", x, "variance", statistics.variance) ?? statistics.variance;
  const deviation = variance
    .to("f32")
    .add(options.epsilon ?? defaultEpsilon)
    .sqrt();
  return onceRounded(x, (own) => affineByChannel("batchNorm", own.subtract(mean.to("f32")).divide(deviation), options));
};

/**
 * Batch normalisation for training: x [batch, channels, ...] by the batch's own statistics, and the running statistics
 * moved toward them (the variance without bias, as PyTorch keeps it).
 * @param options.momentum the share of the new statistics; default 0.1
 * @throws ArgumentError when a channel has fewer than two values, ShapeError when a shape is not [channels]
 * @example const { value, statistics } = batchNormTraining(x, { mean: zeros([3]), variance: ones([3]) });
 */
export const batchNormTraining = (
  x: Tensor,
  statistics: BatchStatistics,
  options: NormOptions & { readonly momentum?: number | undefined } = {},
): { value: Tensor; statistics: BatchStatistics } => {
  const name = "batchNormTraining";
  const { momentum = 0.1, epsilon = defaultEpsilon } = options;
  const channels = channelsOf(name, x);
  const count = channels === 0 ? 0 : x.size / channels;
  if (count < 2)
    throw new ArgumentError(
      `${name} of [${x.shape.join(", ")}]: a channel needs at least two values to have a variance; use batchNorm`,
    );
  for (const [what, values] of Object.entries(statistics)) byChannel(name, x, what, values);
  const axis = [...x.shape.keys()].filter((own) => own !== 1);
  const own = x.to("f32");
  const mean = own.mean({ axis, keepDimensions: true });
  const distance = own.subtract(mean);
  const variance = distance.square().mean({ axis, keepDimensions: true });
  const move = (running: Tensor, found: Tensor): Tensor =>
    running.multiply(1 - momentum).add(found.reshape([channels]).multiply(momentum));
  return {
    value: affineByChannel(name, distance.divide(variance.add(epsilon).sqrt()), options).to(x.dtype),
    statistics: {
      mean: move(statistics.mean, mean),
      variance: move(statistics.variance, variance.multiply(count / (count - 1))),
    },
  };
};

/**
 * Group normalisation (Wu, He 2018): x [batch, channels, ...] over groups of neighbouring channels and all positions.
 * Scale and shift are [channels].
 * @throws ArgumentError when the channels do not divide into the groups
 */
export const groupNorm = (x: Tensor, groups: number, options: NormOptions = {}): Tensor => {
  const channels = channelsOf("groupNorm", x);
  if (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0)
    throw new ArgumentError(
      `groupNorm of [${x.shape.join(", ")}]: ${channels} channels do not divide into ${groups} groups`,
    );
  const grouped = x.reshape([x.shape[0] ?? 0, groups, sizeOf(x.shape.slice(1)) / groups]);
  return onceRounded(grouped, (own) =>
    affineByChannel("groupNorm", standardise(own, [2], options.epsilon ?? defaultEpsilon).reshape(x.shape), options),
  );
};

/** Instance normalisation (Ulyanov, Vedaldi, Lempitsky 2016): group normalisation with a group for each channel. */
export const instanceNorm = (x: Tensor, options: NormOptions = {}): Tensor =>
  groupNorm(x, Math.max(1, channelsOf("instanceNorm", x)), options);
