// How random numbers are launched on WASM: units of 1024 elements.
import type { WasmKernel } from "../contract/kernel.ts";
import { sizeOf } from "../contract/tensor-type.ts";
import type { RandomAttributes } from "./random.ts";

const counters: WasmKernel<RandomAttributes> = {
  device: "wasm",
  name: "counters",
  lower: ({ attributes: { distribution, shape } }) => {
    const count = sizeOf(shape);
    const normal = distribution === "normal";
    return {
      launches: [
        {
          function: normal ? "randomNormal" : "randomWords",
          arguments: [
            { input: 0 },
            { output: 0 },
            { u32: count },
            ...(normal ? [] : [{ u32: distribution === "uniform" ? 1 : 0 }]),
          ],
          units: Math.ceil(count / 1024),
          grain: normal ? 4 : 10,
        },
      ],
    };
  },
};

export const randomWasm: WasmKernel<RandomAttributes>[] = [counters];
