// Rows of complex numbers and the power of two at which each length is transformed.
import { DTypeError, ShapeError } from "../contract/error.ts";
import type { AttributeValue } from "../contract/op.ts";
import { describeType, sizeOf, type TensorType } from "../contract/tensor-type.ts";

export type FftAttributes = {
  readonly [name: string]: AttributeValue;
  /** Turn the other way and divide by the length. */
  readonly inverse: boolean;
};

/** Rows, complex numbers of each, and the length of the power of two that transforms them. */
export interface FftShape {
  readonly rows: number;
  readonly length: number;
  /** The length itself, or for Bluestein's convolution the first power of two from twice the length less one. */
  readonly size: number;
}

/** The rows of a tensor [..., n, 2]. @throws ShapeError for another last axis, DTypeError unless f32 */
export const fftShape = (type: TensorType | undefined): FftShape => {
  if (!type || type.shape.length < 2 || type.shape[type.shape.length - 1] !== 2)
    throw new ShapeError(
      `fft takes complex numbers as pairs, [..., n, 2], but got ${type ? describeType(type) : "nothing"}; stack the real and the imaginary parts along a new last axis`,
    );
  if (type.dtype !== "f32")
    throw new DTypeError(`fft takes f32, but got ${describeType(type)}; convert with .to("f32")`);
  const length = type.shape[type.shape.length - 2] ?? 0;
  const isPower = Number.isInteger(Math.log2(Math.max(1, length)));
  const size = isPower ? length : 2 ** Math.ceil(Math.log2(2 * length - 1));
  return { rows: sizeOf(type.shape.slice(0, -2)), length, size };
};
