// Attributes of a matrix product and the sizes of one call.
import { DTypeError, ShapeError } from "../contract/error.ts";
import type { AttributeValue } from "../contract/op.ts";
import { describeType, sizeOf, type TensorType } from "../contract/tensor-type.ts";
import type { Activation } from "./activation.ts";

export type MatmulAttributes = {
  readonly [name: string]: AttributeValue;
  /** The last two axes of `a` are [k, m] instead of [m, k]. */
  readonly transposeA: boolean;
  /** The last two axes of `b` are [n, k] instead of [k, n]. */
  readonly transposeB: boolean;
  readonly activation: Activation;
};

/** The sizes of one call. A batch stride of 0 repeats that operand for every batch. */
export interface MatmulShape {
  readonly batch: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Elements between two matrices of the operand. */
  readonly aBatchStride: number;
  readonly bBatchStride: number;
  readonly batchShape: readonly number[];
}

/**
 * Works out the sizes of a product.
 * @throws ShapeError with both shapes when the inner sizes or the batches differ.
 */
export const matmulShape = (inputs: readonly TensorType[], attributes: MatmulAttributes): MatmulShape => {
  const [a, b, bias] = inputs;
  if (!a || !b) throw new ShapeError("matmul takes two matrices, a and b, and an optional bias");
  const refuse = (why: string): never => {
    const flags = `${attributes.transposeA ? ", transposeA" : ""}${attributes.transposeB ? ", transposeB" : ""}`;
    throw new ShapeError(`matmul of ${describeType(a)} and ${describeType(b)}${flags}: ${why}`);
  };
  if (a.shape.length < 2 || b.shape.length < 2)
    return refuse("both need at least two axes; reshape a vector to [1, n] or [n, 1]");
  const types = (): string => inputs.map(describeType).join(", ");
  for (const { dtype } of inputs)
    if (dtype !== "f32" && dtype !== "f16")
      throw new DTypeError(`matmul takes f32, but got ${types()}; convert with .to("f32")`);
  if (inputs.some(({ dtype }) => dtype !== a.dtype))
    throw new DTypeError(
      `matmul got ${types()}: f16 and f32 do not mix; convert one of them with .to("f32") or .to("f16")`,
    );
  const [a0 = 0, a1 = 0] = a.shape.slice(-2);
  const [b0 = 0, b1 = 0] = b.shape.slice(-2);
  const [m, k] = attributes.transposeA ? [a1, a0] : [a0, a1];
  const [inner, n] = attributes.transposeB ? [b1, b0] : [b0, b1];
  if (k !== inner) return refuse(`the inner sizes are ${k} and ${inner}; they must be equal`);
  const aBatch = a.shape.slice(0, -2);
  const bBatch = b.shape.slice(0, -2);
  const same = aBatch.length === bBatch.length && aBatch.every((axis, i) => axis === bBatch[i]);
  const aOne = sizeOf(aBatch) === 1 && aBatch.length <= bBatch.length;
  const bOne = sizeOf(bBatch) === 1 && bBatch.length <= aBatch.length;
  if (!same && !aOne && !bOne)
    return refuse("the batch axes before the last two must be equal, or one side must be a single matrix");
  if (bias && (bias.shape.length !== 1 || bias.shape[0] !== n))
    return refuse(`the bias must be ${a.dtype}[${n}], but is ${describeType(bias)}`);
  const batchShape = bOne && !same ? aBatch : same ? aBatch : bBatch;
  return {
    batch: sizeOf(batchShape),
    m,
    n,
    k,
    aBatchStride: same || !aOne ? m * k : 0,
    bBatchStride: same || !bOne ? n * k : 0,
    batchShape,
  };
};
