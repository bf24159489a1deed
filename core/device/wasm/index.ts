// Opening the WASM device.
import { OutOfMemoryError } from "../error.ts";
import { createAllocator } from "./allocator.ts";
import { instantiateBuild } from "./instance.ts";
import { arenaBytes, type Pool, startPool } from "./pool.ts";
import { type LoadedBuild, loadBuild, type OpenWasmDeviceOptions } from "./wasm-build.ts";
import { WasmDevice } from "./wasm-device.ts";

export { WasmDevice } from "./wasm-device.ts";

const pageBytes = 65_536;
/** 4 GiB, or what the engine will promise. */
const maximumPages = [65_536, 32_768, 16_384, 4_096];

/**
 * Opens a WASM device: the relaxed build where the engine has relaxed SIMD, with a pool of threads where memory can be
 * shared. The threads start while the first work is done: it does not wait for them.
 * @throws UnsupportedError without WASM SIMD, ArgumentError for a number of threads that is not a whole number from 1 to 64
 * @example
 * using device = await openWasmDevice({ threads: 2 });
 * device.name; // "wasm (relaxed-simd, 2 threads)"
 */
export const openWasmDevice = async (
  options: OpenWasmDeviceOptions = {},
  build: Promise<LoadedBuild> = loadBuild(options),
): Promise<WasmDevice> => {
  const { bytes, module, choice, threads } = await build;
  const deterministic = options.deterministic ?? false;
  const { memory, maximum } = reserveMemory(choice.shared);
  const instance = instantiateBuild(module, memory, () => {});
  const allocator = createAllocator(memory, instance.exports.heapBase(), maximum * pageBytes);
  instance.exports.setArena(allocator.allocate(arenaBytes));
  const lost = Promise.withResolvers<Error>();
  let pool: Pool | undefined;
  if (threads > 1) {
    pool = startPool(module, memory, allocator, threads, {
      onLost: lost.resolve,
      onMissing: (error) =>
        console.warn(
          `a thread of the WASM device's ${threads} cannot be started, the others do its work: ${error.message}; open it with fewer { threads }`,
        ),
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
