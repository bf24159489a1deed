// What a tensor is to a kernel: a dtype and a shape. Tensors are dense and row-major wherever a kernel sees them.

/**
 * Element types. `f16` (IEEE 754 binary16) and `u8` are packed: two bytes and one an element everywhere, and device memory
 * is rounded up to whole 32-bit words, which are what WGSL can write. `bool` is one byte 0/1 on the host and one word 0/1
 * on a device; all others are four bytes.
 */
export type DType = "f32" | "f16" | "i32" | "u32" | "u8" | "bool";

/** Bytes of an element on a device, by dtype; the keys are all dtypes. */
export const elementBytes: Readonly<Record<DType, 1 | 2 | 4>> = { f32: 4, f16: 2, i32: 4, u32: 4, u8: 1, bool: 4 };

/** The dtype in which a packed dtype is computed, which holds each of its values; others are their own. */
export const wideDType = (dtype: DType): DType => (dtype === "f16" ? "f32" : dtype === "u8" ? "u32" : dtype);

/** Sizes of the axes, outermost first. `[]` is a scalar; a zero is allowed and makes the tensor empty. */
export type Shape = readonly number[];

/** The type of one tensor. */
export interface TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** Number of elements of a shape: 1 for a scalar, 0 when any axis is empty. */
export const sizeOf = (shape: Shape): number => shape.reduce((product, axis) => product * axis, 1);

/** Bytes that a tensor takes on a device: its elements, rounded up to whole 32-bit words. */
export const byteSizeOf = (type: TensorType): number =>
  4 * Math.ceil((elementBytes[type.dtype] * sizeOf(type.shape)) / 4);

/** True when two shapes have the same rank and the same sizes. */
export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((axis, i) => axis === b[i]);

/** True when two tensor types agree in dtype and shape. */
export const sameType = (a: TensorType, b: TensorType): boolean => a.dtype === b.dtype && sameShape(a.shape, b.shape);

/** A type as people write it: `f32[3, 4]`. */
export const describeType = (type: TensorType): string => `${type.dtype}[${type.shape.join(", ")}]`;

/** Row-major strides in elements: `[12, 4, 1]` for `[2, 3, 4]`. */
export const stridesOf = (shape: Shape): number[] => {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis] ?? 1;
  }
  return strides;
};
