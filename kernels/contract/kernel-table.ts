// A device's kernels by op: those that most nets run, and those that are loaded when a plan first names one of them.
import type { AnyWasmKernel, AnyWebGPUKernel, WasmKernel, WebGPUKernel } from "./kernel.ts";
import type { AnyOp, Attributes, Op } from "./op.ts";

/** Kernels by the name of the op. */
export type KernelLists<Kernel> = ReadonlyMap<string, readonly Kernel[]>;

/** See kernelTable. */
export interface KernelTable<Kernel> {
  /** Loads what the ops need; to be awaited before `of` is asked for them. */
  readonly load: (ops: readonly AnyOp[]) => Promise<void>;
  /** The kernels of an op, first those that are to be tried first; undefined when the device has none. */
  readonly of: (op: AnyOp) => readonly Kernel[] | undefined;
}

/**
 * A table of the kernels at hand and those in `loadRest`.
 * @param own what an op that is in no table carries by itself
 */
export const kernelTable = <Kernel>(
  atHand: KernelLists<Kernel>,
  loadRest: () => Promise<KernelLists<Kernel>>,
  own: (op: AnyOp) => readonly Kernel[] | undefined,
): KernelTable<Kernel> => {
  let rest: KernelLists<Kernel> | undefined;
  return {
    load: async (ops) => {
      if (!rest && ops.some((op) => !op.own && !atHand.has(op.name))) rest = await loadRest();
    },
    of: (op) => {
      const kernels = op.own ? own(op) : (atHand.get(op.name) ?? rest?.get(op.name));
      // Never "the device has none" for what nobody loaded: the op would fall back to the reference device.
      if (!kernels && !rest && !op.own) throw new TypeError(`the kernels of ${op.name} were not loaded`);
      return kernels;
    },
  };
};

/** A line of a WASM table: one op's kernels, the first whose condition holds first, checked against its attributes. */
export const wasmLine = <A extends Attributes>(
  op: Op<A>,
  kernels: readonly WasmKernel<A>[],
): readonly [string, readonly AnyWasmKernel[]] => [op.name, kernels];

/** A line of a WebGPU table; see wasmLine. */
export const webgpuLine = <A extends Attributes>(
  op: Op<A>,
  kernels: readonly WebGPUKernel<A>[],
): readonly [string, readonly AnyWebGPUKernel[]] => [op.name, kernels];
