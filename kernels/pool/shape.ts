// Attributes of pooling and the sizes of one call. Channels are planes like any other: [batch, channels, height, width].
import { ArgumentError, ShapeError } from "../contract/error.ts";
import { describeType, sameShape, type TensorType } from "../contract/tensor-type.ts";
import { imageSizes, type WindowAttributes, type WindowShape, windowShape } from "../convolution/window.ts";

export type PoolFunction = "maximum" | "average";

export type PoolWindow = WindowAttributes & {
  /** Height and width of the window. */
  readonly size: readonly number[];
};

export type PoolAttributes = PoolWindow & {
  readonly function: PoolFunction;
  /** An average divides by all places of the window, those in the padding too. */
  readonly countPadding: boolean;
};

export type PoolGradientAttributes = PoolAttributes & {
  /** Height and width of the image whose gradient is wanted: strides leave them open. */
  readonly inputSize: readonly number[];
};

/** The sizes of one call; planes are batch times channels. */
export interface PoolShape extends WindowShape {
  readonly planes: number;
}

/** Refuses windows of which one place would hold padding alone: it would have no largest element and no mean. */
const checkFilled = (name: string, shape: WindowShape): void => {
  const axes = [
    ["height", shape.height, shape.outHeight, shape.kernelHeight, shape.strideDown, shape.top, shape.dilationDown],
    ["width", shape.width, shape.outWidth, shape.kernelWidth, shape.strideAcross, shape.left, shape.dilationAcross],
  ] as const;
  for (const [along, size, places, taps, stride, before, dilation] of axes)
    for (let place = 0; place < places; place++) {
      const inside = Array.from({ length: taps }, (_, tap) => place * stride - before + tap * dilation);
      if (!inside.some((at) => at >= 0 && at < size))
        throw new ShapeError(
          `${name}: the window at place ${place} of the ${along} holds padding alone; take padding of at most half of the window`,
        );
    }
};

/** Sizes from an image. @throws ShapeError, DTypeError, ArgumentError with the shapes in the message */
export const poolShape = (name: string, image: TensorType | undefined, attributes: PoolWindow): PoolShape => {
  const [batch, channels, height, width] = imageSizes(name, "the image [batch, channels, height, width]", image);
  const window = windowShape(name, [height, width], attributes.size, attributes);
  checkFilled(name, window);
  return { ...window, planes: batch * channels };
};

const checkFunction = (name: string, { function: kind }: PoolAttributes): void => {
  if (kind !== "maximum" && kind !== "average")
    throw new ArgumentError(`${name} knows maximum and average, not "${String(kind)}"`);
};

/** Type of what pooling gives. */
export const poolOutput = (name: string, image: TensorType | undefined, attributes: PoolAttributes): TensorType => {
  checkFunction(name, attributes);
  const { outHeight, outWidth } = poolShape(name, image, attributes);
  return { dtype: "f32", shape: [...(image?.shape.slice(0, 2) ?? []), outHeight, outWidth] };
};

/** Type of the image whose gradient is wanted. */
export const poolGradientOutput = (
  [gradient, image]: readonly TensorType[],
  attributes: PoolGradientAttributes,
): TensorType => {
  const name = "poolGradient";
  imageSizes(name, "the gradient [batch, channels, height, width]", gradient);
  const type: TensorType = {
    dtype: "f32",
    shape: [...(gradient?.shape.slice(0, 2) ?? []), ...attributes.inputSize],
  };
  const wanted = poolOutput(name, type, attributes);
  if (!sameShape(wanted.shape, gradient?.shape ?? []))
    throw new ShapeError(
      `${name}: pooling ${describeType(type)} gives ${describeType(wanted)}, but its gradient is ${gradient ? describeType(gradient) : "missing"}`,
    );
  if (attributes.function === "maximum" && (!image || !sameShape(image.shape, type.shape)))
    throw new ShapeError(
      `${name}: a maximum needs the image ${describeType(type)}, but it is ${image ? describeType(image) : "missing"}`,
    );
  return type;
};
