// f16 and u8 in ops whose kernels know neither: elements are widened before, to f32 and u32, and narrowed after, so that
// every op's result is rounded to f16 on every device, fused or not, and rules of gradients and batches see f32 and casts.
import { type AnyOp, type DType, DTypeError, describeType, elementBytes, wideDType } from "@millrace/kernels";
import type { Value } from "./node.ts";

export const castNames: Readonly<Record<DType, string>> = {
  f32: "toF32",
  f16: "toF16",
  i32: "toI32",
  u32: "toU32",
  u8: "toU8",
  bool: "toBool",
};

/** True for f16 and u8. */
export const isPacked = ({ type }: Value): boolean => elementBytes[type.dtype] < 4;

const has = (values: readonly Value[], dtype: DType): boolean => values.some(({ type }) => type.dtype === dtype);

/** Inputs that are widened, and how the outputs of the op on them are narrowed. */
export interface Widened {
  readonly inputs: readonly Value[];
  readonly narrow: (output: Value) => Value;
}

/**
 * Numbers written in the program go with any float dtype.
 * @param apply applies an op of one input and one output
 * @throws DTypeError where f16 stands beside f32, or u8 beside u32
 */
export const widen = (op: AnyOp, inputs: readonly Value[], apply: (name: string, x: Value) => Value): Widened => {
  const written = inputs.filter(({ node }) => node.kind !== "constant");
  for (const dtype of ["f16", "u8"] as const) {
    const wide = wideDType(dtype);
    if (has(written, dtype) && has(written, wide))
      throw new DTypeError(
        `${op.name} got ${inputs.map(({ type }) => describeType(type)).join(", ")}: ${dtype} and ${wide} do not mix; convert one of them with .to("${wide}") or .to("${dtype}")`,
      );
  }
  const widenedInputs = inputs.map((input) =>
    isPacked(input) ? apply(castNames[wideDType(input.type.dtype)], input) : input,
  );
  const narrow = (output: Value): Value => {
    if (output.type.dtype === "f32" && has(inputs, "f16")) return apply("toF16", output);
    if (output.type.dtype !== "u32" || !has(inputs, "u8")) return output;
    if (op.packed === "moved") return apply("toU8", output);
    throw new DTypeError(
      `${op.name} does not compute with u8, which holds images, labels and quantised data; convert with .to("i32") or .to("f32")`,
    );
  };
  return { inputs: widenedInputs, narrow };
};

/** Pairs of casts of which the second undoes the first. */
const undone: Readonly<Record<string, { readonly by: string; readonly dtype: DType }>> = {
  toF16: { by: "toF32", dtype: "f16" },
  toU8: { by: "toU32", dtype: "u8" },
};

/** The packed value that a narrowing cast of a widened one gives back, if that is what this is. */
export const packedBefore = (name: string, x: Value | undefined): Value | undefined => {
  const pair = undone[name];
  const [source] = x?.node.kind === "op" && x.node.op.name === pair?.by ? x.node.inputs : [];
  return source?.type.dtype === pair?.dtype ? source : undefined;
};

/** The wide value behind a cast there and back, where it lost nothing: its elements came from packed ones. */
export const wideBefore = (name: string, x: Value | undefined): Value | undefined => {
  if (x?.node.kind !== "op") return undefined;
  const pair = undone[x.node.op.name];
  const [source] = x.node.inputs;
  return pair?.by === name && source && cameFrom(source, pair.dtype) ? source : undefined;
};

/** True when each element of a wide value is known to be one of a packed dtype. */
const cameFrom = (value: Value, dtype: DType): boolean => {
  const { node } = value;
  if (value.type.dtype !== wideDType(dtype)) return true;
  if (node.kind !== "op") return false;
  if (node.inputs.length === 1 && node.inputs[0]?.type.dtype === dtype) return true;
  const { attributes } = node;
  return (
    (node.op.packed === "moved" || node.op.name === "reshape") &&
    (attributes.value === undefined || attributes.value === 0) &&
    node.inputs.every((input) => cameFrom(input, dtype))
  );
};
