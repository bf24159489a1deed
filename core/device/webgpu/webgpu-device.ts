// The WebGPU device: memory and plans on a GPU, in Node (Dawn) and in the page.
import {
  ArgumentError,
  byteSizeOf,
  type DeviceTraits,
  describeType,
  sizeOf,
  type TensorType,
  type Tiles,
} from "@millrace/kernels";
import type { Plan, Step } from "../../plan/plan.ts";
import { type HostArray, hostArray } from "../../tensor/host-array.ts";
import type { Device, DeviceBuffer, DeviceMemory, Executable, Fallback, PrepareProgress } from "../device.ts";
import { readElements } from "../elements.ts";
import { DeviceFaultError, DeviceLostError, OutOfMemoryError } from "../error.ts";
import { prepareReplay, type Replay, timedByHost } from "../replay.ts";
import { type ExecutableContext, makeExecutable } from "./executable.ts";
import type { KeptPlace } from "./kept-place.ts";
import { lacksKernel, loadKernels } from "./lower.ts";
import { GPUMemory, type MemoryBlock } from "./memory.ts";
import { PipelineCache } from "./pipeline.ts";
import type { Timestamps } from "./timestamps.ts";
import { writeWords } from "./words.ts";

/** More than this in one kernel buys no memory traffic back, and costs registers. */
const mostMapBuffers = 16;

/** Runs that may wait in the GPU's queue before `run` waits too. */
const mostQueuedRuns = 256;
const runsPerFence = 64;

/** What a device is opened with beside its GPU. */
export interface WebGPUDeviceSettings {
  /** How products are cut; absent: by shape alone. */
  readonly tiles?: Tiles | undefined;
  /** The tiles were tuned for this adapter. */
  readonly tuned?: boolean;
  /** Where tiles that are tuned for this adapter are kept. */
  readonly place: KeptPlace;
  /** Bounds what GPUMemory keeps. */
  readonly poolBytes?: number | undefined;
}

/** The limits as a record: they are getters of a prototype, so only for...in meets them. */
export const limitsOf = (supported: GPUSupportedLimits): Record<string, number> => {
  const limits: Record<string, number> = {};
  for (const name in supported) {
    const value: unknown = Reflect.get(supported, name);
    if (typeof value === "number") limits[name] = value;
  }
  return limits;
};

class WebGPUBuffer implements DeviceBuffer {
  readonly device: Device;
  readonly byteLength: number;
  /** Undefined once it was released. */
  block: MemoryBlock | undefined;

  constructor(device: Device, byteLength: number, block: MemoryBlock) {
    this.device = device;
    this.byteLength = byteLength;
    this.block = block;
  }
}

/** See openWebGPUDevice. */
export class WebGPUDevice implements Device {
  readonly kind = "webgpu";
  readonly deterministic = false;
  readonly maximumMapBuffers: number;
  readonly lost: Promise<Error>;
  readonly fallbacks: Fallback[] = [];
  onFallback: ((fallback: Fallback) => void) | undefined;
  /** Where tiles that are tuned for this adapter are kept. */
  readonly place: KeptPlace;
  readonly #name: string;
  #tuned: boolean;
  #context: ExecutableContext & { readonly entry: GPU };
  readonly #fences: Promise<undefined>[] = [];
  #runs = 0;
  #closed = false;
  #liveBuffers = 0;
  #liveBytes = 0;
  #gone: DeviceLostError | undefined;
  #fault: Error | undefined;

  /** `entry` is where the adapter came from: in Node, Dawn crashes if it is collected while its device has work. */
  constructor(gpu: GPUDevice, name: string, entry: GPU, settings: WebGPUDeviceSettings) {
    const { tiles, tuned = false, place, poolBytes } = settings;
    this.#name = name;
    this.#tuned = tuned;
    this.place = place;
    const limits = limitsOf(gpu.limits);
    const { subgroupMinSize, subgroupMaxSize } = gpu.adapterInfo;
    if (subgroupMinSize) Object.assign(limits, { subgroupMinSize, subgroupMaxSize });
    this.maximumMapBuffers = Math.min(mostMapBuffers, limits.maxStorageBuffersPerShaderStage ?? 8);
    const features = new Set<string>([...gpu.features, ...entry.wgslLanguageFeatures]);
    this.#context = {
      gpu,
      memory: new GPUMemory(gpu, poolBytes),
      pipelines: new PipelineCache(gpu),
      traits: {
        kind: "webgpu",
        features,
        limits,
        threads: 1,
        matrices: Reflect.get(gpu.adapterInfo, "subgroupMatrixConfigs"),
        ...(tiles && { tiles }),
      },
      entry,
    };
    gpu.addEventListener("uncapturederror", (event) => {
      this.#fault ??= faultOf(event.error, this.memory.reservedBytes);
    });
    this.lost = gpu.lost.then(({ reason, message }) => {
      this.#gone ??= new DeviceLostError(`the GPU device was lost (${reason}): ${message}; open another and resume`);
      return this.#gone;
    });
  }

  get name(): string {
    return `webgpu (${this.#name}${this.#tuned ? ", tuned tiles" : ""})`;
  }

  /** What kernels may know of this GPU. */
  get traits(): DeviceTraits {
    return this.#context.traits;
  }

  /** Cuts products of plans that are prepared from now on by tiles that were tuned for this adapter. */
  useTuned(tiles: Tiles): void {
    this.#context = { ...this.#context, traits: { ...this.traits, tiles } };
    this.#tuned = true;
  }

  get memory(): DeviceMemory {
    return {
      liveBuffers: this.#liveBuffers,
      liveBytes: this.#liveBytes,
      reservedBytes: this.#context.memory.reservedBytes,
    };
  }

  /** Pipelines compiled so far, for tests and reports. */
  get pipelines(): number {
    return this.#context.pipelines.size;
  }

  allocate(type: TensorType): DeviceBuffer {
    this.#check();
    const byteLength = Math.max(4, byteSizeOf(type));
    const buffer = new WebGPUBuffer(this, byteLength, this.#context.memory.take(byteLength, type));
    this.#liveBuffers += 1;
    this.#liveBytes += byteLength;
    return buffer;
  }

  release(buffer: DeviceBuffer): void {
    if (!(buffer instanceof WebGPUBuffer) || buffer.device !== this || !buffer.block) return;
    const { block } = buffer;
    buffer.block = undefined;
    if (this.#closed) return;
    this.#liveBuffers -= 1;
    this.#liveBytes -= buffer.byteLength;
    this.#context.memory.giveBack(block);
  }

  write(buffer: DeviceBuffer, type: TensorType, data: HostArray): void {
    this.#check();
    const block = this.#block(buffer);
    if (data.length !== sizeOf(type.shape) || byteSizeOf(type) > buffer.byteLength)
      throw new ArgumentError(
        `${data.length} elements do not fill ${describeType(type)} in a buffer of ${buffer.byteLength} bytes`,
      );
    if (data.length > 0) writeWords(this.#context.gpu.queue, block.buffer, type, data);
  }

  async read(buffer: DeviceBuffer, type: TensorType): Promise<HostArray> {
    this.#check();
    const block = this.#block(buffer);
    const byteLength = byteSizeOf(type);
    if (byteLength === 0) return hostArray(type.dtype, 0);
    if (byteLength > buffer.byteLength)
      throw new ArgumentError(`${describeType(type)} is more than the ${buffer.byteLength} bytes of this buffer`);
    const words = await this.#context.memory.read(block, byteLength).catch(async (error: unknown) => {
      // A map that fails because the device went away settles before `lost` does.
      await Promise.race([this.lost, new Promise((resolve) => setTimeout(resolve, 100))]);
      this.#check();
      throw new DeviceFaultError(`reading ${describeType(type)} from the GPU failed: ${String(error)}`);
    });
    this.#check();
    return readElements(words, 0, type);
  }

  async prepare(plan: Plan, progress?: PrepareProgress): Promise<Executable> {
    const host = {
      device: this,
      fallbacks: this.fallbacks,
      load: (wanted: Plan) => loadKernels(wanted, this.traits),
      lacks: (step: Step): boolean => lacksKernel(step, this.traits),
      prepare: (own: Plan, told?: PrepareProgress) => this.#prepare(own, told),
    };
    return prepareReplay(host, plan, progress);
  }

  /**
   * Prepares plans whose products are cut by given tiles, for timing: they always have `timed`, and their pipelines are
   * forgotten with the function.
   */
  trials(): (plan: Plan, tiles: Tiles) => Promise<Replay & Required<Pick<Replay, "timed">>> {
    const { gpu } = this.#context;
    const pipelines = new PipelineCache(gpu);
    return async (plan, tiles) => {
      const traits = { ...this.traits, tiles };
      await loadKernels(plan, traits);
      const replay = await this.#prepare(plan, undefined, { ...this.#context, pipelines, traits });
      const waited = timedByHost(async (externals) => {
        await replay.run(externals);
        await gpu.queue.onSubmittedWorkDone();
      });
      return { ...replay, timed: replay.timed ?? waited };
    };
  }

  async #prepare(plan: Plan, progress?: PrepareProgress, context: ExecutableContext = this.#context): Promise<Replay> {
    this.#check();
    const made = await makeExecutable(context, plan, progress);
    // One array for all runs.
    const blocks: MemoryBlock[] = [];
    const start = (externals: readonly DeviceBuffer[], timestamps?: Timestamps): void => {
      this.#check();
      blocks.length = 0;
      for (const buffer of externals) blocks.push(this.#block(buffer));
      made.run(blocks, timestamps);
    };
    return {
      run: (externals) => {
        try {
          start(externals);
          return this.#pace();
        } catch (error) {
          return Promise.reject(error);
        }
      },
      ...(this.traits.features.has("timestamp-query")
        ? {
            timed: async (externals) => {
              const { openTimestamps } = await import("./timestamps.ts");
              using timestamps = openTimestamps(this.#context.gpu);
              start(externals, timestamps);
              const nanoseconds = await timestamps.read();
              this.#check();
              return nanoseconds;
            },
          }
        : {}),
      [Symbol.dispose]: () => made[Symbol.dispose](),
    };
  }

  /** Frees all memory on the GPU; later calls throw DeviceLostError. */
  [Symbol.dispose](): void {
    this.#gone ??= new DeviceLostError("this GPU device was closed");
    this.#closed = true;
    this.#liveBuffers = 0;
    this.#liveBytes = 0;
    this.#context.memory.close();
    this.#context.gpu.destroy();
  }

  /** Waits where the caller is more than `mostQueuedRuns` ahead of the GPU: what is queued holds memory of the driver. */
  #pace(): Promise<void> | undefined {
    this.#runs += 1;
    if (this.#runs % runsPerFence !== 0) return undefined;
    this.#fences.push(this.#context.gpu.queue.onSubmittedWorkDone());
    if (this.#fences.length < mostQueuedRuns / runsPerFence) return undefined;
    return this.#fences.shift()?.then(
      () => this.#check(),
      () => this.#check(),
    );
  }

  #block(buffer: DeviceBuffer): MemoryBlock {
    if (buffer instanceof WebGPUBuffer && buffer.device === this && buffer.block) return buffer.block;
    throw new ArgumentError(
      buffer.device === this
        ? "this buffer was released"
        : `this buffer belongs to the device ${buffer.device.name}, not to ${this.name}`,
    );
  }

  /** Throws what went wrong since the last call: a lost device for good, any other fault once. */
  #check(): void {
    if (this.#gone) throw this.#gone;
    const fault = this.#fault;
    this.#fault = undefined;
    if (fault) throw fault;
  }
}

const faultOf = (error: GPUError, reservedBytes: number): Error =>
  error.constructor.name === "GPUOutOfMemoryError"
    ? new OutOfMemoryError(`the GPU has no room beside the ${reservedBytes} bytes held: ${error.message}`)
    : new DeviceFaultError(`the GPU refused queued work: ${error.message}`);
