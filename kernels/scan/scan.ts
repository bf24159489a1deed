// Scans (running reductions) along one axis. The order is fixed by the shape: an axis is cut into blocks, each block is
// scanned alone, and what came before a block is combined with each of its elements; threads never change the bits.
import { ArgumentError, DTypeError, ShapeError } from "../contract/error.ts";
import { type Case, op, type ReferenceTensor } from "../contract/op.ts";
import { byteSizeOf, type DType, describeType, sizeOf, type TensorType } from "../contract/tensor-type.ts";
import { within } from "../contract/tolerance.ts";
import { referenceArray } from "../map/map.reference.ts";
import { type ReduceFunction, reduceIdentity } from "../reduce/shape.ts";
import { scanWasm } from "./scan.launch.ts";
import { scanWebGPU } from "./scan.wgsl.ts";
import { type ScanAttributes, scanShape } from "./shape.ts";

const combine: Record<ReduceFunction, (x: number, y: number) => number> = {
  sum: (x, y) => x + y,
  product: (x, y) => x * y,
  maximum: Math.max,
  minimum: Math.min,
};

const checked = (x: TensorType | undefined, attributes: ScanAttributes): TensorType => {
  const { function: name, axis } = attributes;
  if (!x) throw new ArgumentError("scan takes one input");
  if (!(name in combine))
    throw new ArgumentError(`scan knows sum, product, maximum and minimum, not "${String(name)}"`);
  if (x.dtype === "bool")
    throw new DTypeError(
      `cumulative ${name} takes f32, i32 or u32, but got ${describeType(x)}; convert with .to("i32")`,
    );
  if (!Number.isInteger(axis) || axis < 0 || axis >= x.shape.length)
    throw new ShapeError(
      `cumulative ${name} of ${describeType(x)}: axis ${axis} is not between 0 and ${x.shape.length - 1}`,
    );
  return x;
};

const reference = ([x]: readonly ReferenceTensor[], attributes: ScanAttributes): ReferenceTensor[] => {
  const type = checked(x?.type, attributes);
  const { outer, reduced, inner } = scanShape(type, attributes);
  const { exclusive, reverse, function: name } = attributes;
  const data = referenceArray(type.dtype, outer * reduced * inner);
  const wrap = (value: number): number =>
    type.dtype === "f32" ? value : type.dtype === "i32" ? value | 0 : value >>> 0;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      let value = reduceIdentity(name, type.dtype);
      for (let step = 0; step < reduced; step++) {
        const at = (o * reduced + (reverse ? reduced - 1 - step : step)) * inner + i;
        const next = x?.data[at] ?? Number.NaN;
        if (exclusive) data[at] = value;
        value = wrap(type.dtype !== "f32" && name === "product" ? Math.imul(value, next) : combine[name](value, next));
        if (!exclusive) data[at] = value;
      }
    }
  }
  return [{ type, data }];
};

const call = (
  shape: number[],
  axis: number,
  options: Partial<ScanAttributes> = {},
  dtype: DType = "f32",
  values?: readonly string[],
): Case<ScanAttributes> => ({
  inputs: [{ dtype, shape }],
  attributes: { function: "sum", axis, exclusive: false, reverse: false, ...options },
  ...(values && { values }),
});

const ways = [false, true].flatMap((exclusive) => [false, true].map((reverse) => ({ exclusive, reverse })));

/**
 * Running sum, product, maximum or minimum along an axis, from either end, with or without the element itself. NaN wins
 * in maximum and minimum; integers wrap.
 */
export const scan = op<ScanAttributes>({
  name: "scan",
  inputs: ["x"],
  outputs: ([x], attributes) => [checked(x, attributes)],
  work: ([x]) => (x ? { flops: sizeOf(x.shape), bytes: 2 * byteSizeOf(x) } : { flops: 0, bytes: 0 }),
  // The rounding errors of a running sum add up with its length; those of a product are relative.
  tolerance: ([x], attributes) => {
    const terms = x ? scanShape(x, attributes).reduced : 0;
    if (attributes.function === "sum") return within(2e-6, 1e-6 + 5e-8 * terms);
    return attributes.function === "product" ? within(1e-6 + 1e-7 * terms, 1e-30) : within(0, 0);
  },
  reference,
  kernels: [...scanWasm, ...scanWebGPU],
  cases: [
    ...(["sum", "product", "maximum", "minimum"] as const).flatMap((name) => [
      ...ways.flatMap((way) => [
        call([7], 0, { function: name, ...way }),
        call([2, 3, 5], 1, { function: name, ...way }),
      ]),
      call([3, 70], 1, { function: name }),
      call([64], 0, { function: name }, "f32", ["nonfinite"]),
      call([33, 9], 1, { function: name }, "i32"),
      call([9, 33], 0, { function: name, reverse: true }, "u32"),
    ]),
    ...ways.flatMap((way) => [63, 64, 65, 1025, 2048, 2049, 4096, 4097, 9001].map((size) => call([size], 0, way))),
    ...ways.map((way) => call([3, 4999], 1, way)),
    ...ways.map((way) => call([600, 7], 0, way)),
    call([2, 300, 257], 1),
    call([70_001], 0, { function: "maximum", reverse: true }),
    call([70_001], 0, { exclusive: true }, "i32"),
    call([5, 1], 1),
    call([0], 0),
    call([0, 3], 1),
    call([3, 0], 1),
    call([3, 0, 2], 1),
  ],
});
