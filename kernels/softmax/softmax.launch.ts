// How softmax is launched on WASM: rows are units.
import type { WasmKernel } from "../contract/kernel.ts";
import { rowsOf, type SoftmaxAttributes } from "./shape.ts";

/** Rows in about 20 us at 0.8 elements a nanosecond, and 10 ns a row. */
export const rowGrain = (columns: number): number => Math.max(1, Math.round(20_000 / (1.25 * columns + 10)));

const rows: WasmKernel<SoftmaxAttributes> = {
  device: "wasm",
  name: "rows",
  lower: ({ inputs, attributes }) => {
    const { rows, columns } = rowsOf("softmax", inputs[0]);
    if (rows * columns === 0) return { launches: [] };
    return {
      launches: [
        {
          function: "softmaxRows",
          arguments: [{ input: 0 }, { output: 0 }, { u32: columns }, { u32: attributes.logarithm ? 1 : 0 }],
          units: rows,
          grain: rowGrain(columns),
        },
      ],
    };
  },
};

export const softmaxWasm: WasmKernel<SoftmaxAttributes>[] = [rows];
