// onnxruntime-web's WASM execution provider with all graph optimisations. A call copies its inputs into the runtime's heap
// and its result out of it: its API has no way around that, so an app pays it and so does the figure.
import type { OpenParticipant, Prepared } from "../participant.ts";
import { inputsOf, outputShapeOf, type Workload } from "../workload.ts";
import { type OnnxGraph, type OnnxNode, onnxModel } from "./onnx-model.ts";

const unary = { exp: "Exp", log: "Log", tanh: "Tanh", sigmoid: "Sigmoid" } as const;

/** A chain of nodes from "x" to "z": each takes the result before it and a constant. */
const chainOf = (steps: readonly (readonly [operator: string, operand: string])[]): OnnxNode[] =>
  steps.map(([operator, operand], i) => ({
    operator,
    inputs: [i === 0 ? "x" : `t${i}`, operand],
    output: i === steps.length - 1 ? "z" : `t${i + 1}`,
  }));

const graphOf = (workload: Workload): Pick<OnnxGraph, "nodes" | "constants"> => {
  const single = (operator: string, inputs: string[], attributes: Record<string, number> = {}): OnnxNode => ({
    operator,
    inputs,
    output: "z",
    attributes,
  });
  switch (workload.kind) {
    case "matmul":
      return { nodes: [single("MatMul", ["x", "y"])] };
    case "function":
      return { nodes: [single(unary[workload.function], ["x"])] };
    case "chain":
      return {
        nodes: chainOf([
          ["Mul", "a"],
          ["Add", "b"],
          ["Max", "c"],
          ["Mul", "d"],
          ["Sub", "e"],
          ["Min", "f"],
        ]),
        constants: { a: { f32: 1.5 }, b: { f32: 0.25 }, c: { f32: 0 }, d: { f32: 0.5 }, e: { f32: 1 }, f: { f32: 3 } },
      };
    case "sum":
      return {
        nodes: [single("ReduceSum", ["x", "axes"], { keepdims: 0 })],
        constants: { axes: { int64: workload.axis } },
      };
    case "softmax":
      return { nodes: [single("Softmax", ["x"], { axis: -1 })] };
    case "small-add":
      return { nodes: [single("Add", ["x", "y"])] };
    case "small-matmuls":
      return { nodes: chainOf(Array.from({ length: workload.steps }, () => ["MatMul", "y"] as const)) };
  }
};

const open: OpenParticipant = async ({ threads }) => {
  const ort = await import("onnxruntime-web");
  ort.env.wasm.numThreads = threads;
  return {
    name: "onnxruntime-web",
    version: ort.env.versions.web ?? "unknown",
    device: `wasm (${threads} ${threads === 1 ? "thread" : "threads"})`,
    prepare: async (workload): Promise<Prepared> => {
      const inputs = inputsOf(workload);
      const names = ["x", "y"].slice(0, inputs.length);
      const model = onnxModel({
        ...graphOf(workload),
        inputs: Object.fromEntries(names.map((name, i) => [name, inputs[i]?.shape ?? []])),
        outputs: { z: outputShapeOf(workload) },
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
