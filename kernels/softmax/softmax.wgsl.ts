// Softmax and log-softmax on WebGPU.
import type { KernelContext, Lowered, WebGPUKernel, WebGPULaunch } from "../contract/kernel.ts";
import { rowLaunches } from "./row.wgsl.ts";
import { rowsOf, type SoftmaxAttributes } from "./shape.ts";

const lower = ({ inputs, attributes, device }: KernelContext<SoftmaxAttributes>): Lowered<WebGPULaunch> => ({
  launches: rowLaunches({
    device,
    ...rowsOf("softmax", inputs[0]),
    reads: [],
    result: { output: 0 },
    perElement: attributes.logarithm
      ? "result[base + i] = x[base + i] - largest - logarithm(total);"
      : "result[base + i] = exponential(x[base + i] - largest) / total;",
  }),
});

export const softmaxWebGPU: WebGPUKernel<SoftmaxAttributes>[] = [{ device: "webgpu", name: "softmax", lower }];
