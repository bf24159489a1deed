// The machine and the runtime that a result holds for. No host name: a result says what the machine is, not whose.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { arch, cpus, platform, totalmem } from "node:os";
import { join } from "node:path";

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly megahertz: number;
  readonly memoryGiB: number;
  readonly platform: string;
  readonly node: string;
  readonly v8: string;
  /** The commit measured, and whether the tree had changes beside it. */
  readonly commit: string;
}

const commit = (): string => {
  const git = (...words: string[]): string =>
    execFileSync("git", words, {
      cwd: import.meta.dirname,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  try {
    return `${git("rev-parse", "--short=12", "HEAD")}${git("status", "--porcelain", "--untracked-files=no") ? "+" : ""}`;
  } catch {
    // An archive of these files says what it was packed from.
    const file = join(import.meta.dirname, "commit.txt");
    return existsSync(file) ? readFileSync(file, "utf8") : "not in a repository";
  }
};

export const describeMachine = (): Machine => ({
  cpu: cpus()[0]?.model.trim() || arch(),
  cores: cpus().length,
  megahertz: cpus()[0]?.speed ?? 0,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  platform: `${platform()} ${arch()}`,
  node: process.versions.node,
  v8: process.versions.v8,
  commit: commit(),
});

/** A name for the file of a run: processor and day. */
export const resultName = (machine: Machine, day: Date): string => {
  const cpu = machine.cpu
    .toLowerCase()
    .replace(/\(r\)|\(tm\)|cpu|processor|@.*$/g, " ")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  return `${cpu}-${machine.cores}-core-${day.toISOString().slice(0, 10)}.json`;
};
