// A kernel thread from outside: started at the first task, kept for the next ones, started anew when it dies.
import { Worker } from "node:worker_threads";
import { DomainError, type InputPath } from "../domain/error.ts";
import type { Failure, FromThread, KernelOutcome, KernelTask, Report, ThreadSettings, ToThread } from "./messages.ts";

/** A thread that does not end by itself is terminated after this long. */
const CLOSE_PATIENCE_MILLISECONDS = 3_000;

/** A failure of the compute core that its caller can mend: the code is core's own. */
export class ComputeRefused extends DomainError {
  readonly code: string;

  constructor(failure: Failure & { readonly code: string }, path: InputPath) {
    super(failure.message, path);
    this.code = failure.code;
  }
}

/** The thread ended in the middle of a task. The task can be tried again from its checkpoint. */
export class KernelThreadLost extends Error {}

/** What comes out of a task while it runs. */
export type TaskListener = {
  readonly report: (report: Report) => void;
  /** Keeps a checkpoint; the task waits for it. */
  readonly checkpoint?: (position: Readonly<Record<string, string | number>>, state: Uint8Array) => Promise<void>;
  /** Takes a chunk of predictions; the task waits for it. */
  readonly predicted?: (chunk: Extract<FromThread, { say: "predicted" }>) => Promise<void>;
};

export type KernelThread = {
  /**
   * Runs a task. When the signal aborts, the kernels stop at their next step and the promise rejects with its reason.
   * @throws ComputeRefused for what core refuses, KernelThreadLost, or an Error for a defect
   */
  run<Task extends KernelTask>(
    task: Task,
    listener: TaskListener,
    signal: AbortSignal,
  ): Promise<Extract<KernelOutcome, { kind: Task["kind"] }>>;
  close(): Promise<void>;
};

type Pending = {
  readonly listener: TaskListener;
  readonly resolve: (outcome: KernelOutcome) => void;
  readonly reject: (error: unknown) => void;
};

/** Core's failures that are not the caller's to mend: the attempt crashed and is tried again. */
const crashes: ReadonlySet<string> = new Set(["DEVICE_LOST"]);

const errorOf = (failure: Failure): Error => {
  const { code, column, row } = failure;
  if (code !== undefined && !crashes.has(code))
    return new ComputeRefused({ ...failure, code }, [
      ...(column === undefined ? [] : ["columns", column]),
      ...(row === undefined ? [] : ["rows", row]),
    ]);
  const error = new Error(`${failure.name}: ${failure.message}`);
  if (failure.stack !== undefined) error.stack = failure.stack;
  return error;
};

/** Run from source or from the published package: the worker's script has the extension of this one. */
const script = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);

/** A kernel thread; nothing is started before the first task. */
export const createKernelThread = (settings: ThreadSettings): KernelThread => {
  let worker: Worker | undefined;
  let last = 0;
  const pending = new Map<number, Pending>();

  const lose = (from: Worker, reason: string): void => {
    if (worker === from) worker = undefined;
    for (const [id, { reject }] of pending) {
      pending.delete(id);
      reject(new KernelThreadLost(`The kernel thread ended in the middle of its work: ${reason}.`));
    }
  };

  const hand = async (from: Worker, id: number, work: Promise<void> | undefined, own: Pending): Promise<void> => {
    try {
      await work;
    } catch (error) {
      pending.delete(id);
      own.reject(error);
      from.postMessage({ id, say: "abort" } satisfies ToThread);
    }
    from.postMessage({ id, say: "taken" } satisfies ToThread);
  };

  const hear = (from: Worker, message: FromThread): void => {
    const own = pending.get(message.id);
    if (!own) {
      if (message.say === "checkpoint" || message.say === "predicted")
        from.postMessage({ id: message.id, say: "taken" } satisfies ToThread);
      return;
    }
    own.listener.report(message.report);
    if (message.say === "checkpoint")
      void hand(from, message.id, own.listener.checkpoint?.(message.position, message.state), own);
    else if (message.say === "predicted") void hand(from, message.id, own.listener.predicted?.(message), own);
    else if (message.say === "done" || message.say === "failed") {
      pending.delete(message.id);
      if (pending.size === 0) from.unref();
      if (message.say === "done") own.resolve(message.outcome);
      else own.reject(errorOf(message.failure));
    }
  };

  const open = (): Worker => {
    if (worker) return worker;
    const started = new Worker(script, { workerData: settings, name: "kernels" });
    worker = started;
    started.on("message", (message: FromThread) => hear(started, message));
    started.on("error", (error) => lose(started, error instanceof Error ? error.message : String(error)));
    started.on("exit", (code) => lose(started, `exit code ${code}`));
    return started;
  };

  return {
    async run<Task extends KernelTask>(task: Task, listener: TaskListener, signal: AbortSignal) {
      signal.throwIfAborted();
      const thread = open();
      thread.ref();
      const id = ++last;
      const onAbort = (): void => {
        thread.postMessage({ id, say: "abort" } satisfies ToThread);
      };
      signal.addEventListener("abort", onAbort);
      try {
        const outcome = await new Promise<KernelOutcome>((resolve, reject) => {
          pending.set(id, { listener, resolve, reject });
          thread.postMessage({ id, say: "start", task } satisfies ToThread);
        });
        return outcome as Extract<KernelOutcome, { kind: Task["kind"] }>;
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      } finally {
        signal.removeEventListener("abort", onAbort);
      }
    },
    async close() {
      const closing = worker;
      worker = undefined;
      if (!closing) return;
      const gone = new Promise<void>((resolve) => closing.once("exit", () => resolve()));
      closing.ref();
      closing.postMessage({ id: 0, say: "close" } satisfies ToThread);
      const timer = setTimeout(() => void closing.terminate(), CLOSE_PATIENCE_MILLISECONDS);
      await gone;
      clearTimeout(timer);
    },
  };
};
