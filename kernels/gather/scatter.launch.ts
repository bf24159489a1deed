// How scatter is launched on WASM: ranges of the result's rows are units, and each range reads all indices.
import type { WasmKernel } from "../contract/kernel.ts";
import { type ScatterAttributes, type ScatterFunction, scatterShape } from "./scatter.ts";

const functionIndex: Record<ScatterFunction, number> = { set: 0, maximum: 1, minimum: 2 };

const ownedRows: WasmKernel<ScatterAttributes> = {
  device: "wasm",
  name: "owned rows",
  lower: ({ inputs, attributes, device }) => {
    const { rows, width, count } = scatterShape(inputs);
    const dtype = inputs[0]?.dtype;
    const kind = functionIndex[attributes.function] + (dtype === "f32" ? 0 : dtype === "u32" ? 8 : 4);
    const pays = count * width > 50_000;
    return {
      launches: [
        {
          function: "scatterRows",
          arguments: [
            ...[{ input: 0 }, { input: 1 }, { input: 2 }, { output: 0 }, { u32: count }, { u32: width }],
            { u32: kind },
          ],
          units: width === 0 ? 0 : rows,
          grain: Math.max(1, pays ? Math.ceil(rows / device.threads) : rows),
        },
      ],
    };
  },
};

export const scatterWasm: WasmKernel<ScatterAttributes>[] = [ownedRows];
