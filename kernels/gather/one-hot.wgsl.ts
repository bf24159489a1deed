// One-hot rows on WebGPU, one thread an element.
import { entry, gridOfThreads, storage } from "../contract/dispatch.wgsl.ts";
import type { KernelContext, Lowered, WebGPUKernel, WebGPULaunch } from "../contract/kernel.ts";
import { sizeOf } from "../contract/tensor-type.ts";
import type { OneHotAttributes } from "./one-hot.ts";

const source = [
  storage(0, "labels", "i32"),
  storage(1, "result", "f32", "read_write"),
  entry(`
if (index >= parameter(0)) { return; }
result[index] = select(0.0, 1.0, labels[index / parameter(1)] == i32(index % parameter(1)));
`),
].join("\n");

const lower = ({ inputs, attributes }: KernelContext<OneHotAttributes>): Lowered<WebGPULaunch> => {
  const { depth } = attributes;
  const threads = sizeOf(inputs[0]?.shape ?? []) * depth;
  if (threads === 0) return { launches: [] };
  return {
    launches: [
      {
        source,
        bindings: [{ input: 0 }, { output: 0 }],
        workgroups: gridOfThreads(threads),
        parameters: [threads, depth],
      },
    ],
  };
};

export const oneHotWebGPU: WebGPUKernel<OneHotAttributes>[] = [{ device: "webgpu", name: "oneHot", lower }];
