// Child processes for tests that kill: started with the same Node and conditions as the test, ended with it.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";

export type Child = {
  readonly process: ChildProcess;
  /** The next line that the child prints, read as JSON; undefined when it ended without one. */
  read(): Promise<Record<string, unknown> | undefined>;
  /** Waits for the end, after a signal if one is given; returns the exit code, or the signal that ended it. */
  end(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
};

/** Starts a script beside this file. */
export function startChild(script: string, given: readonly string[], account?: { uid: number; gid: number }): Child {
  const child = spawn(
    process.execPath,
    ["--conditions=millrace-source", path.join(import.meta.dirname, script), ...given],
    { stdio: ["ignore", "pipe", "inherit"], ...account },
  );
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  const exited = once(child, "exit");
  const lines = createInterface({ input: child.stdout });
  const waiting = lines[Symbol.asyncIterator]();
  return {
    process: child,
    async read() {
      const { value, done } = await waiting.next();
      if (done === true) return undefined;
      const parsed: unknown = JSON.parse(value);
      return typeof parsed === "object" && parsed !== null ? { ...parsed } : undefined;
    },
    async end(signal) {
      if (signal !== undefined && child.exitCode === null && child.signalCode === null) child.kill(signal);
      await exited;
      return child.exitCode ?? child.signalCode;
    },
  };
}
