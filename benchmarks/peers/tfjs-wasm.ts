// TensorFlow.js on its WASM backend (XNNPACK). Eager: a call computes at once. Its own rule takes half the machine's cores
// and no threads at all in Node, so that all-threads runs tell it of twice the cores and lend it a page's Worker.
import { createRequire, syncBuiltinESMExports } from "node:module";
import { dirname, join } from "node:path";
import type { OpenParticipant } from "../participant.ts";
import { installBlobWorker } from "./blob-worker.ts";
import { prepareTfjs } from "./tfjs-prepare.ts";

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

  return {
    name: "tfjs-wasm",
    version: tf.version.tfjs,
    device: `wasm (${threads} ${threads === 1 ? "thread" : "threads"})`,
    prepare: async (workload) => prepareTfjs(tf, workload),
  };
};

export default open;
