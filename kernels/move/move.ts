// Ops that move elements and compute nothing. reshape is a view and has no kernel; all others copy 32-bit words, so one
// kernel serves every dtype.
import { ArgumentError, DTypeError, ShapeError } from "../contract/error.ts";
import { type Attributes, type AttributeValue, type Case, op, type ReferenceTensor } from "../contract/op.ts";
import { byteSizeOf, describeType, sizeOf, stridesOf, type TensorType } from "../contract/tensor-type.ts";
import { within } from "../contract/tolerance.ts";
import { referenceArray } from "../map/map.reference.ts";
import { concatenateWasm, padWasm, sliceWasm, transposeWasm } from "./move.launch.ts";
import { concatenateWebGPU, padWebGPU, sliceWebGPU, transposeWebGPU } from "./move.wgsl.ts";

export type ReshapeAttributes = { readonly [name: string]: AttributeValue; readonly shape: readonly number[] };
export type TransposeAttributes = { readonly [name: string]: AttributeValue; readonly permutation: readonly number[] };
export type SliceAttributes = {
  readonly [name: string]: AttributeValue;
  readonly start: readonly number[];
  readonly size: readonly number[];
};
export type PadAttributes = {
  readonly [name: string]: AttributeValue;
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly value: number;
};
export type ConcatenateAttributes = { readonly [name: string]: AttributeValue; readonly axis: number };

const need = (name: string, type: TensorType | undefined): TensorType => {
  if (!type) throw new ArgumentError(`${name} takes an input`);
  return type;
};
const tolerance = within(0, 0);
const copyWork = (output: TensorType | undefined) => ({ flops: 0, bytes: 2 * (output ? byteSizeOf(output) : 0) });
const wholeNumbers = (values: readonly number[]): boolean =>
  values.every((value) => Number.isInteger(value) && value >= 0);

/** Fills an output by asking, for each of its coordinates, which input element it holds (-1: `fill`). */
const fillBy = (
  output: TensorType,
  x: ReferenceTensor,
  source: (coordinates: readonly number[]) => number,
  fill = 0,
): ReferenceTensor => {
  const data = referenceArray(output.dtype, sizeOf(output.shape));
  const strides = stridesOf(output.shape);
  for (let i = 0; i < data.length; i++) {
    const at = source(output.shape.map((size, axis) => Math.floor(i / (strides[axis] ?? 1)) % size));
    data[i] = at < 0 ? fill : (x.data[at] ?? Number.NaN);
  }
  return { type: output, data };
};
const flatten = (coordinates: readonly number[], strides: readonly number[]): number =>
  coordinates.reduce((sum, c, axis) => sum + c * (strides[axis] ?? 0), 0);

const reshapeOutput = (x: TensorType, { shape }: ReshapeAttributes): TensorType => {
  if (!wholeNumbers(shape) || sizeOf(shape) !== sizeOf(x.shape))
    throw new ShapeError(
      `reshape of ${describeType(x)} to [${shape.join(", ")}]: the sizes must multiply to ${sizeOf(x.shape)}`,
    );
  return { dtype: x.dtype, shape };
};

/** The same elements in the same order under another shape; shares the input's memory. */
export const reshape = op<ReshapeAttributes>({
  name: "reshape",
  inputs: ["x"],
  outputs: ([x], attributes) => [reshapeOutput(need("reshape", x), attributes)],
  work: () => ({ flops: 0, bytes: 0 }),
  tolerance,
  reference: ([x], attributes) => (x ? [{ type: reshapeOutput(x.type, attributes), data: x.data }] : []),
  kernels: [],
  cases: [
    { inputs: [{ dtype: "f32", shape: [2, 6] }], attributes: { shape: [3, 4] } },
    { inputs: [{ dtype: "i32", shape: [4, 0] }], attributes: { shape: [0, 2] } },
    { inputs: [{ dtype: "f32", shape: [1, 1] }], attributes: { shape: [] } },
  ],
});

/**
 * The first input as it is; the others are only there so that a gradient rule of the node's own can reach them. A view:
 * it shares memory, and stands between two equal computations that must not become one.
 */
export const identity = op<Attributes>({
  name: "identity",
  inputs: ["x", "...others"],
  outputs: ([x]) => [need("identity", x)],
  work: () => ({ flops: 0, bytes: 0 }),
  tolerance,
  reference: ([x]) => (x ? [{ type: x.type, data: x.data }] : []),
  kernels: [],
  cases: [
    { inputs: [{ dtype: "f32", shape: [2, 3] }], attributes: {} },
    { inputs: [{ dtype: "i32", shape: [0] }], attributes: {} },
    {
      inputs: [
        { dtype: "f32", shape: [4] },
        { dtype: "f32", shape: [2, 2] },
      ],
      attributes: {},
    },
  ],
});

const transposeOutput = (x: TensorType, { permutation }: TransposeAttributes): TensorType => {
  if (permutation.length !== x.shape.length || [...permutation].sort((a, b) => a - b).some((axis, i) => axis !== i))
    throw new ShapeError(
      `transpose of ${describeType(x)}: [${permutation.join(", ")}] is not a permutation of its ${x.shape.length} axes; name each once`,
    );
  return { dtype: x.dtype, shape: permutation.map((axis) => x.shape[axis] ?? 1) };
};

/** Axes in another order: output axis i is input axis permutation[i]. */
export const transpose = op<TransposeAttributes>({
  name: "transpose",
  inputs: ["x"],
  outputs: ([x], attributes) => [transposeOutput(need("transpose", x), attributes)],
  work: ([x], attributes) => copyWork(x && transposeOutput(x, attributes)),
  tolerance,
  reference: ([x], attributes) => {
    if (!x) return [];
    const strides = stridesOf(x.type.shape);
    const own = attributes.permutation.map((axis) => strides[axis] ?? 0);
    return [fillBy(transposeOutput(x.type, attributes), x, (coordinates) => flatten(coordinates, own))];
  },
  kernels: [...transposeWasm, ...transposeWebGPU],
  cases: [
    ...[
      [1, 1],
      [3, 5],
      [4, 4],
      [8, 16],
      [33, 65],
      [130, 70],
      [0, 4],
      [1, 9],
    ].map(
      (shape): Case<TransposeAttributes> => ({
        inputs: [{ dtype: "f32", shape }],
        attributes: { permutation: [1, 0] },
      }),
    ),
    ...[
      [0, 2, 1],
      [1, 0, 2],
      [2, 1, 0],
      [2, 0, 1],
      [0, 1, 2],
    ].map(
      (permutation): Case<TransposeAttributes> => ({
        inputs: [{ dtype: "f32", shape: [3, 5, 7] }],
        attributes: { permutation },
      }),
    ),
    { inputs: [{ dtype: "i32", shape: [2, 3, 4, 5] }], attributes: { permutation: [0, 2, 1, 3] } },
    { inputs: [{ dtype: "bool", shape: [3, 4] }], attributes: { permutation: [1, 0] } },
    { inputs: [{ dtype: "f32", shape: [] }], attributes: { permutation: [] } },
  ],
});

const sliceOutput = (x: TensorType, { start, size }: SliceAttributes): TensorType => {
  const fits =
    start.length === x.shape.length &&
    size.length === x.shape.length &&
    wholeNumbers(start) &&
    wholeNumbers(size) &&
    x.shape.every((axis, i) => (start[i] ?? 0) + (size[i] ?? 0) <= axis);
  if (!fits)
    throw new ShapeError(
      `slice of ${describeType(x)} from [${start.join(", ")}] with sizes [${size.join(", ")}] is not inside it; give one start and one size for each axis`,
    );
  return { dtype: x.dtype, shape: size };
};

/** A block of a tensor: `size` elements from `start` on each axis. */
export const slice = op<SliceAttributes>({
  name: "slice",
  inputs: ["x"],
  outputs: ([x], attributes) => [sliceOutput(need("slice", x), attributes)],
  work: ([x], attributes) => copyWork(x && sliceOutput(x, attributes)),
  tolerance,
  reference: ([x], attributes) => {
    if (!x) return [];
    const strides = stridesOf(x.type.shape);
    return [
      fillBy(sliceOutput(x.type, attributes), x, (coordinates) =>
        flatten(
          coordinates.map((c, axis) => c + (attributes.start[axis] ?? 0)),
          strides,
        ),
      ),
    ];
  },
  kernels: [...sliceWasm, ...sliceWebGPU],
  cases: [
    { inputs: [{ dtype: "f32", shape: [10] }], attributes: { start: [3], size: [5] } },
    { inputs: [{ dtype: "f32", shape: [6, 7] }], attributes: { start: [1, 2], size: [4, 5] } },
    { inputs: [{ dtype: "f32", shape: [6, 7] }], attributes: { start: [2, 0], size: [3, 7] } },
    { inputs: [{ dtype: "i32", shape: [3, 4, 5] }], attributes: { start: [0, 1, 0], size: [3, 2, 5] } },
    { inputs: [{ dtype: "f32", shape: [40, 50] }], attributes: { start: [1, 1], size: [39, 48] } },
    { inputs: [{ dtype: "f32", shape: [4, 3] }], attributes: { start: [4, 0], size: [0, 3] } },
    { inputs: [{ dtype: "f32", shape: [] }], attributes: { start: [], size: [] } },
  ],
});

const padOutput = (x: TensorType, { before, after }: PadAttributes): TensorType => {
  if (
    before.length !== x.shape.length ||
    after.length !== x.shape.length ||
    !wholeNumbers(before) ||
    !wholeNumbers(after)
  )
    throw new ShapeError(
      `pad of ${describeType(x)} takes one width before and one after for each axis, but got [${before.join(", ")}] and [${after.join(", ")}]`,
    );
  return { dtype: x.dtype, shape: x.shape.map((axis, i) => (before[i] ?? 0) + axis + (after[i] ?? 0)) };
};

/** A tensor with a border of `value`. */
export const pad = op<PadAttributes>({
  name: "pad",
  inputs: ["x"],
  outputs: ([x], attributes) => [padOutput(need("pad", x), attributes)],
  work: ([x], attributes) => copyWork(x && padOutput(x, attributes)),
  tolerance,
  reference: ([x], attributes) => {
    if (!x) return [];
    const strides = stridesOf(x.type.shape);
    const inside = (coordinates: readonly number[]): number => {
      const own = coordinates.map((c, axis) => c - (attributes.before[axis] ?? 0));
      return own.every((c, axis) => c >= 0 && c < (x.type.shape[axis] ?? 0)) ? flatten(own, strides) : -1;
    };
    return [fillBy(padOutput(x.type, attributes), x, inside, attributes.value)];
  },
  kernels: [...padWasm, ...padWebGPU],
  cases: [
    { inputs: [{ dtype: "f32", shape: [5] }], attributes: { before: [2], after: [3], value: 0 } },
    { inputs: [{ dtype: "f32", shape: [4, 5] }], attributes: { before: [1, 0], after: [0, 2], value: -1.5 } },
    { inputs: [{ dtype: "i32", shape: [2, 3, 4] }], attributes: { before: [0, 1, 2], after: [1, 1, 0], value: 7 } },
    { inputs: [{ dtype: "f32", shape: [0, 3] }], attributes: { before: [2, 0], after: [0, 0], value: 1 } },
    { inputs: [{ dtype: "f32", shape: [30, 41] }], attributes: { before: [3, 3], after: [3, 3], value: 0 } },
  ],
});

const concatenateOutput = (inputs: readonly TensorType[], { axis }: ConcatenateAttributes): TensorType => {
  const [first] = inputs;
  const all = inputs.map(describeType).join(", ");
  if (!first) throw new ArgumentError("concatenate takes at least one input");
  if (!Number.isInteger(axis) || axis < 0 || axis >= first.shape.length)
    throw new ShapeError(`concatenate of ${all}: there is no axis ${axis}`);
  for (const input of inputs) {
    if (input.dtype !== first.dtype) throw new DTypeError(`concatenate takes one dtype, but got ${all}`);
    if (
      input.shape.length !== first.shape.length ||
      input.shape.some((size, i) => i !== axis && size !== first.shape[i])
    )
      throw new ShapeError(`concatenate of ${all} along axis ${axis}: all other axes must be equal`);
  }
  return {
    dtype: first.dtype,
    shape: first.shape.map((size, i) =>
      i === axis ? inputs.reduce((sum, input) => sum + (input.shape[axis] ?? 0), 0) : size,
    ),
  };
};

/** Tensors behind one another along an axis. */
export const concatenate = op<ConcatenateAttributes>({
  name: "concatenate",
  inputs: ["...inputs"],
  outputs: (inputs, attributes) => [concatenateOutput(inputs, attributes)],
  work: (inputs, attributes) => copyWork(concatenateOutput(inputs, attributes)),
  tolerance,
  reference: (inputs, attributes) => {
    const type = concatenateOutput(
      inputs.map((input) => input.type),
      attributes,
    );
    const data = referenceArray(type.dtype, sizeOf(type.shape));
    const inner = sizeOf(type.shape.slice(attributes.axis + 1));
    const outer = sizeOf(type.shape.slice(0, attributes.axis));
    const total = (type.shape[attributes.axis] ?? 0) * inner;
    let offset = 0;
    for (const input of inputs) {
      const width = (input.type.shape[attributes.axis] ?? 0) * inner;
      for (let row = 0; row < outer; row++)
        for (let i = 0; i < width; i++) data[row * total + offset + i] = input.data[row * width + i] ?? Number.NaN;
      offset += width;
    }
    return [{ type, data }];
  },
  kernels: [...concatenateWasm, ...concatenateWebGPU],
  cases: [
    {
      inputs: [
        { dtype: "f32", shape: [5] },
        { dtype: "f32", shape: [3] },
      ],
      attributes: { axis: 0 },
    },
    {
      inputs: [
        { dtype: "f32", shape: [4, 1] },
        { dtype: "f32", shape: [4, 7] },
        { dtype: "f32", shape: [4, 2] },
      ],
      attributes: { axis: 1 },
    },
    {
      inputs: [
        { dtype: "i32", shape: [2, 3, 4] },
        { dtype: "i32", shape: [2, 5, 4] },
      ],
      attributes: { axis: 1 },
    },
    {
      inputs: [
        { dtype: "f32", shape: [3, 0] },
        { dtype: "f32", shape: [3, 2] },
      ],
      attributes: { axis: 1 },
    },
    { inputs: [{ dtype: "f32", shape: [6, 2] }], attributes: { axis: 0 } },
    {
      inputs: Array.from({ length: 20 }, (_, i) => ({ dtype: "f32" as const, shape: [130, 1 + (i % 3)] })),
      attributes: { axis: 1 },
    },
  ],
});
