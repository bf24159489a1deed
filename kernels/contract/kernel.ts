// How an op runs on a device: a kernel lowers one op at fixed shapes to launches. Lowering is pure, so a plan can be
// made, priced and tested without the device; buffers are named by their role and bound when the plan is replayed.
import type { AnyAttributes, Attributes } from "./op.ts";
import type { TensorType } from "./tensor-type.ts";
import type { Tiles } from "./tiles.ts";

/** What a kernel may know about the device that it is lowered for. */
export interface DeviceTraits {
  readonly kind: "wasm" | "webgpu";
  /** Names of WebGPU's and WGSL's features, or for WASM "relaxed-simd" and "threads". */
  readonly features: ReadonlySet<string>;
  /** WebGPU limits, and the least size of a subgroup, by their specification names; empty on WASM. */
  readonly limits: Readonly<Record<string, number>>;
  /** Threads that share one launch (1 on WebGPU). */
  readonly threads: number;
  /** What the adapter tells of its matrix units: `subgroupMatrixConfigs` of WebGPU's experiment, unchecked. */
  readonly matrices?: unknown;
  /** How a GPU cuts products; absent: the defaults. */
  readonly tiles?: Tiles;
}

/** Everything that lowering depends on. */
export interface KernelContext<A extends Attributes = Attributes> {
  readonly inputs: readonly TensorType[];
  readonly outputs: readonly TensorType[];
  readonly attributes: A;
  readonly device: DeviceTraits;
  /** For each output, the input that it shares memory with, or -1. Absent: none does. Only ops with `inPlace` get any. */
  readonly aliases?: readonly number[];
  /** Inputs whose content stays from run to run, so that a kernel may lay them out once. Absent: none. */
  readonly constant?: readonly boolean[];
}

/** A buffer by its role in the launch. Scratch is private to the lowered op and need not keep its content. */
export type BufferReference = { readonly input: number } | { readonly output: number } | { readonly scratch: number };

/** One 32-bit word of a WASM kernel's argument block: a buffer's address (plus a byte offset), a u32/i32, or an f32. */
export type WasmArgument =
  | ((BufferReference | { readonly prepared: number }) & { readonly offset?: number })
  | { readonly u32: number }
  | { readonly f32: number };

/**
 * A WASM function `(argumentBlock: usize, begin: u32, end: u32) => void` that does units [begin, end) of `units`.
 * Any partition of the units must give the same bits; reductions therefore fix their order by unit, not by thread.
 */
export interface WasmLaunch {
  /** An export of the AssemblyScript build, or a module emitted at run time whose one export has the same signature. */
  readonly function: string | WasmEmittedFunction;
  readonly arguments: readonly WasmArgument[];
  readonly units: number;
  /** Units below which another thread is not worth waking: about 20 us of work. */
  readonly grain: number;
}

/** A function emitted at run time. Equal keys mean equal code, so devices cache by key. */
export interface WasmEmittedFunction {
  readonly key: string;
  /** Emits the module given the bytes of the AssemblyScript build, from which it may copy function bodies. */
  readonly emit: (build: Uint8Array) => Uint8Array<ArrayBuffer>;
}

/** One WebGPU dispatch. The device puts a declaration of `parameters` (u32 words) before the source when there are any. */
export interface WebGPULaunch {
  /** Full WGSL but for bindings `@group(0) @binding(i)` being declared by the source in the order of `bindings`. */
  readonly source: string;
  /** Entry point; "main" if absent. */
  readonly entryPoint?: string;
  readonly bindings: readonly BufferReference[];
  readonly workgroups: readonly [number, number, number];
  /** u32 words read in WGSL as `parameter(i)`; at most 16. */
  readonly parameters?: readonly number[];
}

/** What an op becomes on a device: launches in order, and the scratch buffers they share (sizes in bytes). */
export interface Lowered<Launch> {
  readonly scratch?: readonly number[];
  readonly launches: readonly Launch[];
}

/**
 * A buffer made from constant inputs by launches of its own, at the first run and when another content is bound. It takes
 * memory beside the inputs as long as the plan is held.
 */
export interface PreparedBuffer {
  readonly byteLength: number;
  readonly launches: readonly WasmLaunch[];
}

/** What an op becomes on the WASM device. */
export interface WasmLowered extends Lowered<WasmLaunch> {
  readonly prepared?: readonly PreparedBuffer[];
}

/** A kernel variant. The first in the op's list whose `when` holds is taken. */
export interface WasmKernel<A extends Attributes = Attributes> {
  readonly device: "wasm";
  readonly name: string;
  readonly when?: (context: KernelContext<A>) => boolean;
  readonly lower: (context: KernelContext<A>) => WasmLowered;
}

/** A kernel variant on WebGPU; see WasmKernel. */
export interface WebGPUKernel<A extends Attributes = Attributes> {
  readonly device: "webgpu";
  readonly name: string;
  readonly when?: (context: KernelContext<A>) => boolean;
  /** Loads what lowering this call takes and few calls need; to be awaited before `lower`. */
  readonly load?: (context: KernelContext<A>) => Promise<void>;
  readonly lower: (context: KernelContext<A>) => Lowered<WebGPULaunch>;
}

export type AnyWasmKernel = WasmKernel<AnyAttributes>;
export type AnyWebGPUKernel = WebGPUKernel<AnyAttributes>;
