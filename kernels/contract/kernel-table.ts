// A device's kernels by op: those that most nets run, and families that are loaded when a plan first names one of their ops.
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

/** Ops whose kernels lie in one file, and how that is loaded. */
export interface KernelFamily<Kernel> {
  readonly names: readonly string[];
  readonly load: () => Promise<KernelLists<Kernel>>;
}

/** A family by its ops. */
export const family = <Kernel>(
  ops: readonly { readonly name: string }[],
  load: () => Promise<KernelLists<Kernel>>,
): KernelFamily<Kernel> => ({ names: ops.map(({ name }) => name), load });

/**
 * A table of the kernels at hand and those of families, which are loaded at the same time.
 * @param own what an op that is in no table carries by itself
 */
export const kernelTable = <Kernel>(
  atHand: KernelLists<Kernel>,
  families: readonly KernelFamily<Kernel>[],
  own: (op: AnyOp) => readonly Kernel[] | undefined,
): KernelTable<Kernel> => {
  const lists = new Map(atHand);
  return {
    load: async (ops) => {
      const missing = new Set(ops.flatMap((op) => (op.own || lists.has(op.name) ? [] : [op.name])));
      if (missing.size === 0) return;
      const wanted = families.filter(({ names }) => names.some((name) => missing.has(name)));
      for (const loaded of await Promise.all(wanted.map(({ load }) => load())))
        for (const [name, kernels] of loaded) lists.set(name, kernels);
    },
    of: (op) => {
      const kernels = op.own ? own(op) : lists.get(op.name);
      // Never "the device has none" for what nobody loaded: the op would fall back to the reference device.
      if (!kernels && !op.own && families.some(({ names }) => names.includes(op.name)))
        throw new TypeError(`the kernels of ${op.name} were not loaded`);
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
