// TensorFlow.js in a page's worker, on its WASM or its WebGPU backend, from the bundle that the page's server makes.
import type { OpenParticipant } from "../participant.ts";
import { finishOn } from "./tfjs-gpu.ts";
import { prepareTfjs } from "./tfjs-prepare.ts";

type Bundle = typeof import("@tensorflow/tfjs") &
  Pick<typeof import("@tensorflow/tfjs-backend-wasm"), "setWasmPaths" | "getThreadsCount"> &
  Pick<typeof import("@tensorflow/tfjs-backend-webgpu"), "WebGPUBackend">;

// Vite would take a template beside import.meta.url for a list of files.
const here = import.meta.url;
const address = (path: string): string => new URL(`./node_modules/${path}`, here).href;

const open: OpenParticipant = async ({ device }) => {
  const tf: Bundle = await import(/* @vite-ignore */ address(".page/tfjs.js"));
  tf.setWasmPaths(address("@tensorflow/tfjs-backend-wasm/dist/"));
  if (!(await tf.setBackend(device))) throw new Error(`tfjs could not start its ${device} backend`);
  await tf.ready();
  const backend = tf.backend();
  const gpu = backend instanceof tf.WebGPUBackend ? finishOn(backend) : undefined;
  return {
    name: `tfjs-${device}`,
    version: tf.version.tfjs,
    device: gpu ? "webgpu" : `wasm (${tf.getThreadsCount()} threads)`,
    prepare: async (workload) => {
      const prepared = prepareTfjs(tf, workload);
      return prepared && gpu ? { ...prepared, finish: gpu } : prepared;
    },
  };
};

export default open;
