// Ops that move elements and compute nothing. reshape is a view and has no kernel; all others copy 32-bit words, so one
// kernel serves every dtype.
import { ArgumentError, DTypeError, ShapeError } from "../contract/error.ts";
import { type Attributes, type AttributeValue, op } from "../contract/op.ts";
import { byteSizeOf, describeType, sizeOf, type TensorType } from "../contract/tensor-type.ts";

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

const copyWork = (output: TensorType | undefined) => ({ flops: 0, bytes: 2 * (output ? byteSizeOf(output) : 0) });

const wholeNumbers = (values: readonly number[]): boolean =>
  values.every((value) => Number.isInteger(value) && value >= 0);

export const reshapeOutput = (x: TensorType, { shape }: ReshapeAttributes): TensorType => {
  if (!wholeNumbers(shape) || sizeOf(shape) !== sizeOf(x.shape))
    throw new ShapeError(
      `reshape of ${describeType(x)} to [${shape.join(", ")}]: the sizes must multiply to ${sizeOf(x.shape)}`,
    );
  return { dtype: x.dtype, shape };
};

/** The same elements in the same order under another shape; shares the input's memory. */
export const reshape = op<ReshapeAttributes>({
  name: "reshape",
  packed: "native",
  inputs: ["x"],
  outputs: ([x], attributes) => [reshapeOutput(need("reshape", x), attributes)],
  work: () => ({ flops: 0, bytes: 0 }),
});

/**
 * The first input as it is; the others are only there so that a gradient rule of the node's own can reach them. A view:
 * it shares memory, and stands between two equal computations that must not become one.
 */
export const identity = op<Attributes>({
  name: "identity",
  packed: "native",
  inputs: ["x", "...others"],
  outputs: ([x]) => [need("identity", x)],
  work: () => ({ flops: 0, bytes: 0 }),
});

export const transposeOutput = (x: TensorType, { permutation }: TransposeAttributes): TensorType => {
  if (permutation.length !== x.shape.length || [...permutation].sort((a, b) => a - b).some((axis, i) => axis !== i))
    throw new ShapeError(
      `transpose of ${describeType(x)}: [${permutation.join(", ")}] is not a permutation of its ${x.shape.length} axes; name each once`,
    );
  return { dtype: x.dtype, shape: permutation.map((axis) => x.shape[axis] ?? 1) };
};

/** Axes in another order: output axis i is input axis permutation[i]. */
export const transpose = op<TransposeAttributes>({
  name: "transpose",
  packed: "moved",
  inputs: ["x"],
  outputs: ([x], attributes) => [transposeOutput(need("transpose", x), attributes)],
  work: ([x], attributes) => copyWork(x && transposeOutput(x, attributes)),
});

export const sliceOutput = (x: TensorType, { start, size }: SliceAttributes): TensorType => {
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
  packed: "moved",
  inputs: ["x"],
  outputs: ([x], attributes) => [sliceOutput(need("slice", x), attributes)],
  work: ([x], attributes) => copyWork(x && sliceOutput(x, attributes)),
});

export const padOutput = (x: TensorType, { before, after }: PadAttributes): TensorType => {
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
  packed: "moved",
  inputs: ["x"],
  outputs: ([x], attributes) => [padOutput(need("pad", x), attributes)],
  work: ([x], attributes) => copyWork(x && padOutput(x, attributes)),
});

export const concatenateOutput = (inputs: readonly TensorType[], { axis }: ConcatenateAttributes): TensorType => {
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
  packed: "moved",
  inputs: ["...inputs"],
  outputs: (inputs, attributes) => [concatenateOutput(inputs, attributes)],
  work: (inputs, attributes) => copyWork(concatenateOutput(inputs, attributes)),
});
