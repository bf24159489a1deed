// TensorFlow.js on its WASM backend (XNNPACK). Eager: a call computes at once. Its own rule takes half the machine's cores
// and no threads at all in Node, so that all-threads runs tell it of twice the cores and lend it a page's Worker.
import { createRequire, syncBuiltinESMExports } from "node:module";
import { dirname, join } from "node:path";
import type { OpenParticipant, Prepared } from "../participant.ts";
import { inputsOf, type Workload } from "../workload.ts";
import { installBlobWorker } from "./blob-worker.ts";

const require = createRequire(import.meta.url);

const open: OpenParticipant = async ({ threads }) => {
  if (threads > 1) {
    installBlobWorker();
    const os: typeof import("node:os") = require("node:os");
    const cores = os.cpus();
    os.cpus = () =>
      Array.from({ length: 2 * threads }, (_, i) => cores[i % cores.length] ?? cores[0]).filter(
        (core) => core !== undefined,
      );
    syncBuiltinESMExports();
  }
  const tf: typeof import("@tensorflow/tfjs") = require("@tensorflow/tfjs");
  const wasm: typeof import("@tensorflow/tfjs-backend-wasm") = require("@tensorflow/tfjs-backend-wasm");
  wasm.setWasmPaths(join(dirname(require.resolve("@tensorflow/tfjs-backend-wasm/package.json")), "dist/"));
  tf.env().set("WASM_HAS_SIMD_SUPPORT", true);
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", threads > 1);
  if (threads > 1) wasm.setThreadsCount(threads);
  // A backend that cannot start makes way for the plain JavaScript one without a word; that would be no peer.
  if (!(await tf.setBackend("wasm"))) throw new Error("tfjs could not start its WASM backend");
  await tf.ready();
  const got = wasm.getThreadsCount();
  if (got !== threads && threads > 1) throw new Error(`tfjs took ${got} threads where ${threads} were asked for`);

  type Tensor = import("@tensorflow/tfjs").Tensor;
  const callOf = (workload: Workload, x: Tensor, y: Tensor): (() => Tensor) => {
    switch (workload.kind) {
      case "matmul":
        return () => tf.matMul(x, y);
      case "function":
        return () => tf[workload.function](x);
      case "chain":
        return () => x.mul(1.5).add(0.25).maximum(0).mul(0.5).sub(1).minimum(3);
      case "sum":
        return () => tf.sum(x, workload.axis);
      case "softmax":
        return () => tf.softmax(x);
      case "small-add":
        return () => tf.add(x, y);
      case "small-matmuls":
        return () => {
          let result = x;
          for (let step = 0; step < workload.steps; step++) result = tf.matMul(result, y);
          return result;
        };
    }
  };

  return {
    name: "tfjs-wasm",
    version: tf.version.tfjs,
    device: `wasm (${threads} ${threads === 1 ? "thread" : "threads"})`,
    prepare: async (workload): Promise<Prepared> => {
      const inputs = inputsOf(workload).map(({ shape, data }) => tf.tensor(data, [...shape]));
      const x = inputs[0] ?? tf.scalar(0);
      const call = callOf(workload, x, inputs[1] ?? x);
      return {
        // tidy frees what the call made, its result included: it is disposed, not kept.
        run: () => {
          tf.tidy(() => {
            call();
          });
        },
        output: async () => {
          const result = tf.tidy(call);
          const data = await result.data();
          result.dispose();
          return data;
        },
        dispose: () => {
          for (const tensor of inputs) tensor.dispose();
        },
      };
    },
  };
};

export default open;
