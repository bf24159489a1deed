// Pooling over sequences [batch, channels, length] and images [batch, channels, height, width].
import { type PoolFunction, ShapeError } from "@millrace/kernels";
import { apply } from "../graph/node.ts";
import { Tensor } from "./tensor.ts";
import {
  asImage,
  asSequence,
  type Pair,
  pair,
  type Window1dOptions,
  type Window2dOptions,
  windowAttributes,
  windowOfSequence,
} from "./window.ts";

/** The stride of pooling is the window's size when left out. */
export type MaxPool2dOptions = Window2dOptions;
/** The stride of pooling is the window's size when left out. */
export type MaxPool1dOptions = Window1dOptions;

/** Options of averagePool2d. */
export interface AveragePool2dOptions extends Omit<Window2dOptions, "dilation"> {
  /** Divide by all places of the window, zeros of the padding too. Default true, as in PyTorch; false in ONNX. */
  readonly countPadding?: boolean;
}
/** Options of averagePool1d. */
export interface AveragePool1dOptions extends Omit<Window1dOptions, "dilation"> {
  /** See AveragePool2dOptions. */
  readonly countPadding?: boolean;
}

const pool = (x: Tensor, kind: PoolFunction, size: Pair, options: Window2dOptions, countPadding: boolean): Tensor => {
  const own = pair(size);
  const window = windowAttributes({ stride: size, ...options }, x.shape.slice(2), own);
  return new Tensor(apply("pool", [x.value], { ...window, size: own, function: kind, countPadding }));
};

const sequence = (name: string, x: Tensor): Tensor => asImage(name, "the sequence [batch, channels, length]", x);

/**
 * Largest element of each window of f32 images [batch, channels, height, width]; a NaN wins. Its gradient goes to the
 * first NaN, else to the first of equals.
 * @param size height and width of the window
 * @throws ShapeError when the window does not fit or would hold padding alone
 * @example maxPool2d(ones([1, 8, 32, 32]), 2).shape // [1, 8, 16, 16]
 */
export const maxPool2d = (x: Tensor, size: Pair, options: MaxPool2dOptions = {}): Tensor =>
  pool(x, "maximum", size, options, false);

/** As maxPool2d for f32 sequences [batch, channels, length]. @example maxPool1d(ones([1, 8, 32]), 2).shape // [1, 8, 16] */
export const maxPool1d = (x: Tensor, size: number, options: MaxPool1dOptions = {}): Tensor =>
  asSequence(maxPool2d(sequence("maxPool1d", x), [1, size], windowOfSequence({ stride: size, ...options })));

/**
 * Mean of each window of f32 images [batch, channels, height, width].
 * @param size height and width of the window
 * @throws ShapeError when the window does not fit or would hold padding alone
 * @example averagePool2d(ones([1, 8, 32, 32]), 2).shape // [1, 8, 16, 16]
 */
export const averagePool2d = (x: Tensor, size: Pair, options: AveragePool2dOptions = {}): Tensor =>
  pool(x, "average", size, options, options.countPadding ?? true);

/** As averagePool2d for f32 sequences [batch, channels, length]. @example averagePool1d(ones([1, 8, 32]), 4).shape // [1, 8, 8] */
export const averagePool1d = (x: Tensor, size: number, options: AveragePool1dOptions = {}): Tensor =>
  asSequence(
    pool(
      sequence("averagePool1d", x),
      "average",
      [1, size],
      windowOfSequence({ stride: size, ...options }),
      options.countPadding ?? true,
    ),
  );

const wholePlane = (name: string, x: Tensor): { axis: number[]; keepDimensions: true } => {
  if (x.rank < 3)
    throw new ShapeError(`${name} takes [batch, channels, ...positions], but got [${x.shape.join(", ")}]; reshape it`);
  return { axis: [...x.shape.keys()].slice(2), keepDimensions: true };
};

/** Mean over all positions of each channel: [batch, channels, height, width] to [batch, channels, 1, 1]; any number of axes. */
export const globalAveragePool = (x: Tensor): Tensor => x.mean(wholePlane("globalAveragePool", x));

/** Largest over all positions of each channel; see globalAveragePool. */
export const globalMaxPool = (x: Tensor): Tensor => x.max(wholePlane("globalMaxPool", x));
