// TensorFlow.js on its WebGPU backend. A call encodes its kernels; they are submitted in batches and waited for at the end
// of a sample.
import { createRequire } from "node:module";
import type { OpenParticipant } from "../participant.ts";
import { installWebGPU } from "./dawn.ts";
import { finishOn } from "./tfjs-gpu.ts";
import { prepareTfjs } from "./tfjs-prepare.ts";

const require = createRequire(import.meta.url);

const open: OpenParticipant = async () => {
  installWebGPU();
  const tf: typeof import("@tensorflow/tfjs") = require("@tensorflow/tfjs");
  const {
    WebGPUBackend,
  }: typeof import("@tensorflow/tfjs-backend-webgpu") = require("@tensorflow/tfjs-backend-webgpu");
  if (!(await tf.setBackend("webgpu"))) throw new Error("tfjs could not start its WebGPU backend");
  await tf.ready();
  const backend = tf.backend();
  if (!(backend instanceof WebGPUBackend)) throw new Error(`tfjs started ${tf.getBackend()} where WebGPU was due`);
  const finish = finishOn(backend);
  return {
    name: "tfjs-webgpu",
    version: tf.version.tfjs,
    device: "webgpu",
    prepare: async (workload) => {
      const prepared = prepareTfjs(tf, workload);
      return prepared && { ...prepared, finish };
    },
  };
};

export default open;
