// How an op is tried: calls for the shared suite, and how far a device may be from the reference.
import type { AnyAttributes, Attributes } from "./op.ts";
import type { TensorType } from "./tensor-type.ts";
import type { Tolerance } from "./tolerance.ts";

/** One call for the shared suite and the benchmark. Inputs are filled by a seeded generator from `values`. */
export interface Case<A extends Attributes = Attributes> {
  readonly inputs: readonly TensorType[];
  readonly attributes: A;
  /**
   * How each input is filled: "normal" (default), "special" (NaN, infinities, zeros of both signs, huge and tiny
   * numbers), "nonfinite" (NaN, infinities and small numbers, where sums of huge ones would overflow in f32 alone), "positive", "unit" (0..1), "index:N" (integers 0..N-1), or the values themselves.
   */
  readonly values?: readonly (string | readonly number[])[];
}

/** What the shared suite knows of an op beside its contract. */
export interface Check<A extends Attributes = Attributes> {
  /** Bound for f32 outputs against the reference, for inputs as the suite draws them. */
  readonly tolerance: Tolerance | ((inputs: readonly TensorType[], attributes: A) => Tolerance);
  /** Calls on both sides of every kernel's threshold, with odd, empty and special ones. */
  readonly cases: readonly Case<A>[];
}
export type AnyCheck = Check<AnyAttributes>;
