// Packing a workspace as npm would publish it, and running things far from this repository.
import { execFile } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export const root = join(import.meta.dirname, "../..");

/** Variables of an outer `npm run` name this workspace and its Node options; a user's shell has neither. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_OPTIONS$|VITEST|NODE_ENV$)/i.test(name)),
);

/** Runs a program and gives its standard output; a failure carries both outputs. */
export const execute = async (program: string, options: readonly string[], cwd: string): Promise<string> => {
  const { stdout } = await run(program, options, { cwd, env: environment, maxBuffer: 1 << 26 });
  return stdout;
};

export interface PackedPackage {
  readonly name: string;
  readonly filename: string;
  readonly files: readonly { readonly path: string; readonly size: number; readonly mode: number }[];
}

/** Packs one package; without a folder nothing is written. */
export const pack = async (name: string, folder?: string): Promise<PackedPackage> => {
  const options = folder === undefined ? ["--dry-run"] : ["--pack-destination", folder];
  const output = await execute("npm", ["pack", "--json", "--workspace", name, ...options], root);
  const answer: unknown = JSON.parse(output);
  // npm 11 gives a list; later versions an object by package name.
  const [packed] = Array.isArray(answer) ? answer : Object.values(answer ?? {});
  return packed;
};

/** A user's empty folder with core installed from its tarball, and no registry within reach. The caller removes it. */
export const installCore = async (): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-package-"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "somebody", private: true, type: "module" }));
  const { filename } = await pack("@millrace/core", folder);
  await execute("npm", ["install", "--offline", "--no-audit", "--no-fund", `./${filename}`], folder);
  return folder;
};
