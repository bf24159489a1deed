// What a tensor is to a kernel: a dtype and a shape. Tensors are dense and row-major wherever a kernel sees them.

/**
 * Element types. `bool` is one byte 0/1 on the host and one 32-bit word 0/1 on a device, so that every device can
 * write single elements (WGSL has no 8-bit storage); all others are four bytes everywhere.
 */
export type DType = "f32" | "i32" | "u32" | "bool";

/** Sizes of the axes, outermost first. `[]` is a scalar; a zero is allowed and makes the tensor empty. */
export type Shape = readonly number[];

/** The type of one tensor. */
export interface TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** Number of elements of a shape: 1 for a scalar, 0 when any axis is empty. */
export const sizeOf = (shape: Shape): number => shape.reduce((product, axis) => product * axis, 1);

/** Bytes that a tensor takes on a device: four an element. */
export const byteSizeOf = (type: TensorType): number => 4 * sizeOf(type.shape);

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
