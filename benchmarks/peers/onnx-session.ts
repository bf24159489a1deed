// A workload as a session of an ONNX runtime, with all graph optimisations. A call copies its inputs into the runtime's
// heap and its result out of it: the API has no way around that, so an app pays it and so does the figure.
import type { InferenceSession, Tensor } from "onnxruntime-common";
import type { Prepared } from "../participant.ts";
import { taskOf, type Workload } from "../workloads/index.ts";
import { onnxGraphOf } from "./onnx-graphs.ts";
import { onnxModel } from "./onnx-model.ts";

/** The part that onnxruntime-web and onnxruntime-node have in common. */
export interface OnnxRuntime {
  readonly Tensor: new (type: "float32", data: Float32Array, shape: readonly number[]) => Tensor;
  readonly InferenceSession: {
    readonly create: (model: Uint8Array, options: InferenceSession.SessionOptions) => Promise<InferenceSession>;
  };
}

/** Undefined where ONNX has no operators for the workload. */
export const prepareSession = async (
  ort: OnnxRuntime,
  workload: Workload,
  options: InferenceSession.SessionOptions,
): Promise<Prepared | undefined> => {
  const task = taskOf(workload);
  const inputs = task.inputs();
  const graph = onnxGraphOf(workload, inputs);
  if (graph === undefined) return undefined;
  const names = ["x", "y", "w"].slice(0, graph.inputCount ?? inputs.length);
  const model = onnxModel({
    ...graph,
    inputs: Object.fromEntries(names.map((name, i) => [name, inputs[i]?.shape ?? []])),
    outputs: { z: task.outputShape },
  });
  const session = await ort.InferenceSession.create(model, { graphOptimizationLevel: "all", ...options });
  const feeds = Object.fromEntries(
    names.flatMap((name, i) => {
      const input = inputs[i];
      return input === undefined ? [] : [[name, new ort.Tensor("float32", input.data, input.shape)]];
    }),
  );
  return {
    run: () => session.run(feeds),
    output: async () => {
      const { z } = await session.run(feeds);
      const data = await z?.getData();
      if (!(data instanceof Float32Array)) throw new Error("the session gave no f32 result");
      return data;
    },
    dispose: () => {
      session.release().catch((error: unknown) => console.error(error));
    },
  };
};
