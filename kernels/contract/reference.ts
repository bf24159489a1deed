// The plain float64 meaning of an op, and the arrays that it takes and gives.
import type { AnyAttributes, Attributes } from "./op.ts";
import type { DType, TensorType } from "./tensor-type.ts";

/**
 * Values in a reference: f32 travels as float64, so that the reference is the op's meaning and not its rounding; f16 as
 * float64 that was rounded to f16.
 */
export type ReferenceArray = Float64Array | Int32Array | Uint32Array | Uint8Array;

/** A dense row-major array with its type, as references take and give them. */
export interface ReferenceTensor {
  readonly type: TensorType;
  readonly data: ReferenceArray;
}

/** The plain float64 meaning of an op, written for reading. */
export type Reference<A extends Attributes = Attributes> = (
  inputs: readonly ReferenceTensor[],
  attributes: A,
) => readonly ReferenceTensor[];
export type AnyReference = Reference<AnyAttributes>;

/** A zeroed host array for a dtype; f32 and f16 are float64 in references. */
export const referenceArray = (dtype: DType, size: number): ReferenceArray => {
  if (dtype === "f32" || dtype === "f16") return new Float64Array(size);
  if (dtype === "i32") return new Int32Array(size);
  return dtype === "u32" ? new Uint32Array(size) : new Uint8Array(size);
};
