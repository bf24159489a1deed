// Top-k on WebGPU: the bitonic network of sort, of whose rows the first k are written.
import type { WebGPUKernel } from "../contract/kernel.ts";
import { rowsAlong } from "./shape.ts";
import { keyText, sortPasses } from "./sort.wgsl.ts";
import type { TopKAttributes } from "./top-k.ts";

export const topKWebGPU: WebGPUKernel<TopKAttributes>[] = [
  {
    device: "webgpu",
    name: "bitonic",
    lower: ({ inputs: [x], attributes: { k, descending }, device }) => {
      const scratch: number[] = [];
      const launches = sortPasses(
        {
          device,
          ...rowsAlong(x),
          kept: k,
          keyOf: keyText(x?.dtype ?? "f32", descending),
          source: { input: 0 },
          results: [{ output: 0 }, { output: 1 }],
          write: "first[at] = x[base + place];\n  second[at] = place;",
        },
        scratch,
      );
      return { scratch, launches };
    },
  },
];
