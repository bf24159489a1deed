// onnxruntime-web's WASM execution provider with all graph optimisations. A call copies its inputs into the runtime's heap
// and its result out of it: its API has no way around that, so an app pays it and so does the figure.
import type { OpenParticipant, Prepared } from "../participant.ts";
import { taskOf } from "../workloads/index.ts";
import { onnxGraphOf } from "./onnx-graphs.ts";
import { onnxModel } from "./onnx-model.ts";

const open: OpenParticipant = async ({ threads }) => {
  const ort = await import("onnxruntime-web");
  ort.env.wasm.numThreads = threads;
  return {
    name: "onnxruntime-web",
    version: ort.env.versions.web ?? "unknown",
    device: `wasm (${threads} ${threads === 1 ? "thread" : "threads"})`,
    prepare: async (workload): Promise<Prepared | undefined> => {
      const graph = onnxGraphOf(workload);
      if (graph === undefined) return undefined;
      const task = taskOf(workload);
      const inputs = task.inputs();
      const names = ["x", "y"].slice(0, inputs.length);
      const model = onnxModel({
        ...graph,
        inputs: Object.fromEntries(names.map((name, i) => [name, inputs[i]?.shape ?? []])),
        outputs: { z: task.outputShape },
      });
      const session = await ort.InferenceSession.create(model, {
        executionProviders: ["wasm"],
        graphOptimizationLevel: "all",
      });
      const feeds = Object.fromEntries(
        inputs.map(({ shape, data }, i) => [names[i] ?? "", new ort.Tensor("float32", data, shape)]),
      );
      return {
        run: () => session.run(feeds),
        output: async () => {
          const { z } = await session.run(feeds);
          const data = await z?.getData();
          if (!(data instanceof Float32Array)) throw new Error("onnxruntime-web gave no f32 result");
          return data;
        },
        dispose: () => {
          session.release().catch((error: unknown) => console.error(error));
        },
      };
    },
  };
};

export default open;
