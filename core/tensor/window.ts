// How the options of windows over sequences and images are written, and the attributes that they become.
import { ShapeError } from "@millrace/kernels";
import type { Tensor } from "./tensor.ts";

/** One number for both axes, or [down, across]. */
export type Pair = number | readonly [number, number];

/**
 * Places of zeros around an image: one number for all sides, [vertical, horizontal], the sides by name (0 when left out),
 * or "same", which pads so that the result has ceil(size / stride) places; an odd place goes to the bottom and right.
 */
export type Padding2d =
  | Pair
  | "same"
  | { readonly top?: number; readonly bottom?: number; readonly left?: number; readonly right?: number };

/** A window that slides along two axes. */
export interface Window2dOptions {
  /** Steps of the window. Default 1. */
  readonly stride?: Pair;
  /** Default 0. */
  readonly padding?: Padding2d;
  /** Distance between neighbouring taps. Default 1. */
  readonly dilation?: Pair;
}

/** A window that slides along one axis. */
export interface Window1dOptions {
  /** Steps of the window. Default 1. */
  readonly stride?: number;
  /** Places on both sides, [before, after], or "same". Default 0. */
  readonly padding?: number | readonly [number, number] | "same";
  /** Distance between neighbouring taps. Default 1. */
  readonly dilation?: number;
}

/** A pair from one number or two. */
export const pair = (value: Pair): [number, number] =>
  typeof value === "number" ? [value, value] : [value[0], value[1]];

/** Zeros that "same" puts before and after an axis. */
const samePadding = (size: number, kernel: number, stride: number, dilation: number): [number, number] => {
  const places = Math.ceil(size / stride);
  const total = Math.max(0, (places - 1) * stride + (kernel - 1) * dilation + 1 - size);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
};

const sides = (padding: Exclude<Padding2d, "same">): number[] => {
  if (typeof padding === "number") return [padding, padding, padding, padding];
  if (!("length" in padding)) return [padding.top ?? 0, padding.bottom ?? 0, padding.left ?? 0, padding.right ?? 0];
  const [vertical, horizontal] = padding;
  return [vertical, vertical, horizontal, horizontal];
};

/** The attributes of a window over planes of a size. */
export const windowAttributes = (options: Window2dOptions, plane: readonly number[], kernel: readonly number[]) => {
  const strides = pair(options.stride ?? 1);
  const dilations = pair(options.dilation ?? 1);
  const padding =
    options.padding === "same"
      ? [0, 1].flatMap((axis) =>
          samePadding(plane[axis] ?? 0, kernel[axis] ?? 1, strides[axis] ?? 1, dilations[axis] ?? 1),
        )
      : sides(options.padding ?? 0);
  return { strides, padding, dilations };
};

/** A sequence as an image of height 1. @throws ShapeError unless there are three axes */
export const asImage = (name: string, role: string, x: Tensor): Tensor => {
  const [a = 0, b = 0, c = 0] = x.shape;
  if (x.rank !== 3) throw new ShapeError(`${name}: ${role} must have three axes, but is [${x.shape.join(", ")}]`);
  return x.reshape([a, b, 1, c]);
};

/** An image of height 1 as a sequence. */
export const asSequence = (x: Tensor): Tensor => {
  const [a = 0, b = 0, , d = 0] = x.shape;
  return x.reshape([a, b, d]);
};

/** Options of a window over sequences, as those of one over images of height 1. */
export const windowOfSequence = ({ stride, padding, dilation }: Window1dOptions) => {
  const [left, right] = typeof padding === "object" ? padding : [padding, padding];
  return {
    stride: [1, stride ?? 1] as const,
    padding: left === "same" || right === "same" ? ("same" as const) : { left: left ?? 0, right: right ?? 0 },
    dilation: [1, dilation ?? 1] as const,
  };
};
