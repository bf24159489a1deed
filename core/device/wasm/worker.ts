// What a worker of the pool does, whatever started it: instantiate the build on the shared memory, say so, and live in WASM.
import { controlWord, instantiateBuild, instantiateEmitted } from "./instance.ts";

/** Sent to a worker once. */
export interface WorkerStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Address of the pool's control words. */
  readonly control: number;
  /** Address of this worker's arena. */
  readonly arena: number;
}

/**
 * Joins the pool; returns when the pool is closed. `ready` is called just before the loop starts. A trap in a kernel marks
 * the pool as failed and wakes whoever waits for this worker's share.
 */
export const runWorker = ({ module, memory, control, arena }: WorkerStart, ready: () => void): void => {
  const words = (): Int32Array => new Int32Array(memory.buffer);
  let record = 0;
  const loadModule = (): void => {
    const now = words();
    record = record === 0 ? (now[(control >>> 2) + controlWord.firstModule] ?? 0) : (now[record >>> 2] ?? 0);
    const [index = 0, byteLength = 0] = now.subarray((record >>> 2) + 1, (record >>> 2) + 3);
    // Modules are compiled from memory that is not shared; V8 finds the code that the first thread compiled.
    const bytes = new Uint8Array(memory.buffer, record + 12, byteLength).slice();
    const own = build.addFunction(instantiateEmitted(new WebAssembly.Module(bytes), memory));
    if (own !== index) throw new RangeError(`a map kernel has table index ${own} in a worker, but ${index} outside`);
  };
  const build = instantiateBuild(module, memory, loadModule);
  build.exports.setControl(control);
  build.exports.setArena(arena);
  ready();
  try {
    build.exports.workerLoop();
  } catch (error) {
    Atomics.store(words(), (control >>> 2) + controlWord.failed, 1);
    Atomics.notify(words(), (control >>> 2) + controlWord.pending);
    throw error;
  }
};
