// What a page gives: fetch, Workers, the number of processors. One function for each concern.
import { UnsupportedError } from "./error.ts";
import type { PoolWorker } from "./wasm/pool-worker.ts";
import type { WasmBuild } from "./wasm/wasm-build.ts";
import type { WorkerStart } from "./wasm/worker.ts";

/** A WASM build by its target's name, compiled, and its bytes; the file lies beside the bundle. */
export const loadWasmBuild = async (target: string): Promise<WasmBuild> => {
  const url = new URL(`../../kernels/dist/wasm/millrace.${target}.wasm`, import.meta.url);
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.href} cannot be loaded: ${response.status} ${response.statusText}`);
  // Compiled while it comes, and kept compiled in the browser's cache, where the server gives it its type.
  const streamed =
    response.headers.get("content-type") === "application/wasm"
      ? WebAssembly.compileStreaming(response.clone())
      : undefined;
  const bytes = new Uint8Array(await response.arrayBuffer());
  return { bytes, module: await (streamed ?? WebAssembly.compile(bytes)) };
};

/** Processors that the browser admits to. */
export const processorCount = (): number => navigator.hardwareConcurrency || 1;

/** Only a cross-origin isolated page may share memory with its workers. */
export const canShareMemory = (): boolean => typeof SharedArrayBuffer === "function" && crossOriginIsolated;

/** A page's main thread may not wait; its workers may. */
export const mayBlockThisThread = (): boolean => typeof document === "undefined";

/** Starts a thread of the pool. */
export const startPoolWorker = (start: WorkerStart): PoolWorker => {
  const worker = new Worker(new URL("./wasm/worker.browser.ts", import.meta.url), { type: "module" });
  const lost = new Promise<Error>((resolve) => {
    worker.addEventListener("error", (event) => resolve(new Error(event.message || "the worker could not be started")));
  });
  const ready = new Promise<void>((resolve, reject) => {
    worker.addEventListener("message", () => resolve(), { once: true });
    lost.then(reject);
  });
  ready.catch(() => {});
  worker.postMessage(start);
  return { ready, lost, end: () => worker.terminate() };
};

const keptKey = (name: string): string => `millrace/${name}`;

/** What was kept under a name by this page's origin, if anything; nothing where storage is forbidden, or in a worker. */
export const readKept = async (name: string): Promise<string | undefined> => {
  try {
    return localStorage.getItem(keptKey(name)) ?? undefined;
  } catch {
    return undefined;
  }
};

/** Keeps a text under a name. @throws where storage is forbidden or full, or in a worker */
export const writeKept = async (name: string, text: string): Promise<void> => localStorage.setItem(keptKey(name), text);

/** Where GPU adapters come from: the browser. */
export const webgpuEntry = async (): Promise<GPU> => {
  if (typeof navigator === "undefined" || !("gpu" in navigator))
    throw new UnsupportedError("this browser, or a page without https, has no WebGPU (navigator.gpu)");
  return navigator.gpu;
};
