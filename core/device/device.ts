// A device: memory and the replay of plans. Small, so that a new device is one folder.
import type { TensorType } from "@millrace/kernels";
import type { Plan } from "../plan/plan.ts";
import type { HostArray } from "../tensor/host-array.ts";

export type DeviceKind = "reference" | "wasm" | "webgpu";

/** Device memory for one tensor. Opaque: only the device that made it looks inside. */
export interface DeviceBuffer {
  readonly device: Device;
  readonly byteLength: number;
}

/** A plan made ready for one device: kernels chosen, pipelines or argument blocks built, temporaries allocated. */
export interface Executable extends Disposable {
  /**
   * Replays the plan on `externals`, one buffer for each slot of `plan.externals`, in that order. Resolves when the work
   * is queued (WebGPU) or done (others); reads that follow see its results.
   * @throws DeviceLostError
   */
  run(externals: readonly DeviceBuffer[]): Promise<void>;
}

/** What is held on a device now. */
export interface DeviceMemory {
  readonly liveBuffers: number;
  readonly liveBytes: number;
  /** Bytes that the device holds from its system: heap length on WASM, live and pooled buffers on WebGPU. */
  readonly reservedBytes: number;
}

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
  /** Memory for a tensor of `type`; its content is undefined. @throws OutOfMemoryError naming the size and what is held. */
  allocate(type: TensorType): DeviceBuffer;
  /** Gives memory back. Work queued before still sees it. */
  release(buffer: DeviceBuffer): void;
  /** Copies host data in; `data` has the type's dtype and size. */
  write(buffer: DeviceBuffer, type: TensorType, data: HostArray): void;
  /** Copies a tensor out after all work queued so far. The array is the caller's own. */
  read(buffer: DeviceBuffer, type: TensorType): Promise<HostArray>;
  /** Makes a plan ready. @throws UnsupportedError naming an op that this device cannot run. */
  prepare(plan: Plan): Promise<Executable>;
}
