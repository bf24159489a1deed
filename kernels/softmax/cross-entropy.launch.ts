// How cross-entropy and its gradient are launched on WASM: rows are units.
import type { WasmKernel } from "../contract/kernel.ts";
import { rowGrain } from "./softmax.launch.ts";

const loss: WasmKernel = {
  device: "wasm",
  name: "rows",
  lower: ({ inputs }) => {
    const [rows = 0, columns = 0] = inputs[0]?.shape ?? [];
    return {
      launches: [
        {
          function: "crossEntropyRows",
          arguments: [{ input: 0 }, { input: 1 }, { output: 0 }, { u32: columns }],
          units: rows,
          grain: rowGrain(columns),
        },
      ],
    };
  },
};

const gradient: WasmKernel = {
  device: "wasm",
  name: "rows",
  lower: ({ inputs }) => {
    const [rows = 0, columns = 0] = inputs[0]?.shape ?? [];
    return {
      launches: [
        {
          function: "crossEntropyGradientRows",
          arguments: [{ input: 0 }, { input: 1 }, { input: 2 }, { output: 0 }, { u32: columns }],
          units: columns === 0 ? 0 : rows,
          grain: rowGrain(columns),
        },
      ],
    };
  },
};

export const crossEntropyWasm: WasmKernel[] = [loss];
export const crossEntropyGradientWasm: WasmKernel[] = [gradient];
