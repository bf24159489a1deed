// Reductions over neighbouring axes: [outer, reduced, inner] -> [outer, inner]. The order of the sum is fixed:
// blocks of a fixed number of terms are summed alone, and their sums in order, whatever the number of threads.
import { ArgumentError, DTypeError, ShapeError } from "../contract/error.ts";
import { type Case, op, type ReferenceTensor } from "../contract/op.ts";
import { byteSizeOf, describeType, sizeOf, type TensorType } from "../contract/tensor-type.ts";
import { within } from "../contract/tolerance.ts";
import { referenceArray } from "../map/map.reference.ts";
import { reduceWasm } from "./reduce.launch.ts";
import { reduceWebGPU } from "./reduce.wgsl.ts";
import { type ReduceAttributes, type ReduceFunction, reduceIdentity, reduceShape } from "./shape.ts";

const combine: Record<ReduceFunction, (x: number, y: number) => number> = {
  sum: (x, y) => x + y,
  product: (x, y) => x * y,
  maximum: Math.max,
  minimum: Math.min,
};

const outputType = (type: TensorType, attributes: ReduceAttributes): TensorType => {
  if (type.dtype === "bool")
    throw new DTypeError(
      `${attributes.function} takes f32, i32 or u32, but got ${describeType(type)}; convert with .to("i32")`,
    );
  if (!(attributes.function in combine))
    throw new ArgumentError(`reduce knows sum, product, maximum and minimum, not "${attributes.function}"`);
  attributes.axes.forEach((axis, i) => {
    if (!Number.isInteger(axis) || axis < 0 || axis >= type.shape.length)
      throw new ShapeError(
        `${attributes.function} of ${describeType(type)}: axis ${axis} is not between 0 and ${type.shape.length - 1}`,
      );
    if (i > 0 && axis !== (attributes.axes[i - 1] ?? 0) + 1)
      throw new ShapeError(
        `${attributes.function} of ${describeType(type)}: the axes [${attributes.axes.join(", ")}] of one kernel must be neighbours in ascending order`,
      );
  });
  const reduced = new Set(attributes.axes);
  const shape = attributes.keepDimensions
    ? type.shape.map((axis, i) => (reduced.has(i) ? 1 : axis))
    : type.shape.filter((_, i) => !reduced.has(i));
  return { dtype: type.dtype, shape };
};

const reference = (inputs: readonly ReferenceTensor[], attributes: ReduceAttributes): ReferenceTensor[] => {
  const [x] = inputs;
  if (!x) throw new ArgumentError("reduce takes one input");
  const { outer, reduced, inner } = reduceShape(x.type, attributes);
  const type = outputType(x.type, attributes);
  const data = referenceArray(type.dtype, outer * inner);
  const apply = combine[attributes.function];
  const integer = type.dtype !== "f32";
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      let value = reduceIdentity(attributes.function, type.dtype);
      for (let r = 0; r < reduced; r++) {
        const next = x.data[(o * reduced + r) * inner + i] ?? Number.NaN;
        value = integer && attributes.function === "product" ? Math.imul(value, next) : apply(value, next);
        if (integer) value = type.dtype === "i32" ? value | 0 : value >>> 0;
      }
      data[o * inner + i] = value;
    }
  }
  return [{ type, data }];
};

const call = (
  shape: number[],
  axes: number[],
  name: ReduceFunction = "sum",
  extra: Partial<Case<ReduceAttributes>> = {},
  dtype: TensorType["dtype"] = "f32",
): Case<ReduceAttributes> => ({
  inputs: [{ dtype, shape }],
  attributes: { function: name, axes, keepDimensions: false },
  ...extra,
});

/** Sum, product, maximum or minimum over neighbouring axes; NaN wins in maximum and minimum. */
export const reduce = op<ReduceAttributes>({
  name: "reduce",
  inputs: ["x"],
  outputs: ([x], attributes) => {
    if (!x) throw new ArgumentError("reduce takes one input");
    return [outputType(x, attributes)];
  },
  work: (inputs, attributes) => {
    const [x] = inputs;
    if (!x) return { flops: 0, bytes: 0 };
    return { flops: sizeOf(x.shape), bytes: byteSizeOf(x) + byteSizeOf(outputType(x, attributes)) };
  },
  tolerance: ([x], attributes) =>
    attributes.function === "product"
      ? within(1e-5, 1e-30)
      : within(2e-6, attributes.function === "sum" && x ? 3e-7 * Math.sqrt(reduceShape(x, attributes).reduced) : 0),
  reference,
  kernels: [...reduceWasm, ...reduceWebGPU],
  cases: [
    ...(["sum", "product", "maximum", "minimum"] as const).flatMap((name) => [
      call([7], [0], name),
      call([3, 5], [1], name),
      call([3, 5], [0], name),
      call([2, 3, 4], [1], name),
      call([2, 0, 4], [1], name),
      call([64], [0], name, { values: ["nonfinite"] }),
      call([33, 9], [1], name, {}, "i32"),
      call([9, 33], [0], name, {}, "u32"),
    ]),
    ...[1, 4, 255, 256, 257, 1023, 1025, 4096, 70_001].map((size) => call([size], [0])),
    ...[255, 256, 1025, 5000].map((size) => call([3, size], [1])),
    ...[255, 256, 1025].map((size) => call([size, 5], [0])),
    call([70_001], [0], "maximum"),
    call([2, 3, 4, 5], [1, 2]),
    call([2, 3, 4, 5], [0, 1, 2, 3]),
    call([300, 130], [0]),
    call([4], []),
    call([0, 3], [1]),
    { inputs: [{ dtype: "f32", shape: [2, 3, 4] }], attributes: { function: "sum", axes: [1], keepDimensions: true } },
  ],
});
