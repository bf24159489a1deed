// How one-hot rows are launched on WASM.
import type { WasmKernel } from "../contract/kernel.ts";
import { sizeOf } from "../contract/tensor-type.ts";
import type { OneHotAttributes } from "./one-hot.ts";

const rows: WasmKernel<OneHotAttributes> = {
  device: "wasm",
  name: "rows",
  lower: ({ inputs, attributes: { depth } }) => ({
    launches: [
      {
        function: "oneHotRows",
        arguments: [{ input: 0 }, { output: 0 }, { u32: depth }],
        units: depth === 0 ? 0 : sizeOf(inputs[0]?.shape ?? []),
        grain: Math.max(1, Math.round(20_000 / (2 + 0.2 * depth))),
      },
    ],
  }),
};

export const oneHotWasm: WasmKernel<OneHotAttributes>[] = [rows];
