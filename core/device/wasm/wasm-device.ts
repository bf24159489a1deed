// The WASM device: one build of the kernels on one memory, and a pool of threads where memory can be shared.
import {
  byteSizeOf,
  type DeviceTraits,
  describeType,
  type TensorType,
  type WasmEmittedFunction,
} from "@millrace/kernels";
import type { Plan, Step } from "../../plan/plan.ts";
import type { HostArray } from "../../tensor/host-array.ts";
import type { Device, DeviceBuffer, DeviceMemory, Executable, Fallback, PrepareProgress } from "../device.ts";
import { readElements, writeElements } from "../elements.ts";
import { DeviceLostError, describeWork, UnsupportedError } from "../error.ts";
import { prepareReplay, type Replay, timedByHost } from "../replay.ts";
import type { Allocator } from "./allocator.ts";
import type { BuildChoice } from "./build.ts";
import { lacksKernel, loadKernels, writeProgram } from "./executable.ts";
import { type BuildInstance, instantiateEmitted } from "./instance.ts";
import type { Pool } from "./pool.ts";

let stamps = 0;

class WasmBuffer implements DeviceBuffer {
  readonly device: Device;
  readonly byteLength: number;
  /** Address in the device's memory; -1 once released. */
  at: number;
  /** Names its content as the host knows it: another after each write, and of no other buffer. */
  stamp = ++stamps;

  constructor(device: Device, byteLength: number, at: number) {
    this.device = device;
    this.byteLength = byteLength;
    this.at = at;
  }
}

/** What openWasmDevice has made ready. */
export interface WasmParts {
  readonly choice: BuildChoice;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly memory: WebAssembly.Memory;
  readonly instance: BuildInstance;
  readonly allocator: Allocator;
  readonly threads: number;
  readonly deterministic: boolean;
  readonly pool: Pool | undefined;
  /** Settles when a worker has gone. */
  readonly workerLost: Promise<Error>;
}

/** Memory and kernels of a device for loops that no plan stands for, such as boosting's. */
export interface WasmWorkspace extends Disposable {
  /** Another one after memory has grown: take views anew after each allocation. */
  readonly buffer: ArrayBufferLike;
  readonly threads: number;
  /** Address of bytes that are the workspace's until it is disposed. @throws OutOfMemoryError */
  readonly allocate: (byteLength: number) => number;
  /** Gives bytes back before. */
  readonly release: (at: number) => void;
  /**
   * Runs a kernel over units, on all threads; done at once unless a thread is late.
   * @param words its argument block: addresses and numbers
   * @throws UnsupportedError when the build exports no such kernel
   */
  readonly launch: (
    kernel: string,
    words: readonly number[],
    units: number,
    grain: number,
  ) => Promise<void> | undefined;
}

/** Words of a launch's argument block in a workspace. */
const workspaceWords = 32;

/** See openWasmDevice. */
export class WasmDevice implements Device {
  readonly kind = "wasm";
  readonly name: string;
  readonly deterministic: boolean;
  /** Emitted maps take addresses from their argument block, so many buffers may meet in one. */
  readonly maximumMapBuffers = 64;
  readonly lost: Promise<Error>;
  readonly fallbacks: Fallback[] = [];
  onFallback: ((fallback: Fallback) => void) | undefined;
  readonly #parts: WasmParts;
  readonly #traits: DeviceTraits;
  readonly #emitted = new Map<string, Promise<number>>();
  /** Blocks that belong to the device itself and are not counted as live. */
  readonly #ownBlocks: { count: number; bytes: number };
  #failure: Error | undefined;
  #stalled: Promise<void> | undefined;

  constructor(parts: WasmParts) {
    const { choice, threads, allocator } = parts;
    this.#parts = parts;
    this.deterministic = parts.deterministic;
    this.name = `wasm (${choice.relaxed ? "relaxed-simd" : "simd"}, ${threads} thread${threads === 1 ? "" : "s"})`;
    const features = new Set([...(choice.relaxed ? ["relaxed-simd"] : []), ...(choice.shared ? ["threads"] : [])]);
    this.#traits = { kind: "wasm", features, limits: {}, threads };
    this.#ownBlocks = { count: allocator.liveBlocks, bytes: allocator.liveBytes };
    this.lost = parts.workerLost.then((error) => {
      this.#failure ??= new DeviceLostError(
        `a thread of ${this.name} has gone: ${error.message}; open another device and go on from the last checkpoint`,
        { cause: error },
      );
      return this.#failure;
    });
  }

  get memory(): DeviceMemory {
    const { allocator } = this.#parts;
    return {
      liveBuffers: allocator.liveBlocks - this.#ownBlocks.count,
      liveBytes: allocator.liveBytes - this.#ownBlocks.bytes,
      reservedBytes: allocator.reservedBytes,
    };
  }

  allocate(type: TensorType): DeviceBuffer {
    this.#check();
    const byteLength = Math.max(4, byteSizeOf(type));
    return new WasmBuffer(this, byteLength, this.#parts.allocator.allocate(byteLength));
  }

  release(buffer: DeviceBuffer): void {
    if (!(buffer instanceof WasmBuffer) || buffer.device !== this || buffer.at < 0) return;
    this.#parts.allocator.release(buffer.at);
    buffer.at = -1;
  }

  write(buffer: DeviceBuffer, type: TensorType, data: HostArray): void {
    this.#check();
    this.#writeAt(this.#addressOf(buffer, type), type, data);
    if (buffer instanceof WasmBuffer) buffer.stamp = ++stamps;
  }

  async read(buffer: DeviceBuffer, type: TensorType, into?: HostArray): Promise<HostArray> {
    while (this.#stalled) await this.#stalled;
    this.#check();
    const at = this.#addressOf(buffer, type);
    const elements = readElements(this.#parts.memory.buffer, at, type);
    if (!into) return elements.slice();
    into.set(elements.subarray(0, into.length));
    return into;
  }

  async prepare(plan: Plan, progress?: PrepareProgress): Promise<Executable> {
    const host = {
      device: this,
      fallbacks: this.fallbacks,
      load: loadKernels,
      lacks: (step: Step): boolean => lacksKernel(step, this.#traits),
      prepare: (own: Plan, told?: PrepareProgress) => this.#prepare(own, told),
    };
    return prepareReplay(host, plan, progress);
  }

  async #prepare(plan: Plan, progress?: PrepareProgress): Promise<Replay> {
    this.#check();
    const { allocator, instance, memory } = this.#parts;
    const program = await writeProgram(plan, {
      memory,
      traits: this.#traits,
      allocate: allocator.allocate,
      release: allocator.release,
      writeAt: (at, type, data) => this.#writeAt(at, type, data),
      kernel: (name) => instance.kernels.get(name),
      emitted: (f) => this.#emit(f),
      progress,
    });
    let released = false;
    const run: Executable["run"] = (externals) => {
      if (this.#stalled) return this.#stalled.then(() => run(externals));
      this.#check();
      if (released) throw new UnsupportedError("this executable was disposed; prepare its plan again");
      if (externals.length !== plan.externals.length)
        throw new UnsupportedError(
          `this plan takes ${plan.externals.length} buffers, but was given ${externals.length}`,
        );
      externals.forEach((buffer, i) => {
        program.bind(i, this.#addressOf(buffer), buffer instanceof WasmBuffer ? buffer.stamp : 0);
      });
      return this.#run(program.at, program.begin(), program.count, () => describeWork(plan));
    };
    return {
      run,
      timed: timedByHost(run),
      [Symbol.dispose]: () => {
        released = true;
        program.release();
      },
    };
  }

  /**
   * Prepares `repeats` launches of one exported kernel, for measurements that no op stands for: the roofs of
   * kernels/runtime/roof.wasm.ts. `words` are its argument block: numbers, or buffers for their addresses.
   * @throws UnsupportedError when the build exports no such kernel
   * @example using roof = device.prepareLaunch("roofEmpty", [0], { units: 1, repeats: 1000 });
   */
  prepareLaunch(
    kernel: string,
    words: readonly (number | DeviceBuffer)[],
    options: { readonly units: number; readonly grain?: number; readonly repeats?: number },
  ): { run(): Promise<void> } & Disposable {
    this.#check();
    const { allocator, instance, memory } = this.#parts;
    const index = instance.kernels.get(kernel);
    if (index === undefined) throw new UnsupportedError(`the WASM build exports no kernel "${kernel}"`);
    const { units, grain = 1, repeats = 1 } = options;
    const block = allocator.allocate(4 * words.length);
    const program = allocator.allocate(16 * repeats);
    new Uint32Array(memory.buffer, block, words.length).set(
      words.map((word) => (typeof word === "number" ? word : this.#addressOf(word))),
    );
    const launches = new Uint32Array(memory.buffer, program, 4 * repeats);
    for (let i = 0; i < repeats; i++) launches.set([index, block, units, grain], 4 * i);
    return {
      run: async () => this.#run(program, 0, repeats, () => kernel),
      [Symbol.dispose]: () => {
        allocator.release(block);
        allocator.release(program);
      },
    };
  }

  /** See WasmWorkspace. */
  openWorkspace(): WasmWorkspace {
    this.#check();
    const { allocator, instance, memory, threads } = this.#parts;
    const owned = new Set<number>();
    const allocate = (byteLength: number): number => {
      const at = allocator.allocate(byteLength);
      owned.add(at);
      return at;
    };
    const release = (at: number): void => {
      owned.delete(at);
      allocator.release(at);
    };
    const program = allocate(16 + 4 * workspaceWords);
    return {
      get buffer() {
        return memory.buffer;
      },
      threads,
      allocate,
      release,
      launch: (kernel, words, units, grain) => {
        const launched = (): Promise<void> | undefined => {
          this.#check();
          const index = instance.kernels.get(kernel);
          if (index === undefined) throw new UnsupportedError(`the WASM build exports no kernel "${kernel}"`);
          const block = new Uint32Array(memory.buffer, program, 4 + words.length);
          block.set([index, program + 16, units, grain]);
          block.set(words, 4);
          return this.#run(program, 0, 1, () => kernel);
        };
        return this.#stalled ? this.#stalled.then(launched) : launched();
      },
      [Symbol.dispose]: () => {
        for (const at of [...owned]) release(at);
      },
    };
  }

  [Symbol.dispose](): void {
    this.#failure ??= new DeviceLostError(`${this.name} was closed; open another device`);
    this.#parts.pool?.close();
  }

  #run(at: number, first: number, count: number, work: () => string): Promise<void> | undefined {
    try {
      const reached = this.#parts.instance.exports.run(at, first, count);
      return reached < 0 ? this.#resume(at, count, reached, work) : undefined;
    } catch (error) {
      throw this.#fail(error, work());
    }
  }

  /** A thread holds a share for longer than a second, or has died: lets its events in, then waits again. */
  async #resume(at: number, count: number, from: number, work: () => string): Promise<void> {
    let reached = from;
    const settle = Promise.withResolvers<void>();
    this.#stalled = settle.promise;
    try {
      while (reached < 0) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        if (this.#parts.pool?.failed()) this.#fail(new Error("a kernel trapped in a worker"), work());
        this.#check();
        reached = this.#parts.instance.exports.resume(at, reached & 0x7fffffff, count);
      }
    } finally {
      this.#stalled = undefined;
      settle.resolve();
    }
  }

  #fail(error: unknown, work: string): Error {
    this.#failure ??= new DeviceLostError(`${this.name} failed in ${work}: ${String(error)}; open another device`, {
      cause: error,
    });
    return this.#failure;
  }

  #check(): void {
    if (this.#failure) throw this.#failure;
  }

  #addressOf(buffer: DeviceBuffer, type?: TensorType): number {
    if (!(buffer instanceof WasmBuffer) || buffer.device !== this)
      throw new UnsupportedError(`a buffer of another device was given to ${this.name}`);
    if (buffer.at < 0) throw new UnsupportedError(`a buffer that was released was given to ${this.name}`);
    if (type && byteSizeOf(type) > buffer.byteLength)
      throw new UnsupportedError(`${describeType(type)} does not fit a buffer of ${buffer.byteLength} bytes`);
    return buffer.at;
  }

  #writeAt(at: number, type: TensorType, data: HostArray): void {
    writeElements(this.#parts.memory.buffer, at, type, data);
  }

  /** Compiles an emitted function once for its key, and gives it to every thread under one table index. */
  #emit(f: WasmEmittedFunction): Promise<number> {
    const known = this.#emitted.get(f.key);
    if (known) return known;
    const { bytes, memory, instance, pool } = this.#parts;
    const made = (async (): Promise<number> => {
      const emitted = f.emit(bytes);
      const module = await WebAssembly.compile(emitted);
      const index = instance.addFunction(instantiateEmitted(module, memory));
      if (pool) {
        const { liveBlocks, liveBytes } = this.#parts.allocator;
        pool.publish(emitted, index);
        this.#ownBlocks.count += this.#parts.allocator.liveBlocks - liveBlocks;
        this.#ownBlocks.bytes += this.#parts.allocator.liveBytes - liveBytes;
      }
      return index;
    })();
    this.#emitted.set(f.key, made);
    return made;
  }
}
