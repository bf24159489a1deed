// What Node gives that pages do not: files, worker threads, the number of processors. One function for each concern.
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { availableParallelism, homedir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { UnsupportedError } from "./error.ts";
import type { PoolWorker } from "./wasm/pool-worker.ts";
import type { WasmBuild } from "./wasm/wasm-build.ts";
import type { WorkerStart } from "./wasm/worker.ts";

/** A WASM build by its target's name, compiled, and its bytes. */
export const loadWasmBuild = async (target: string): Promise<WasmBuild> => {
  const bytes = new Uint8Array(
    await readFile(new URL(`../../kernels/dist/wasm/millrace.${target}.wasm`, import.meta.url)),
  );
  return { bytes, module: await WebAssembly.compile(bytes) };
};

/** Processors that this process may use. */
export const processorCount = (): number => availableParallelism();

/** Shared memory is always there in Node. */
export const canShareMemory = (): boolean => typeof SharedArrayBuffer === "function";

/** Node may block any of its threads. */
export const mayBlockThisThread = (): boolean => true;

/**
 * Starts a thread of the pool; it does not keep the process alive. It takes none of the process's own options, as some
 * (--input-type, --inspect-brk) do not suit a worker.
 */
export const startPoolWorker = (start: WorkerStart): PoolWorker => {
  const worker = new Worker(new URL("./wasm/worker.node.ts", import.meta.url), { workerData: start, execArgv: [] });
  let opened: (() => void) | undefined;
  let failed: ((error: Error) => void) | undefined;
  const lost = new Promise<Error>((resolve) => {
    worker.once("error", (error) => resolve(error instanceof Error ? error : new Error(String(error))));
    worker.once("exit", (code) => resolve(new Error(`the worker ended with code ${code}`)));
  });
  const ready = new Promise<void>((resolve, reject) => {
    opened = resolve;
    failed = reject;
  });
  worker.once("message", () => {
    worker.unref();
    opened?.();
  });
  lost.then((error) => failed?.(error));
  ready.catch(() => {});
  return { ready, lost, end: () => void worker.terminate() };
};

/** True unless this is a Linux without the Vulkan loader, where Dawn would write warnings and find nothing. */
const mayHaveGPU = (): boolean => {
  if (process.platform !== "linux") return true;
  try {
    process.dlopen({ exports: {} }, "libvulkan.so.1");
    return true;
  } catch (error) {
    // It is no Node addon, which Node says only after it has found and loaded it.
    return String(error).includes("did not self-register");
  }
};

/** Where programs of this user keep what they can make again. */
const cacheFolder = (): string => {
  if (process.platform === "win32") return process.env.LOCALAPPDATA ?? join(homedir(), "AppData", "Local");
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches");
  // The XDG specification says to pass over a path that is not absolute.
  const { XDG_CACHE_HOME: named = "" } = process.env;
  return named.startsWith("/") ? named : join(homedir(), ".cache");
};

const keptFile = (name: string, folder = join(cacheFolder(), "millrace")): string => join(folder, `${name}.json`);

/** What was kept under a name on this machine, if anything. */
export const readKept = async (name: string, folder?: string): Promise<string | undefined> => {
  try {
    return await readFile(keptFile(name, folder), "utf8");
  } catch {
    return undefined;
  }
};

/** Keeps a text under a name: all of it or nothing, whoever else writes or reads it. */
export const writeKept = async (name: string, text: string, folder?: string): Promise<void> => {
  const file = keptFile(name, folder);
  const written = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  await mkdir(join(file, ".."), { recursive: true });
  try {
    await writeFile(written, text);
    await rename(written, file);
  } catch (error) {
    await rm(written, { force: true });
    throw error;
  }
};

/** Kept for good: Dawn crashes when it is collected while an event of any of its devices is on its way. */
let dawnEntry: GPU | undefined;

/** Where GPU adapters come from: Dawn, from the optional package "webgpu". */
export const webgpuEntry = async (): Promise<GPU> => {
  if (dawnEntry) return dawnEntry;
  if (!mayHaveGPU())
    throw new UnsupportedError('this system has no Vulkan (libvulkan.so.1), hence no GPU; use the "wasm" device');
  const dawn = await import("webgpu").catch((error: unknown) => {
    throw new UnsupportedError(
      `WebGPU in Node needs the package "webgpu" (npm install webgpu), which cannot be loaded: ${String(error)}`,
    );
  });
  dawnEntry ??= dawn.create([
    // Dawn rounds timestamps to 0.1 ms, as browsers do against spying pages; a program on its own machine need not.
    "disable-dawn-features=timestamp_quantization",
    // Dawn hides f16 of NVIDIA's Vulkan driver, and matrix units, unless it is told; a page cannot tell it.
    "enable-dawn-features=allow_unsafe_apis,vulkan_enable_f16_on_nvidia,use_vulkan_memory_model",
  ]);
  return dawnEntry;
};
