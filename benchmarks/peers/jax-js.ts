// jax-js on its WASM backend, under jit, which fuses and generates kernels. Every call takes ownership of its arguments, so
// what is used again is passed as `.ref`. It has threads where the process has a page's Worker, and none without.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { OpenParticipant, Prepared } from "../participant.ts";
import { inputsOf, type Workload } from "../workload.ts";
import { installBlobWorker } from "./blob-worker.ts";

type Jax = typeof import("@jax-js/jax");
type JaxArray = InstanceType<Jax["Array"]>;

const open: OpenParticipant = async ({ threads }) => {
  if (threads > 1) {
    installBlobWorker();
    // It makes as many workers as the navigator says there are cores.
    Object.defineProperty(globalThis, "navigator", { value: { hardwareConcurrency: threads }, configurable: true });
  }
  const { init, defaultDevice, numpy: np, nn, jit } = await import("@jax-js/jax");
  await init("wasm");
  defaultDevice("wasm");
  const installed = JSON.parse(
    readFileSync(join(import.meta.dirname, "node_modules/@jax-js/jax/package.json"), "utf8"),
  ) as { version: string };

  /** The function that jit compiles, of a list of arrays. Each use of an argument but its last is a `.ref`. */
  const functionOf = (workload: Workload): ((inputs: JaxArray[]) => JaxArray) => {
    const unary =
      (f: (x: JaxArray) => JaxArray) =>
      ([x]: JaxArray[]): JaxArray => {
        if (x === undefined) throw new Error(`no input for ${workload.kind}`);
        return f(x);
      };
    const binary =
      (f: (x: JaxArray, y: JaxArray) => JaxArray) =>
      ([x, y]: JaxArray[]): JaxArray => {
        if (x === undefined || y === undefined) throw new Error(`too few inputs for ${workload.kind}`);
        return f(x, y);
      };
    switch (workload.kind) {
      case "matmul":
        return binary((x, y) => np.matmul(x, y));
      case "function":
        return unary({ exp: np.exp, log: np.log, tanh: np.tanh, sigmoid: nn.sigmoid }[workload.function]);
      case "chain":
        return unary((x) => np.minimum(np.maximum(x.mul(1.5).add(0.25), 0).mul(0.5).sub(1), 3));
      case "sum":
        return unary((x) => np.sum(x, workload.axis));
      case "softmax":
        return unary((x) => nn.softmax(x));
      case "small-add":
        return binary((x, y) => x.add(y));
      case "small-matmuls":
        return binary((x, y) => {
          let result = x;
          for (let step = 0; step < workload.steps; step++) result = np.matmul(result, y.ref);
          y.dispose();
          return result;
        });
    }
  };

  return {
    name: "jax-js",
    version: installed.version,
    device: `wasm (${threads} ${threads === 1 ? "thread" : "threads"})`,
    prepare: async (workload): Promise<Prepared> => {
      const arrays = inputsOf(workload).map(({ shape, data }) => np.array(data).reshape([...shape]));
      const compiled = jit(functionOf(workload));
      const call = (): JaxArray => compiled(arrays.map((array) => array.ref));
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
