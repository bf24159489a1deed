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

/** What pooling's windows may do at the end of an axis. */
interface LastWindow {
  /**
   * A last window may reach past the padded image, where it begins inside the image or the padding before it: the number
   * of places is rounded up. What lies past the padding counts for nothing. Default false.
   */
  readonly ceilMode?: boolean;
}

/** The stride of pooling is the window's size when left out. */
export interface MaxPool2dOptions extends Window2dOptions, LastWindow {}
/** The stride of pooling is the window's size when left out. */
export interface MaxPool1dOptions extends Window1dOptions, LastWindow {}

/** Options of averagePool2d. */
export interface AveragePool2dOptions extends MaxPool2dOptions {
  /** Divide by all places of the window, zeros of the padding too. Default true, as in PyTorch; false in ONNX. */
  readonly countPadding?: boolean;
}
/** Options of averagePool1d. */
export interface AveragePool1dOptions extends MaxPool1dOptions {
  /** See AveragePool2dOptions. */
  readonly countPadding?: boolean;
}

/** Places past the padding that the last window of an axis takes where their number is rounded up. */
const reachPast = (size: number, before: number, after: number, extent: number, stride: number): number => {
  const span = size + before + after - extent;
  if (span < 0) return 0;
  const places = Math.ceil(span / stride);
  return Math.max(0, (places * stride < size + before ? places : places - 1) * stride - span);
};

const pool = (x: Tensor, kind: PoolFunction, size: Pair, options: MaxPool2dOptions, countPadding: boolean): Tensor => {
  const own = pair(size);
  const plane = x.shape.slice(2);
  const window = windowAttributes({ stride: size, ...options }, plane, own);
  const { strides, padding, dilations } = window;
  const past = own.map((taps, axis) => {
    const [before = 0, after = 0] = padding.slice(2 * axis);
    const extent = (taps - 1) * (dilations[axis] ?? 1) + 1;
    return options.ceilMode ? reachPast(plane[axis] ?? 0, before, after, extent, strides[axis] ?? 1) : 0;
  });
  const attributes = { ...window, size: own, function: kind, countPadding };
  if (past.every((places) => places === 0)) return new Tensor(apply("pool", [x.value], attributes));
  const [top = 0, bottom = 0, left = 0, right = 0] = padding;
  const [down = 0, across = 0] = past;
  if (!countPadding) {
    const reaching = [top, bottom + down, left, right + across];
    return new Tensor(apply("pool", [x.value], { ...attributes, padding: reaching }));
  }
  // The padding counts and what lies past it does not: zeros inside, and a mean over what is there.
  const padded = x.pad([0, 0, top, left], [0, 0, bottom, right]);
  return new Tensor(
    apply("pool", [padded.value], { ...attributes, padding: [0, down, 0, across], countPadding: false }),
  );
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
  asSequence(
    maxPool2d(sequence("maxPool1d", x), [1, size], {
      ...windowOfSequence({ stride: size, ...options }),
      ceilMode: options.ceilMode ?? false,
    }),
  );

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
      { ...windowOfSequence({ stride: size, ...options }), ceilMode: options.ceilMode ?? false },
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
