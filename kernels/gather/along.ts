// Elements by index along the last axis, each row by its own indices, and the adjoint that adds them back. Every element of
// the result is summed by one worker in the order of the indices, so the answer has the same bits in every run.
import { ArgumentError, DTypeError, ShapeError } from "../contract/error.ts";
import { type Attributes, type AttributeValue, type Case, op, type ReferenceTensor } from "../contract/op.ts";
import { byteSizeOf, type DType, describeType, sameShape, sizeOf, type TensorType } from "../contract/tensor-type.ts";
import { within } from "../contract/tolerance.ts";
import { referenceArray } from "../map/map.reference.ts";
import { scatterAddAlongWasm, takeAlongWasm } from "./along.launch.ts";
import { scatterAddAlongWebGPU, takeAlongWebGPU } from "./along.wgsl.ts";
import { alongShape, indexType } from "./shape.ts";

export type ScatterAddAlongAttributes = {
  readonly [name: string]: AttributeValue;
  /** Size of the result's last axis. */
  readonly size: number;
};

const call = (
  leading: number[],
  length: number,
  count: number,
  dtype: DType = "f32",
  values?: readonly number[],
): Case<Attributes> => ({
  inputs: [
    { dtype, shape: [...leading, length] },
    { dtype: "i32", shape: [...leading, count] },
  ],
  attributes: {},
  values: ["normal", values ?? `index:${Math.max(1, length)}`],
});

/**
 * Elements of `x` [..., n] at i32 `indices` [..., m], row by row: [..., m]. The leading axes are equal. An index out of
 * range gives NaN (f32) or 0.
 */
export const takeAlong = op<Attributes>({
  name: "takeAlong",
  inputs: ["x", "indices"],
  outputs: ([x, indices]) => {
    if (!x) throw new ArgumentError("takeAlong takes two inputs");
    const own = indexType("takeAlong", indices);
    if (x.shape.length === 0 || !sameShape(x.shape.slice(0, -1), own.shape.slice(0, -1)) || own.shape.length === 0)
      throw new ShapeError(
        `takeAlong: ${describeType(x)} and its indices ${describeType(own)} must agree in all axes but the last`,
      );
    return [{ dtype: x.dtype, shape: own.shape }];
  },
  work: ([, indices]) => ({ flops: 0, bytes: 12 * sizeOf(indices?.shape ?? []) }),
  tolerance: within(0, 0),
  reference: ([x, indices]): ReferenceTensor[] => {
    if (!x || !indices) return [];
    const { rows, length, count } = alongShape(x.type, indices.type);
    const { dtype } = x.type;
    const data = referenceArray(dtype, rows * count);
    for (let i = 0; i < data.length; i++) {
      const index = indices.data[i] ?? -1;
      const inside = index >= 0 && index < length;
      data[i] = inside ? (x.data[Math.floor(i / count) * length + index] ?? 0) : dtype === "f32" ? Number.NaN : 0;
    }
    return [{ type: { dtype, shape: indices.type.shape }, data }];
  },
  kernels: [...takeAlongWasm, ...takeAlongWebGPU],
  cases: [
    call([], 5, 7),
    call([1], 1, 1),
    call([3], 4, 9, "i32"),
    call([2, 3], 70, 33, "u32"),
    call([2], 3000, 5000),
    call([3], 4, 4, "bool"),
    call([], 3, 5, "f32", [-1, 0, 2, 3, 1]),
    call([2], 0, 3),
    call([2], 3, 0),
    call([0], 3, 2),
  ],
});

const scatterTypes = ([indices, updates]: readonly TensorType[], size: number): TensorType => {
  const own = indexType("scatterAddAlong", indices);
  if (updates?.dtype !== "f32")
    throw new DTypeError(`scatterAddAlong adds f32 updates, but got ${updates ? describeType(updates) : "none"}`);
  if (own.shape.length === 0 || !sameShape(own.shape, updates.shape))
    throw new ShapeError(
      `scatterAddAlong: updates ${describeType(updates)} and indices ${describeType(own)} must have one shape with at least one axis`,
    );
  if (!Number.isInteger(size) || size < 0)
    throw new ArgumentError(`scatterAddAlong: size must be a whole number of at least 0, but is ${size}`);
  return { dtype: "f32", shape: [...own.shape.slice(0, -1), size] };
};

const scatterCall = (
  leading: number[],
  size: number,
  count: number,
  values: string | readonly number[] = `index:${Math.max(1, size)}`,
): Case<ScatterAddAlongAttributes> => ({
  inputs: [
    { dtype: "i32", shape: [...leading, count] },
    { dtype: "f32", shape: [...leading, count] },
  ],
  attributes: { size },
  values: [values, "normal"],
});

/** Zeros [..., size] with each of `updates` [..., m] added at its i32 index in its row; indices out of range are left out. */
export const scatterAddAlong = op<ScatterAddAlongAttributes>({
  name: "scatterAddAlong",
  inputs: ["indices", "updates"],
  outputs: (inputs, { size }) => [scatterTypes(inputs, size)],
  work: (inputs, { size }) => {
    const [, updates] = inputs;
    if (!updates) return { flops: 0, bytes: 0 };
    return { flops: sizeOf(updates.shape), bytes: 2 * byteSizeOf(updates) + byteSizeOf(scatterTypes(inputs, size)) };
  },
  tolerance: within(2e-6, 2e-5),
  reference: ([indices, updates], { size }): ReferenceTensor[] => {
    if (!indices || !updates) return [];
    const type = scatterTypes([indices.type, updates.type], size);
    const count = indices.type.shape[indices.type.shape.length - 1] ?? 0;
    const data = new Float64Array(sizeOf(type.shape));
    indices.data.forEach((index, i) => {
      if (index < 0 || index >= size) return;
      const at = Math.floor(i / count) * size + index;
      data[at] = (data[at] ?? 0) + (updates.data[i] ?? 0);
    });
    return [{ type, data }];
  },
  kernels: [...scatterAddAlongWasm, ...scatterAddAlongWebGPU],
  cases: [
    scatterCall([], 5, 7),
    scatterCall([3], 4, 9),
    scatterCall([2, 3], 70, 33),
    scatterCall([2], 40, 256),
    scatterCall([2], 40, 257),
    scatterCall([2], 3000, 2500),
    scatterCall([], 4, 6, [0, 3, 3, -1, 4, 0]),
    scatterCall([2], 0, 3),
    scatterCall([2], 3, 0),
    scatterCall([0], 3, 2),
  ],
});
