// Attention and transformer encoders as ONNX operators, as exporters write them; the runtime fuses what it knows.
import type { Attention } from "../workloads/attention.ts";
import type { Encoder } from "../workloads/encoder.ts";
import { applyBlocks, type NetworkOperations } from "../workloads/network-functions.ts";
import { blockParameters, namedParameters } from "../workloads/networks.ts";
import type { Input } from "../workloads/task.ts";
import type { OnnxAttribute, OnnxConstant, OnnxNode } from "./onnx-model.ts";

/** Nodes and constants, gathered while a network is walked. */
class Graph {
  readonly nodes: OnnxNode[] = [];
  readonly constants: Record<string, OnnxConstant> = {};

  node(operator: string, inputs: string[], attributes: Record<string, OnnxAttribute> = {}, output = ""): string {
    const name = output || `t${this.nodes.length}`;
    this.nodes.push({ operator, inputs, output: name, attributes });
    return name;
  }

  constant(value: OnnxConstant): string {
    const name = `c${Object.keys(this.constants).length}`;
    this.constants[name] = value;
    return name;
  }

  /** softmax(q k^T / sqrt(depth)) v of [batch, heads, length, depth]. */
  attention(query: string, key: string, value: string, sizes: Omit<Attention, "kind" | "batch" | "heads">): string {
    const { length, depth, causal } = sizes;
    const scaled = this.node("Mul", [query, this.constant({ f32: 1 / Math.sqrt(depth) })]);
    const product = this.node("MatMul", [scaled, this.node("Transpose", [key], { perm: [0, 1, 3, 2] })]);
    const hidden = Float32Array.from({ length: length * length }, (_, i) => (i % length > i / length ? -1e30 : 0));
    const scores = causal
      ? this.node("Add", [product, this.constant({ f32: hidden, shape: [length, length] })])
      : product;
    return this.node("MatMul", [this.node("Softmax", [scores], { axis: -1 }), value]);
  }

  /** The last result under the name that the benchmark asks for. */
  result(name: string): void {
    this.node("Identity", [name], {}, "z");
  }
}

export const attentionGraph = (workload: Attention): Graph => {
  const graph = new Graph();
  graph.result(graph.attention("x", "y", "w", workload));
  return graph;
};

/** Its sequences are fed, its weights constants. */
export const encoderGraph = (
  workload: Encoder,
  [, ...weights]: readonly Input[],
): Graph & { readonly inputCount: 1 } => {
  const graph = new Graph();
  const names = weights.map(({ shape, data }) => graph.constant({ f32: data, shape }));
  const cannot = (): never => {
    throw new Error("an encoder has no such layer");
  };
  const operations: NetworkOperations<string> = {
    linear: (x, own, bias) => {
      const product = graph.node("MatMul", [x, own]);
      return bias === undefined ? product : graph.node("Add", [product, bias]);
    },
    relu: (x) => graph.node("Relu", [x]),
    gelu: (x) => graph.node("Gelu", [x], { approximate: "tanh" }),
    add: (x, y) => graph.node("Add", [x, y]),
    layerNorm: (x, scale, shift) =>
      graph.node("LayerNormalization", [x, scale, shift], { axis: -1, epsilon: { f32: 1e-5 } }),
    attention: (parts, { length, width, heads, causal }) => {
      const depth = width / heads;
      const apart = graph.constant({ int64: [-1, length, heads, depth] });
      const [query, key, value] = parts.map((x) =>
        graph.node("Transpose", [graph.node("Reshape", [x, apart])], { perm: [0, 2, 1, 3] }),
      );
      const mixed = graph.attention(query ?? "", key ?? "", value ?? "", { length, depth, causal });
      const together = graph.node("Transpose", [mixed], { perm: [0, 2, 1, 3] });
      return graph.node("Reshape", [together, graph.constant({ int64: [-1, length, width] })]);
    },
    convolution5: cannot,
    maxPool2: cannot,
    flatten: cannot,
  };
  const parameter = namedParameters(blockParameters(workload), names);
  graph.result(applyBlocks(operations, workload, false, parameter, "x"));
  return Object.assign(graph, { inputCount: 1 as const });
};
