// Softmax cross-entropy and its gradient on WebGPU. A label outside the classes leaves its row at zero.
import type { WebGPUKernel } from "../contract/kernel.ts";
import type { Attributes } from "../contract/op.ts";
import { rowLaunches } from "./row.wgsl.ts";
import { rowsOf } from "./shape.ts";

const labels = { name: "labels", element: "i32", reference: { input: 1 } } as const;
const upstream = { name: "upstream", element: "f32", reference: { input: 2 } } as const;
const known = "labels[row] >= 0 && u32(labels[row]) < parameter(1)";

export const crossEntropyWebGPU: WebGPUKernel<Attributes>[] = [
  {
    device: "webgpu",
    name: "crossEntropy",
    lower: ({ inputs, device }) => ({
      launches: rowLaunches({
        device,
        ...rowsOf("crossEntropy", inputs[0]),
        reads: [labels],
        result: { output: 0 },
        perRow: `var loss = 0.0;
if (${known}) { loss = largest - x[base + u32(labels[row])] + logarithm(total); }
result[row] = loss;`,
      }),
    }),
  },
];

export const crossEntropyGradientWebGPU: WebGPUKernel<Attributes>[] = [
  {
    device: "webgpu",
    name: "crossEntropyGradient",
    lower: ({ inputs, device }) => ({
      launches: rowLaunches({
        device,
        ...rowsOf("crossEntropyGradient", inputs[0]),
        reads: [labels, upstream],
        result: { output: 0 },
        perElement: `var slope = 0.0;
  if (${known}) { slope = (exponential(x[base + i] - largest) / total - select(0.0, 1.0, i == u32(labels[row]))) * upstream[row]; }
  result[base + i] = slope;`,
      }),
    }),
  },
];
