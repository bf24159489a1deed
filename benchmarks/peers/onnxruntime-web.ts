// onnxruntime-web's WASM execution provider.
import type { OpenParticipant } from "../participant.ts";
import { prepareSession } from "./onnx-session.ts";

const open: OpenParticipant = async ({ threads }) => {
  const ort = await import("onnxruntime-web");
  ort.env.wasm.numThreads = threads;
  return {
    name: "onnxruntime-web",
    version: ort.env.versions.web ?? "unknown",
    device: `wasm (${threads} ${threads === 1 ? "thread" : "threads"})`,
    prepare: (workload) => prepareSession(ort, workload, { executionProviders: ["wasm"] }),
  };
};

export default open;
