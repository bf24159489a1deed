// The contract of an op: one value that the graph, the planner and the cost model read. What it means, how a device runs it
// and how it is tried are in tables of their own by its name (kernels/reference.ts, wasm.ts, webgpu.ts, cases.ts), so that a
// page loads what its device needs. Whoever adds an op adds one folder and a line in each.
import type { WasmKernel, WebGPUKernel } from "./kernel.ts";
import type { Reference } from "./reference.ts";
import type { TensorType } from "./tensor-type.ts";

/** Attributes are plain JSON so that a graph can be hashed, compared and kept in a bundle. */
export type AttributeValue =
  | string
  | number
  | boolean
  | null
  | readonly AttributeValue[]
  | { readonly [name: string]: AttributeValue };
export type Attributes = { readonly [name: string]: AttributeValue };

/** Counts of the work of one run of an op, from shapes alone: for plans, estimates, the ledger and the roofline. */
export interface Work {
  /** Floating-point (or integer) operations that the op's definition asks for; a fused multiply-add counts as two. */
  readonly flops: number;
  /** Bytes that must be read and written at least once. */
  readonly bytes: number;
}

/** What an op may carry by itself; see the tables for each. */
export interface OwnImplementation<A extends Attributes> {
  readonly reference?: Reference<A>;
  readonly wasm?: readonly WasmKernel<A>[];
  readonly webgpu?: readonly WebGPUKernel<A>[];
}

export interface Op<A extends Attributes = Attributes> {
  /** The field's name for it, in camel case; unique. */
  readonly name: string;
  /** Names of the inputs in order, for messages. A name ending in "?" may be left out; "..." takes any number. */
  readonly inputs: readonly string[];
  /** Shape and dtype rule. Throws ShapeError, DTypeError or ArgumentError with the shapes in the message. */
  readonly outputs: (inputs: readonly TensorType[], attributes: A) => readonly TensorType[];
  readonly work: (inputs: readonly TensorType[], attributes: A) => Work;
  /**
   * How the op takes packed elements, f16 and u8. "native": its rule and its kernels take them. "moved": each element of
   * its result is one of its inputs', so that it may be widened before and narrowed after without loss. Absent: f16 is
   * computed in f32 and rounded; u8 may be read (compared, counted), but no result is u8. See core/graph/packed.ts.
   */
  readonly packed?: "native" | "moved";
  /** An output may share memory with an input of its own type: every kernel reads an element before it writes it. */
  readonly inPlace?: true;
  /** For an op that is in no table (a roof, an experiment): what the tables hold for others. */
  readonly own?: OwnImplementation<A>;
}

/** Any op, where attributes have been checked by the op's own rule. */
// biome-ignore lint/suspicious/noExplicitAny: attributes are contravariant in Op; a list of ops of any kind needs it, here only.
export type AnyAttributes = any;
export type AnyOp = Op<AnyAttributes>;

/** Declares an op; gives the value back with its attribute type inferred. */
export const op = <A extends Attributes>(contract: Op<A>): Op<A> => contract;
