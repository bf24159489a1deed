// The peers as modules that a page can import, bundled beside them once for each lockfile.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const peers = join(import.meta.dirname, "..", "peers");

const entries = {
  tfjs: `
    export * from "@tensorflow/tfjs";
    export { setWasmPaths, getThreadsCount } from "@tensorflow/tfjs-backend-wasm";
    export { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";`,
  "jax-js": `export * from "@jax-js/jax";`,
};

export const bundlePeers = async (): Promise<void> => {
  const folder = join(peers, "node_modules", ".page");
  const stamp = join(folder, "lock");
  const lock = `${readFileSync(join(peers, "package-lock.json"), "utf8")}${JSON.stringify(entries)}`;
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  for (const [name, contents] of Object.entries(entries))
    await build({
      stdin: { contents, resolveDir: peers },
      outfile: join(folder, `${name}.js`),
      bundle: true,
      format: "esm",
      platform: "browser",
      minify: true,
      logLevel: "error",
    });
  writeFileSync(stamp, lock);
};
