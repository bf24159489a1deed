// A device: memory and the replay of plans. Small, so that a new device is one folder.
import type { TensorType } from "@millrace/kernels";
import type { Plan } from "../plan/plan.ts";
import type { HostArray } from "../tensor/host-array.ts";

/** Where plans run: float64 meaning, WebAssembly, or a GPU. */
export type DeviceKind = "reference" | "wasm" | "webgpu";

/** Device memory for one tensor. Opaque: only the device that made it looks inside. */
export interface DeviceBuffer {
  readonly device: Device;
  readonly byteLength: number;
}

/** Told how many of a plan's kernels are compiled, of how many. */
export type PrepareProgress = (done: number, total: number) => void;

/** A plan made ready for one device: kernels chosen, pipelines or argument blocks built, temporaries allocated. */
export interface Executable extends Disposable {
  /**
   * Replays the plan on `externals`, one buffer for each slot of `plan.externals`, in that order. Resolves when the work
   * is queued (WebGPU) or done (others); reads that follow see its results. Gives undefined where that is the case
   * already, so that a small call costs no promise; then errors are thrown at once.
   * @throws DeviceLostError
   */
  run(externals: readonly DeviceBuffer[]): Promise<void> | undefined;
}

/** What is held on a device now. */
export interface DeviceMemory {
  readonly liveBuffers: number;
  readonly liveBytes: number;
  /** Bytes that the device holds from its system: heap length on WASM, live and pooled buffers on WebGPU. */
  readonly reservedBytes: number;
}

/** A step that a device has no kernel for and runs on the reference device, with copies there and back. */
export interface Fallback {
  /** Name of the op. */
  readonly op: string;
  /** The op with its sizes: "sort f32[3, 4] -> f32[3, 4]". */
  readonly step: string;
  /** The whole sentence, for people. */
  readonly message: string;
}

/** Memory and the replay of plans on one kind of hardware; open one with openDevice. */
export interface Device extends Disposable {
  readonly kind: DeviceKind;
  /** For people: "wasm (relaxed-simd, 2 threads)", "webgpu (SwiftShader Device)". */
  readonly name: string;
  /** True when results have the same bits on every machine. */
  readonly deterministic: boolean;
  /** Most buffers that one fused map may read and write together on this device. */
  readonly maximumMapBuffers: number;
  /** Settles when the device is lost; never rejects. */
  readonly lost: Promise<Error>;
  readonly memory: DeviceMemory;
  /** Steps of plans prepared so far that run on the reference device, each once. Empty where the device has all ops. */
  readonly fallbacks: readonly Fallback[];
  /** Called at the first fallback of each op. Default: a warning on the console. */
  onFallback: ((fallback: Fallback) => void) | undefined;
  /** Memory for a tensor of `type`; its content is undefined. @throws OutOfMemoryError naming the size and what is held. */
  allocate(type: TensorType): DeviceBuffer;
  /** Gives memory back. Work queued before still sees it. */
  release(buffer: DeviceBuffer): void;
  /** Copies host data in; `data` has the type's dtype and size. */
  write(buffer: DeviceBuffer, type: TensorType, data: HostArray): void;
  /**
   * Copies a tensor out after all work queued so far. The array is the caller's own.
   * @param into an array of its kind for the first elements, which a device whose memory the host sees fills and gives back
   */
  read(buffer: DeviceBuffer, type: TensorType, into?: HostArray): Promise<HostArray>;
  /**
   * Makes a plan ready. An op that this device lacks runs on the reference device, see `fallbacks`.
   * @throws UnsupportedError naming an op that is past the device's limits, or lacking on a deterministic device;
   * OutOfMemoryError naming the step that needs the most room
   * @param progress called as kernels are compiled; not at all for what runs on the reference device
   */
  prepare(plan: Plan, progress?: PrepareProgress): Promise<Executable>;
}
