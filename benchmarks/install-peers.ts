// Installs the peers on first use, from their own lockfile: nobody who does not compare pays for 450 MB of them.
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Installs what a folder's lockfile names unless that is what is there. @throws with npm's words when it fails */
export const installLockfile = (folder: string, announce: () => void): void => {
  const lock = createHash("sha256")
    .update(readFileSync(join(folder, "package-lock.json")))
    .digest("hex");
  const stamp = join(folder, "node_modules", ".installed");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  announce();
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  try {
    execFileSync(npm, ["--version"], { stdio: "ignore", shell: process.platform === "win32" });
  } catch {
    throw new Error("npm is not on the path, so the peers cannot be installed");
  }
  const result = spawnSync(
    npm,
    ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--workspaces=false", "--loglevel=error"],
    {
      cwd: folder,
      encoding: "utf8",
      shell: process.platform === "win32",
      // npm run tells its children where the workspace is; the peers are no part of it.
      env: Object.fromEntries(
        Object.entries(process.env).filter(([name]) => !/^npm_config_(local_prefix|prefix|workspace)/.test(name)),
      ),
    },
  );
  if (result.status !== 0) throw new Error(`installing the peers failed\n${result.stdout}${result.stderr}`);
  writeFileSync(stamp, lock);
};

/** Installs a folder's peers. @throws saying how to do without them when that fails */
const installFrom = (folder: string, announce: () => void): void => {
  try {
    installLockfile(join(import.meta.dirname, folder), announce);
  } catch (error) {
    throw new Error(
      `run with --no-peers to do without the peers, or through \`npm run bench\`: ${error instanceof Error ? error.message : error}`,
    );
  }
};

/** Installs the peers of tensors. @throws saying how to do without them when that fails */
export const installPeers = (say: (line: string) => void): void =>
  installFrom("peers", () => {
    say("Installing the peers of the benchmarks (tfjs, jax-js, onnxruntime: about 700 MB), once ...");
  });

/** Installs the peers of tables. @throws saying how to do without them when that fails */
export const installTablePeers = (say: (line: string) => void): void =>
  installFrom("table-peers", () => {
    say("Installing the peers of tables (arquero: 16 MB), once ...");
  });
