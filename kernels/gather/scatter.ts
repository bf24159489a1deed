// Rows of a tensor overwritten, or raised or lowered, at indices. Each element of the result has one worker that takes the
// updates in the order of their indices, so that of several writes the last one stays, in every run.
import { ArgumentError, DTypeError, ShapeError } from "../contract/error.ts";
import { type AttributeValue, type Case, op, type ReferenceTensor } from "../contract/op.ts";
import { byteSizeOf, type DType, describeType, sameShape, sizeOf, type TensorType } from "../contract/tensor-type.ts";
import { within } from "../contract/tolerance.ts";
import { referenceArray } from "../map/map.reference.ts";
import { scatterWasm } from "./scatter.launch.ts";
import { scatterWebGPU } from "./scatter.wgsl.ts";
import { indexType } from "./shape.ts";

export type ScatterFunction = "set" | "maximum" | "minimum";
export type ScatterAttributes = {
  readonly [name: string]: AttributeValue;
  readonly function: ScatterFunction;
};

const combine: Record<ScatterFunction, (x: number, y: number) => number> = {
  set: (_, y) => y,
  maximum: Math.max,
  minimum: Math.min,
};

/** Sizes that scatter walks: rows of the result, elements of each, and indices. */
export const scatterShape = ([base, indices]: readonly TensorType[]): {
  rows: number;
  width: number;
  count: number;
} => ({
  rows: base?.shape[0] ?? 0,
  width: sizeOf(base?.shape.slice(1) ?? []),
  count: sizeOf(indices?.shape ?? []),
});

const checked = ([base, indices, updates]: readonly TensorType[], name: ScatterFunction): TensorType => {
  const own = indexType("scatter", indices);
  if (!base || !updates) throw new ArgumentError("scatter takes three inputs");
  if (!(name in combine)) throw new ArgumentError(`scatter knows set, maximum and minimum, not "${String(name)}"`);
  if (base.dtype !== updates.dtype)
    throw new DTypeError(
      `scatter: ${describeType(base)} and its updates ${describeType(updates)} must have one dtype; convert with to(...)`,
    );
  if (base.dtype === "bool" && name !== "set")
    throw new DTypeError(
      `scatter ${name} takes f32, i32 or u32, but got ${describeType(base)}; convert with .to("i32")`,
    );
  if (base.shape.length === 0)
    throw new ShapeError(`scatter takes a tensor with at least one axis, but got ${describeType(base)}`);
  if (!sameShape(updates.shape, [...own.shape, ...base.shape.slice(1)]))
    throw new ShapeError(
      `scatter: updates ${describeType(updates)} must have the axes of the indices ${describeType(own)}, then those of a row of ${describeType(base)}`,
    );
  return base;
};

const call = (
  name: ScatterFunction,
  [rows = 0, width = 0, count = 0]: readonly number[],
  dtype: DType = "f32",
  values: readonly (string | readonly number[])[] = ["normal", `index:${Math.max(rows, 1)}`, "normal"],
): Case<ScatterAttributes> => ({
  inputs: [
    { dtype, shape: [rows, width] },
    { dtype: "i32", shape: [count] },
    { dtype, shape: [count, width] },
  ],
  attributes: { function: name },
  values,
});

/**
 * `base` [rows, ...] where row indices[i] is, for each i in order, set to `updates`[i] or joined with it by maximum or
 * minimum (NaN wins). Updates are [...indices, ...row]; indices out of range are left out.
 */
export const scatter = op<ScatterAttributes>({
  name: "scatter",
  inputs: ["base", "indices", "updates"],
  outputs: (inputs, attributes) => [checked(inputs, attributes.function)],
  work: ([base, indices, updates]) => {
    if (!base || !indices || !updates) return { flops: 0, bytes: 0 };
    return { flops: sizeOf(updates.shape), bytes: 2 * byteSizeOf(base) + byteSizeOf(indices) + byteSizeOf(updates) };
  },
  tolerance: within(0, 0),
  reference: ([base, indices, updates], attributes): ReferenceTensor[] => {
    if (!base || !indices || !updates) return [];
    const type = checked([base.type, indices.type, updates.type], attributes.function);
    const { rows, width } = scatterShape([base.type, indices.type]);
    const data = referenceArray(type.dtype, sizeOf(type.shape));
    data.set(base.data);
    const apply = combine[attributes.function];
    indices.data.forEach((row, i) => {
      if (row < 0 || row >= rows) return;
      for (let j = 0; j < width; j++)
        data[row * width + j] = apply(data[row * width + j] ?? 0, updates.data[i * width + j] ?? 0);
    });
    return [{ type, data }];
  },
  kernels: [...scatterWasm, ...scatterWebGPU],
  cases: [
    ...(["set", "maximum", "minimum"] as const).flatMap((name) => [
      call(name, [5, 3, 7]),
      call(name, [300, 5, 600]),
      call(name, [4, 130, 9], "i32"),
      call(name, [10, 16, 33], "u32"),
      call(name, [7, 3, 20], "f32", ["nonfinite", "index:7", "nonfinite"]),
    ]),
    call("set", [4, 4, 6], "bool"),
    call("set", [9, 2, 512]),
    call("set", [9, 300, 513]),
    call("maximum", [4, 2, 5], "f32", ["normal", [0, 3, 3, -1, 4], "normal"]),
    call("set", [4, 3, 0]),
    call("set", [0, 3, 2]),
    call("set", [3, 0, 2]),
    {
      inputs: [
        { dtype: "f32", shape: [4] },
        { dtype: "i32", shape: [2, 3] },
        { dtype: "f32", shape: [2, 3] },
      ],
      attributes: { function: "set" },
      values: ["normal", [0, 3, 3, -1, 4, 0], "normal"],
    },
  ],
});
