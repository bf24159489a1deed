// Opening the WASM device.

import { ArgumentError } from "@millrace/kernels";
import { processorCount, readWasmBuild } from "#platform";
import { OutOfMemoryError, UnsupportedError } from "../error.ts";
import { createAllocator } from "./allocator.ts";
import { chooseBuild } from "./build.ts";
import { instantiateBuild } from "./instance.ts";
import { arenaBytes, type Pool, startPool } from "./pool.ts";
import { WasmDevice } from "./wasm-device.ts";

export { WasmDevice } from "./wasm-device.ts";

export interface OpenWasmDeviceOptions {
  /** Threads that share a kernel, this one included. Default: the machine's processors, at most 8. 1 where memory cannot be shared. */
  readonly threads?: number;
  /** The same bits on every machine: the strict build, without fused multiply-add. Default false. */
  readonly deterministic?: boolean;
}

const pageBytes = 65_536;
/** 4 GiB, or what the engine will promise. */
const maximumPages = [65_536, 32_768, 16_384, 4_096];

/**
 * Opens a WASM device: the relaxed build where the engine has relaxed SIMD, with a pool of threads where memory can be
 * shared.
 * @throws UnsupportedError without WASM SIMD, ArgumentError for a number of threads that is not a whole number from 1 to 64
 * @example
 * using device = await openWasmDevice({ threads: 2 });
 * device.name; // "wasm (relaxed-simd, 2 threads)"
 */
export const openWasmDevice = async (options: OpenWasmDeviceOptions = {}): Promise<WasmDevice> => {
  const wanted = options.threads ?? Math.min(8, processorCount());
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > 64)
    throw new ArgumentError(`threads must be a whole number from 1 to 64, but is ${wanted}`);
  const deterministic = options.deterministic ?? false;
  const choice = chooseBuild(deterministic, wanted);
  const bytes = await readWasmBuild(choice.target).catch((error: unknown) => {
    throw new UnsupportedError(
      `the WASM build "${choice.target}" cannot be read: ${String(error)}; in the source tree, run npm run build first`,
      { cause: error },
    );
  });
  const module = await WebAssembly.compile(bytes);
  const { memory, maximum } = reserveMemory(choice.shared);
  const instance = instantiateBuild(module, memory, () => {});
  const allocator = createAllocator(memory, instance.exports.heapBase(), maximum * pageBytes);
  instance.exports.setArena(allocator.allocate(arenaBytes));
  const threads = choice.shared ? wanted : 1;
  const lost = Promise.withResolvers<Error>();
  let pool: Pool | undefined;
  if (threads > 1) {
    pool = await startPool(module, memory, allocator, threads, lost.resolve).catch((error: unknown) => {
      throw new UnsupportedError(
        `the ${threads} threads of a WASM device cannot be started: ${String(error)}; open it with { threads: 1 }`,
        { cause: error },
      );
    });
    instance.exports.setControl(pool.control);
  }
  return new WasmDevice({
    choice,
    bytes,
    memory,
    instance,
    allocator,
    threads,
    deterministic,
    pool,
    workerLost: lost.promise,
  });
};

const reserveMemory = (shared: boolean): { memory: WebAssembly.Memory; maximum: number } => {
  for (const maximum of maximumPages) {
    try {
      return { memory: new WebAssembly.Memory({ initial: 64, maximum, shared }), maximum };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  throw new OutOfMemoryError("the engine does not give the WASM device a memory of even 256 MiB");
};
