// Windows that slide over images: what convolution and pooling share. Images are [batch, channels, height, width].
import { ArgumentError, DTypeError, ShapeError } from "../contract/error.ts";
import type { AttributeValue } from "../contract/op.ts";
import { describeType, type TensorType } from "../contract/tensor-type.ts";

export type WindowAttributes = {
  readonly [name: string]: AttributeValue;
  /** Steps of the window, [down, across]. */
  readonly strides: readonly number[];
  /** Places added around the image, [top, bottom, left, right]. */
  readonly padding: readonly number[];
  /** Distances between neighbouring taps of the window, [down, across]. */
  readonly dilations: readonly number[];
};

/** The same without names: how one window lies on one image. */
export interface WindowShape {
  readonly height: number;
  readonly width: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideDown: number;
  readonly strideAcross: number;
  readonly top: number;
  readonly left: number;
  readonly dilationDown: number;
  readonly dilationAcross: number;
  readonly outHeight: number;
  readonly outWidth: number;
}

const wholeNumbers = (name: string, what: string, values: readonly number[], count: number, least: number): void => {
  if (values.length !== count || values.some((value) => !Number.isInteger(value) || value < least))
    throw new ArgumentError(
      `${name}: ${what} must be ${count} whole numbers of at least ${least}, but are [${values.join(", ")}]`,
    );
};

/**
 * Places of a window along each axis.
 * @throws ArgumentError for a stride, padding or dilation that is none, ShapeError when the window does not fit
 */
export const windowShape = (
  name: string,
  image: readonly number[],
  kernel: readonly number[],
  { strides, padding, dilations }: WindowAttributes,
): WindowShape => {
  wholeNumbers(name, "the window's sizes", kernel, 2, 1);
  wholeNumbers(name, "the strides", strides, 2, 1);
  wholeNumbers(name, "the padding [top, bottom, left, right]", padding, 4, 0);
  wholeNumbers(name, "the dilations", dilations, 2, 1);
  const [height = 0, width = 0] = image;
  const [kernelHeight = 1, kernelWidth = 1] = kernel;
  const [strideDown = 1, strideAcross = 1] = strides;
  const [top = 0, bottom = 0, left = 0, right = 0] = padding;
  const [dilationDown = 1, dilationAcross = 1] = dilations;
  const places = (along: string, size: number, window: number, dilation: number, stride: number): number => {
    const extent = (window - 1) * dilation + 1;
    if (extent > size)
      throw new ShapeError(
        `${name}: a window of ${window} with dilation ${dilation} takes ${extent} places along the ${along}, but the padded image has ${size}; pad it more or take a smaller window`,
      );
    return Math.floor((size - extent) / stride) + 1;
  };
  return {
    height,
    width,
    kernelHeight,
    kernelWidth,
    strideDown,
    strideAcross,
    top,
    left,
    dilationDown,
    dilationAcross,
    outHeight: places("height", height + top + bottom, kernelHeight, dilationDown, strideDown),
    outWidth: places("width", width + left + right, kernelWidth, dilationAcross, strideAcross),
  };
};

/** The four sizes of a batch of images. @throws ShapeError unless there are four axes, DTypeError unless f32 */
export const imageSizes = (
  name: string,
  role: string,
  type: TensorType | undefined,
): [number, number, number, number] => {
  if (type?.shape.length !== 4)
    throw new ShapeError(
      `${name}: ${role} must have four axes, but is ${type ? describeType(type) : "missing"}; reshape it`,
    );
  if (type.dtype !== "f32")
    throw new DTypeError(`${name} takes f32, but ${role} is ${describeType(type)}; convert with to("f32")`);
  const [a = 0, b = 0, c = 0, d = 0] = type.shape;
  return [a, b, c, d];
};
