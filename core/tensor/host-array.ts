/// <reference lib="esnext.float16" preserve="true" />
// Host memory for each dtype.
import {
  ArgumentError,
  type DType,
  DTypeError,
  elementBytes,
  roundToHalf,
  type Shape,
  ShapeError,
} from "@millrace/kernels";

/**
 * What data() gives: Float32Array for f32, Int32Array for i32, Uint32Array for u32, Uint8Array for u8, Uint8Array of 0 and
 * 1 for bool. For f16 it is a Float16Array in engines that have it (Node 24, Chrome 135, Firefox 129, Safari 18.2), else a
 * Float32Array of the same numbers.
 */
export type HostArray = Float32Array | Float16Array | Int32Array | Uint32Array | Uint8Array;

/** What a tensor is made from beside lists: Float64Array is rounded to f32, Uint8ClampedArray (ImageData) is u8. */
export type SourceArray = HostArray | Float64Array | Uint8ClampedArray;

/** The engine's half precision array, if it has one. */
export const halfArray: Float16ArrayConstructor | undefined = globalThis.Float16Array;

/** A zeroed host array of a dtype. */
export const hostArray = (dtype: DType, size: number): HostArray => {
  if (dtype === "f16" && halfArray) return new halfArray(size);
  if (dtype === "f32" || dtype === "f16") return new Float32Array(size);
  if (dtype === "i32") return new Int32Array(size);
  return dtype === "u32" ? new Uint32Array(size) : new Uint8Array(size);
};

/** The dtype that a typed array is taken for. @throws ArgumentError for kinds that no dtype has. */
export const dtypeOfHostArray = (data: ArrayBufferView): DType => {
  if (data instanceof Float32Array || data instanceof Float64Array) return "f32";
  if (data instanceof Int32Array) return "i32";
  if (data instanceof Uint32Array) return "u32";
  if (data instanceof Uint8Array || data instanceof Uint8ClampedArray) return "u8";
  if (halfArray && data instanceof halfArray) return "f16";
  throw new ArgumentError(
    `a tensor takes Float32Array, Float64Array, Float16Array, Int32Array, Uint32Array or Uint8Array, but got ${data.constructor.name}`,
  );
};

/** True for a dtype whose host array would not take numbers as they are meant. */
export const needsNarrowing = (dtype: DType): boolean =>
  dtype === "bool" || dtype === "u8" || (dtype === "f16" && !halfArray);

/** Numbers into the host array of such a dtype. @throws ArgumentError for one that u8 cannot hold */
export const narrowInto = (host: HostArray, values: HostArray | Float64Array, dtype: DType): void => {
  for (const [i, value] of values.entries()) {
    if (dtype === "u8" && !(Number.isInteger(value) && value >= 0 && value <= 255))
      throw new ArgumentError(
        `u8 holds whole numbers from 0 to 255, but element ${i} is ${value}; make an f32 tensor of it and convert with .to("u8"), which saturates`,
      );
    host[i] = dtype === "bool" ? Number(value !== 0) : dtype === "f16" ? roundToHalf(value) : value;
  }
};

/** The dtype, when there is such a one. @throws DTypeError */
export const checkDType = (dtype: DType): DType => {
  if (Object.hasOwn(elementBytes, dtype)) return dtype;
  throw new DTypeError(`there is no dtype "${String(dtype)}"; there are ${Object.keys(elementBytes).join(", ")}`);
};

/** The shape, when its sizes are whole numbers from 0 on. @throws ShapeError */
export const checkShape = (shape: Shape): Shape => {
  if (Array.isArray(shape) && shape.every((size) => Number.isInteger(size) && size >= 0)) return shape;
  throw new ShapeError(`a shape is a list of whole numbers from 0 on, but is ${JSON.stringify(shape)}`);
};

/** True when each axis, from the last on, has the size wanted or 1. */
export const broadcastsTo = (shape: Shape, wanted: Shape): boolean =>
  shape.length <= wanted.length &&
  shape.every((size, i) => size === 1 || size === wanted[wanted.length - shape.length + i]);
