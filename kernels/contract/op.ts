// The contract of an op: one value that the graph, the planner, every device, the shared test suite, the benchmark and
// the cost model read. Whoever adds an op adds one folder with one such value and lists it in `kernels/index.ts`.
import type { Kernel } from "./kernel.ts";
import type { TensorType } from "./tensor-type.ts";
import type { Tolerance } from "./tolerance.ts";

/** Attributes are plain JSON so that a graph can be hashed, compared and kept in a bundle. */
export type AttributeValue =
  | string
  | number
  | boolean
  | null
  | readonly AttributeValue[]
  | { readonly [name: string]: AttributeValue };
export type Attributes = { readonly [name: string]: AttributeValue };

/** Values in a reference: f32 travels as float64, so that the reference is the op's meaning and not its rounding. */
export type ReferenceArray = Float64Array | Int32Array | Uint32Array | Uint8Array;

/** A dense row-major array with its type, as references take and give them. */
export interface ReferenceTensor {
  readonly type: TensorType;
  readonly data: ReferenceArray;
}

/** Counts of the work of one run of an op, from shapes alone: for plans, estimates, the ledger and the roofline. */
export interface Work {
  /** Floating-point (or integer) operations that the op's definition asks for; a fused multiply-add counts as two. */
  readonly flops: number;
  /** Bytes that must be read and written at least once. */
  readonly bytes: number;
}

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

export interface Op<A extends Attributes = Attributes> {
  /** The field's name for it, in camel case; unique. */
  readonly name: string;
  /** Names of the inputs in order, for messages. A name ending in "?" may be left out; "..." takes any number. */
  readonly inputs: readonly string[];
  /** Shape and dtype rule. Throws ShapeError, DTypeError or ArgumentError with the shapes in the message. */
  readonly outputs: (inputs: readonly TensorType[], attributes: A) => readonly TensorType[];
  readonly work: (inputs: readonly TensorType[], attributes: A) => Work;
  /** Bound for f32 outputs against the reference, for inputs as the suite draws them. */
  readonly tolerance: Tolerance | ((inputs: readonly TensorType[], attributes: A) => Tolerance);
  /** The plain float64 meaning. */
  readonly reference: (inputs: readonly ReferenceTensor[], attributes: A) => readonly ReferenceTensor[];
  readonly kernels: readonly Kernel<A>[];
  /** An output may share memory with an input of its own type: every kernel reads an element before it writes it. */
  readonly inPlace?: true;
  /** Calls on both sides of every kernel's threshold, with odd, empty and special ones. */
  readonly cases: readonly Case<A>[];
}

/** Any op, where attributes have been checked by the op's own rule. */
// biome-ignore lint/suspicious/noExplicitAny: attributes are contravariant in Op; a list of ops of any kind needs it, here only.
export type AnyOp = Op<any>;

/** Declares an op; gives the value back with its attribute type inferred. */
export const op = <A extends Attributes>(contract: Op<A>): Op<A> => contract;
