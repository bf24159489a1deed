// What the archive holds of our sources: each runs as it is, so nothing is built but the WASM modules.
import { globSync } from "node:fs";

const patterns = [
  "package.json",
  "core/**/*.ts",
  "core/package.json",
  "kernels/**/*.ts",
  "kernels/package.json",
  "kernels/dist/wasm/*.wasm",
  "benchmarks/*.ts",
  "benchmarks/package.json",
  "benchmarks/{suites,workloads,pack}/**/*.ts",
  "benchmarks/peers/*.{ts,json}",
  "benchmarks/table-peers/*.{ts,json}",
  "test/chromium-archive.ts",
  "test/software-gpu.ts",
  "test/kernels/contract-runner.ts",
];

/** Files of the repository that are packed, by their paths in it. */
export const packedSources = (root: string): string[] =>
  globSync(patterns, { cwd: root, exclude: (name) => /(^|\/)node_modules$/.test(name) }).filter(
    (file) => !/(^|\/)(dist\/(?!wasm)|node_modules\/)/.test(file) && !file.endsWith(".wasm.ts"),
  );
