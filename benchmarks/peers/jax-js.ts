// jax-js on its WASM backend, under jit, which fuses and generates kernels. Every call takes ownership of its arguments, so
// what is used again is passed as `.ref`. It has threads where the process has a page's Worker, and none without.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { OpenParticipant, Prepared } from "../participant.ts";
import { taskOf } from "../workloads/index.ts";
import { installBlobWorker } from "./blob-worker.ts";
import { jaxFunctionOf } from "./jax-js-functions.ts";

const open: OpenParticipant = async ({ threads }) => {
  if (threads > 1) {
    installBlobWorker();
    // It makes as many workers as the navigator says there are cores.
    Object.defineProperty(globalThis, "navigator", { value: { hardwareConcurrency: threads }, configurable: true });
  }
  const jax = await import("@jax-js/jax");
  await jax.init("wasm");
  jax.defaultDevice("wasm");
  const installed = JSON.parse(
    readFileSync(join(import.meta.dirname, "node_modules/@jax-js/jax/package.json"), "utf8"),
  ) as { version: string };

  return {
    name: "jax-js",
    version: installed.version,
    device: `wasm (${threads} ${threads === 1 ? "thread" : "threads"})`,
    prepare: async (workload): Promise<Prepared | undefined> => {
      const work = jaxFunctionOf(jax, workload);
      if (work === undefined) return undefined;
      const arrays = taskOf(workload)
        .inputs()
        .map(({ shape, data }) => jax.numpy.array(data).reshape([...shape]));
      const compiled = jax.jit(work);
      const call = () => compiled(arrays.map((array) => array.ref));
      return {
        run: async () => {
          const result = call();
          await result.blockUntilReady();
          result.dispose();
        },
        output: async () => call().data(),
        dispose: () => {
          for (const array of arrays) array.dispose();
          compiled.dispose();
        },
      };
    },
  };
};

export default open;
