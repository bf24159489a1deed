// Host memory for each dtype.
import { ArgumentError, type DType, DTypeError, type Shape, ShapeError } from "@millrace/kernels";

/** What data() gives: Float32Array for f32, Int32Array for i32, Uint32Array for u32, Uint8Array of 0 and 1 for bool. */
export type HostArray = Float32Array | Int32Array | Uint32Array | Uint8Array;

/** A zeroed host array of a dtype. */
export const hostArray = (dtype: DType, size: number): HostArray => {
  if (dtype === "f32") return new Float32Array(size);
  if (dtype === "i32") return new Int32Array(size);
  return dtype === "u32" ? new Uint32Array(size) : new Uint8Array(size);
};

/** The dtype that a typed array is taken for. @throws ArgumentError for kinds that no dtype has. */
export const dtypeOfHostArray = (data: ArrayBufferView): DType => {
  if (data instanceof Float32Array || data instanceof Float64Array) return "f32";
  if (data instanceof Int32Array) return "i32";
  if (data instanceof Uint32Array) return "u32";
  if (data instanceof Uint8Array) return "bool";
  throw new ArgumentError(
    `a tensor takes Float32Array, Float64Array, Int32Array, Uint32Array or Uint8Array (bool), but got ${data.constructor.name}`,
  );
};

/** The dtype, when there is such a one. @throws DTypeError */
export const checkDType = (dtype: DType): DType => {
  if (dtypes.has(dtype)) return dtype;
  throw new DTypeError(`there is no dtype "${String(dtype)}"; there are ${[...dtypes].join(", ")}`);
};
const dtypes: ReadonlySet<string> = new Set<DType>(["f32", "i32", "u32", "bool"]);

/** The shape, when its sizes are whole numbers from 0 on. @throws ShapeError */
export const checkShape = (shape: Shape): Shape => {
  if (Array.isArray(shape) && shape.every((size) => Number.isInteger(size) && size >= 0)) return shape;
  throw new ShapeError(`a shape is a list of whole numbers from 0 on, but is ${JSON.stringify(shape)}`);
};

/** True when each axis, from the last on, has the size wanted or 1. */
export const broadcastsTo = (shape: Shape, wanted: Shape): boolean =>
  shape.length <= wanted.length &&
  shape.every((size, i) => size === 1 || size === wanted[wanted.length - shape.length + i]);
