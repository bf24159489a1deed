// Each kind of work as a graph of ONNX operators, for whichever runtime takes it.
import type { Workload } from "../workloads/index.ts";
import type { Input } from "../workloads/task.ts";
import { onnxImageGraph } from "./onnx-images.ts";
import type { OnnxAttribute, OnnxGraph, OnnxNode } from "./onnx-model.ts";
import { attentionGraph, encoderGraph } from "./onnx-transformer.ts";

const unary = { exp: "Exp", log: "Log", tanh: "Tanh", erf: "Erf", sigmoid: "Sigmoid" } as const;

/** A chain of nodes from "x" to "z": each takes the result before it and a constant. */
const chainOf = (steps: readonly (readonly [operator: string, operand: string])[]): OnnxNode[] =>
  steps.map(([operator, operand], i) => ({
    operator,
    inputs: [i === 0 ? "x" : `t${i}`, operand],
    output: i === steps.length - 1 ? "z" : `t${i + 1}`,
  }));

export interface WorkloadGraph extends Pick<OnnxGraph, "nodes" | "constants"> {
  /** How many of the workload's inputs are fed at each call; all if absent. The rest are constants: weights. */
  readonly inputCount?: number;
}

/** The graph from "x", "y" and "w" to "z"; undefined where ONNX has no operators for it. */
export const onnxGraphOf = (workload: Workload, inputs: readonly Input[]): WorkloadGraph | undefined => {
  const single = (operator: string, inputs: string[], attributes: Record<string, OnnxAttribute> = {}): OnnxNode => ({
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
    case "layer-norm":
      return { nodes: [single("LayerNormalization", ["x", "y", "w"])] };
    case "scan":
      return { nodes: [single("CumSum", ["x", "axis"])], constants: { axis: { int64: 1 } } };
    case "sort":
    case "top-k": {
      const attributes = { largest: workload.kind === "sort" ? 0 : 1 };
      return {
        nodes: [{ operator: "TopK", inputs: ["x", "k"], output: ["z", "places"], attributes }],
        constants: { k: { int64: workload.kind === "sort" ? workload.columns : workload.k } },
      };
    }
    case "random":
    case "variance":
    case "argmax":
      return undefined;
    case "convolution":
    case "pool":
    case "resize":
      return onnxImageGraph(workload);
    case "small-add":
      return { nodes: [single("Add", ["x", "y"])] };
    case "small-matmuls":
      return { nodes: chainOf(Array.from({ length: workload.steps }, () => ["MatMul", "y"] as const)) };
    case "attention":
      return attentionGraph(workload);
    case "encoder":
      return encoderGraph(workload, inputs);
    case "training-step":
    case "tabular":
      return undefined;
  }
};
