// onnxruntime-node on the processor: native code (MLAS), no WASM between it and the machine. A ceiling, not a peer that a
// page could have.
import type { OpenParticipant } from "../participant.ts";
import { prepareSession } from "./onnx-session.ts";

const open: OpenParticipant = async ({ threads }) => {
  const ort = await import("onnxruntime-node");
  return {
    name: "onnxruntime-node",
    version: ort.env.versions.node ?? "unknown",
    device: `native (${threads} ${threads === 1 ? "thread" : "threads"})`,
    prepare: (workload) =>
      prepareSession(ort, workload, { executionProviders: ["cpu"], intraOpNumThreads: threads, interOpNumThreads: 1 }),
  };
};

export default open;
