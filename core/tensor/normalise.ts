// Normalisations: over the last axes by an op that reads a row once from memory, else as compositions of two reductions and
// an element-wise chain that fusion makes one pass. f16 is
// normalised in f32 and rounded once, so scale, shift and statistics may be f32 beside it.
import { ArgumentError, ShapeError, sameShape, sizeOf } from "@millrace/kernels";
import { normaliseAxis } from "../graph/build.ts";
import { apply } from "../graph/node.ts";
import { onceRounded } from "./once-rounded.ts";
import { Tensor } from "./tensor.ts";

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

/** Longer rows are shared out among threads by reductions; a row of the op is one thread's, or one workgroup's. */
const longestRow = 16_384;

/**
 * f32 x over axes, centred or not, then scale and shift. The op takes the last axes as one row, and a scale or shift that has
 * a value for each place of the row.
 */
const rowNorm = (
  x: Tensor,
  axes: readonly number[],
  center: boolean,
  { scale, shift, epsilon = defaultEpsilon }: NormOptions,
): Tensor => {
  const first = x.rank - axes.length;
  const row = x.shape.slice(first);
  const columns = sizeOf(row);
  if (axes.length === 0 || new Set(axes).size < axes.length || Math.min(...axes) < first || columns > longestRow) {
    const square = x.square().mean({ axis: axes, keepDimensions: true });
    return affine(center ? standardise(x, axes, epsilon) : x.divide(square.add(epsilon).sqrt()), scale, shift);
  }
  const fits = (values: Tensor | undefined): values is Tensor => values !== undefined && sameShape(values.shape, row);
  const inside = fits(scale) ? (fits(shift) ? [scale, shift] : [scale]) : [];
  const values = [
    x.reshape([...x.shape.slice(0, first), columns]),
    ...inside.map((own) => own.to("f32").reshape([columns])),
  ];
  const attributes = { center, epsilon };
  const result = new Tensor(
    apply(
      "normalise",
      values.map((own) => own.value),
      attributes,
    ),
  ).reshape(x.shape);
  return affine(result, inside.length > 0 ? undefined : scale, inside.length > 1 ? undefined : shift);
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
  return onceRounded(x, (own) => rowNorm(own, axes, true, options));
};

/**
 * Division by the root mean square over axes (Zhang, Sennrich 2019); the last axis when left out.
 * @example rmsNorm(tensor([3, 4])) // about [0.849, 1.131]
 */
export const rmsNorm = (x: Tensor, options: LayerNormOptions = {}): Tensor => {
  const axes = (options.axes ?? [-1]).map((axis) => normaliseAxis("rmsNorm", x.value.type, axis));
  return onceRounded(x, (own) => rowNorm(own, axes, false, options));
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
    affineByChannel("groupNorm", rowNorm(own, [2], true, { epsilon: options.epsilon }).reshape(x.shape), options),
  );
};

/** Instance normalisation (Ulyanov, Vedaldi, Lempitsky 2016): group normalisation with a group for each channel. */
export const instanceNorm = (x: Tensor, options: NormOptions = {}): Tensor =>
  groupNorm(x, Math.max(1, channelsOf("instanceNorm", x)), options);
