// Work over images as ONNX nodes. The gradient of an image is ConvTranspose; ONNX has no op for the others.
import { type Images, imagesTask, paddingOf, placesOf } from "../workloads/images.ts";
import type { WorkloadGraph } from "./onnx-graphs.ts";
import type { OnnxNode } from "./onnx-model.ts";

const pair = (value: number): number[] => [value, value];

/** The graph of a workload from "x" and "y" to "z"; undefined where there is no op for it. */
export const onnxImageGraph = (workload: Images): WorkloadGraph | undefined => {
  if (workload.kind === "resize") {
    const node: OnnxNode = {
      operator: "Resize",
      inputs: ["x", "", "", "sizes"],
      output: "z",
      attributes: { mode: "linear", coordinate_transformation_mode: "half_pixel" },
    };
    const { batch, channels, to } = workload;
    return { nodes: [node], constants: { sizes: { int64: [batch, channels, to, to] } } };
  }
  const padding = paddingOf(workload);
  const window = {
    kernel_shape: pair(workload.window),
    strides: pair(workload.stride),
    pads: [...pair(padding), ...pair(padding)],
  };
  if (workload.kind === "pool") {
    if (workload.pass !== "forward") return undefined;
    const operator = workload.function === "maximum" ? "MaxPool" : "AveragePool";
    return { nodes: [{ operator, inputs: ["x"], output: "z", attributes: window }] };
  }
  const { pass, size, stride, groups } = workload;
  if (pass === "weight gradient") return undefined;
  const attributes = { ...window, group: groups };
  const inputs = ["x", "y"];
  if (pass === "forward") {
    const weights = imagesTask(workload).inputs()[1];
    if (weights === undefined) return undefined;
    const { data, shape } = weights;
    return {
      nodes: [{ operator: "Conv", inputs, output: "z", attributes }],
      constants: { y: { f32: data, shape } },
      inputCount: 1,
    };
  }
  const rest = size - ((placesOf(workload) - 1) * stride + workload.window - 2 * padding);
  return {
    nodes: [
      { operator: "ConvTranspose", inputs, output: "z", attributes: { ...attributes, output_padding: pair(rest) } },
    ],
  };
};
