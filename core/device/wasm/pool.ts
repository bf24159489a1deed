// The thread pool of a WASM device: workers that live inside WASM on the shared memory, and the modules published to them.
import { mayBlockThisThread, startPoolWorker } from "#platform";
import type { Allocator } from "./allocator.ts";
import { controlBytes, controlWord } from "./instance.ts";
import type { PoolWorker } from "./pool-worker.ts";

/** Bytes of each thread's own: an edge tile, a packed block of A and a panel of B; see matmul.wasm.ts. */
export const arenaBytes = 256 + (96 + 512) * 512 * 4;

export interface Pool {
  /** Address of the shared words. */
  readonly control: number;
  /** Gives an emitted module to all workers, which load it before their next work. */
  readonly publish: (bytes: Uint8Array, tableIndex: number) => void;
  /** True when a worker trapped. */
  readonly failed: () => boolean;
  readonly close: () => void;
}

/** What a pool tells of its workers. */
export interface PoolEvents {
  /** A worker that had joined has gone, perhaps with a share of the work. */
  readonly onLost: (error: Error) => void;
  /** A worker could not be started. The others, and the first thread, do its share. */
  readonly onMissing: (error: Error) => void;
}

/**
 * Starts `threads` - 1 workers. Work need not wait for them: whoever is there takes the chunks of a launch, and a worker
 * that joins later takes its share of the next.
 */
export const startPool = (
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  allocator: Allocator,
  threads: number,
  { onLost, onMissing }: PoolEvents,
): Pool => {
  const control = allocator.allocate(controlBytes);
  const words = (): Int32Array => new Int32Array(memory.buffer);
  const at = (word: number): number => (control >>> 2) + word;
  words().fill(0, at(0), at(0) + controlBytes / 4);
  words()[at(controlWord.threads)] = threads;
  words()[at(controlWord.mayWait)] = mayBlockThisThread() ? 1 : 0;
  const workers: PoolWorker[] = [];
  let closed = false;
  const close = (): void => {
    closed = true;
    const now = words();
    Atomics.store(now, at(controlWord.stop), 1);
    Atomics.add(now, at(controlWord.generation), 1);
    Atomics.notify(now, at(controlWord.generation));
    for (const worker of workers) worker.end();
  };
  for (let i = 1; i < threads; i++)
    workers.push(startPoolWorker({ module, memory, control, arena: allocator.allocate(arenaBytes) }));
  for (const worker of workers)
    worker.ready.then(
      () => worker.lost.then(onLost),
      (error: Error) => {
        if (!closed) onMissing(error);
      },
    );
  let last = 0;
  return {
    control,
    publish: (bytes, tableIndex) => {
      const record = allocator.allocate(12 + bytes.byteLength);
      const now = words();
      now[record >>> 2] = 0;
      now[(record >>> 2) + 1] = tableIndex;
      now[(record >>> 2) + 2] = bytes.byteLength;
      new Uint8Array(memory.buffer, record + 12, bytes.byteLength).set(bytes);
      now[last === 0 ? at(controlWord.firstModule) : last >>> 2] = record;
      last = record;
      Atomics.add(now, at(controlWord.modules), 1);
    },
    failed: () => Atomics.load(words(), at(controlWord.failed)) !== 0,
    close,
  };
};
