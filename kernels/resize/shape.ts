// Attributes of resizing and the places that it reads. Places are ratios of whole numbers, so that every device finds the
// same neighbours at the ties where rounding would tell them apart.
import { ArgumentError } from "../contract/error.ts";
import type { AttributeValue } from "../contract/op.ts";
import type { TensorType } from "../contract/tensor-type.ts";
import { imageSizes } from "../convolution/window.ts";

export type ResizeRule = {
  readonly [name: string]: AttributeValue;
  /** "nearest" copies one pixel, "linear" weighs two along each axis. */
  readonly mode: "nearest" | "linear";
  /** Where output o of `out` lies among `in` pixels: (o + 1/2) in / out - 1/2; o (in - 1) / (out - 1); o in / out. */
  readonly coordinates: "halfPixel" | "alignCorners" | "asymmetric";
  /** How "nearest" rounds: to the nearest, ties down; or down. */
  readonly rounding: "preferFloor" | "floor";
};

export type ResizeAttributes = ResizeRule & {
  /** Height and width of the result. */
  readonly size: readonly number[];
};

export type ResizeGradientAttributes = ResizeRule & {
  /** Height and width of the image that had been resized. */
  readonly inputSize: readonly number[];
};

/** The sizes of one call; planes are batch times channels. */
export interface ResizeShape {
  readonly planes: number;
  readonly height: number;
  readonly width: number;
  readonly outHeight: number;
  readonly outWidth: number;
}

/** Largest size of an axis: four times the product of two stays below 2^31, and a row's places fit a thread's memory. */
const largest = 16_383;

const choices: readonly [keyof ResizeRule, readonly string[]][] = [
  ["mode", ["nearest", "linear"]],
  ["coordinates", ["halfPixel", "alignCorners", "asymmetric"]],
  ["rounding", ["preferFloor", "floor"]],
];

const checkRule = (name: string, rule: ResizeRule, sizes: readonly number[]): void => {
  for (const [option, known] of choices)
    if (!known.includes(String(rule[option])))
      throw new ArgumentError(`${name}: ${option} is one of ${known.join(", ")}, not "${String(rule[option])}"`);
  if (sizes.length !== 4 || sizes.some((size) => !Number.isInteger(size) || size < 1 || size > largest))
    throw new ArgumentError(
      `${name}: images and results are from 1 to ${largest} pixels high and wide, but these are [${sizes.slice(0, 2).join(", ")}] and [${sizes.slice(2).join(", ")}]`,
    );
};

/** Sizes from an image. @throws ShapeError, DTypeError, ArgumentError */
export const resizeShape = (image: TensorType | undefined, attributes: ResizeAttributes): ResizeShape => {
  const [batch, channels, height, width] = imageSizes("resize", "the image [batch, channels, height, width]", image);
  checkRule("resize", attributes, [height, width, ...attributes.size]);
  const [outHeight = 1, outWidth = 1] = attributes.size;
  return { planes: batch * channels, height, width, outHeight, outWidth };
};

/** Sizes from the gradient of the result. @throws ShapeError, DTypeError, ArgumentError */
export const resizeGradientShape = (
  gradient: TensorType | undefined,
  attributes: ResizeGradientAttributes,
): ResizeShape => {
  const [batch, channels, outHeight, outWidth] = imageSizes(
    "resizeGradient",
    "the gradient [batch, channels, height, width]",
    gradient,
  );
  checkRule("resizeGradient", attributes, [...attributes.inputSize, outHeight, outWidth]);
  const [height = 1, width = 1] = attributes.inputSize;
  return { planes: batch * channels, height, width, outHeight, outWidth };
};

/** A place as (o * scale + shift) / divisor. */
export interface PlaceRule {
  readonly scale: number;
  readonly shift: number;
  readonly divisor: number;
}

/** The places of an axis of `size` pixels resized to `out`. */
export const placeRule = ({ coordinates }: ResizeRule, size: number, out: number): PlaceRule => {
  if (coordinates === "halfPixel") return { scale: 2 * size, shift: size - out, divisor: 2 * out };
  if (coordinates === "alignCorners") return { scale: size - 1, shift: 0, divisor: Math.max(out - 1, 1) };
  return { scale: size, shift: 0, divisor: out };
};
