// A plan: what a device replays. Steps in order over numbered slots of memory; no device is named in it, so it can be
// priced, printed and tested alone.
import type { AnyOp, Attributes, TensorType, Work } from "@millrace/kernels";
import type { HostArray } from "../tensor/host-array.ts";

/** A tensor of a step: which slot holds it and its type there. Views of one slot differ in type only. */
export interface Operand {
  readonly slot: number;
  readonly type: TensorType;
  /** Its content stays from run to run as long as the same buffer is bound and not written to from the host. */
  readonly constant?: true;
}

/** One run of one op. */
export interface Step {
  readonly op: AnyOp;
  readonly attributes: Attributes;
  readonly inputs: readonly Operand[];
  readonly outputs: readonly Operand[];
  /** For each output, the input whose memory it takes over, or -1; see Op.inPlace. */
  readonly aliases: readonly number[];
  readonly work: Work;
}

/**
 * Memory that a plan names. "external" slots are bound at each run (arguments first, then results that do not take over
 * an argument's memory); "constant" slots are filled once; "temporary" slots belong to the executable and are reused by
 * liveness. All are at least one element long.
 */
export type Slot =
  | { readonly kind: "external"; readonly byteLength: number }
  | { readonly kind: "constant"; readonly byteLength: number; readonly type: TensorType; readonly data: HostArray }
  | { readonly kind: "temporary"; readonly byteLength: number };

/** Work of one run of a plan, also by op. */
export interface PlanCost extends Work {
  /** Kernel launches asked for: steps, before a kernel splits into passes. */
  readonly dispatches: number;
  readonly temporaryBytes: number;
  readonly byKernel: ReadonlyMap<string, Work & { readonly calls: number }>;
}

/** What a device replays: steps in order over numbered slots of memory, and what one run costs. */
export interface Plan {
  readonly steps: readonly Step[];
  readonly slots: readonly Slot[];
  /** Slots to bind at each run, in this order. */
  readonly externals: readonly number[];
  /** The slot and type of each argument and of each result. A result in an argument's slot is written in place. */
  readonly arguments: readonly Operand[];
  readonly results: readonly Operand[];
  readonly cost: PlanCost;
}
