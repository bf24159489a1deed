// jax-js under jit, which fuses and generates kernels, on its WASM or its WebGPU backend. On WASM it has threads where the
// process has a page's Worker, and none without. Every call takes ownership of its arguments: what is used again is passed as `.ref`.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { OpenParticipant } from "../participant.ts";
import { installBlobWorker } from "./blob-worker.ts";
import { installWebGPU } from "./dawn.ts";
import { prepareJax } from "./jax-js-prepare.ts";

const open: OpenParticipant = async ({ threads, device }) => {
  if (device === "webgpu") installWebGPU();
  else if (threads > 1) {
    installBlobWorker();
    // It makes as many workers as the navigator says there are cores.
    Object.defineProperty(globalThis, "navigator", { value: { hardwareConcurrency: threads }, configurable: true });
  }
  const jax = await import("@jax-js/jax");
  const devices = await jax.init(device);
  if (!devices.includes(device)) throw new Error(`jax-js could not start its ${device} backend`);
  jax.defaultDevice(device);
  const installed: { version: string } = JSON.parse(
    readFileSync(join(import.meta.dirname, "node_modules/@jax-js/jax/package.json"), "utf8"),
  );
  return {
    name: "jax-js",
    version: installed.version,
    device: device === "webgpu" ? "webgpu" : `wasm (${threads} ${threads === 1 ? "thread" : "threads"})`,
    prepare: async (workload) => prepareJax(jax, workload, device),
  };
};

export default open;
