// How gather and scatterAdd are launched on WASM.
import type { WasmKernel } from "../contract/kernel.ts";
import { sizeOf } from "../contract/tensor-type.ts";
import { gatherShape, type ScatterAddAttributes } from "./shape.ts";

const quietNaN = 0x7fc00000;

const rowCopies: WasmKernel = {
  device: "wasm",
  name: "row copies",
  lower: ({ inputs }) => {
    const { rows, width, count } = gatherShape(inputs);
    return {
      launches: [
        {
          function: "gatherRows",
          arguments: [
            { input: 0 },
            { input: 1 },
            { output: 0 },
            { u32: rows },
            { u32: width },
            { u32: inputs[0]?.dtype === "f32" ? quietNaN : 0 },
          ],
          units: width === 0 ? 0 : count,
          grain: Math.max(1, Math.round(20_000 / (4 + 0.3 * width))),
        },
      ],
    };
  },
};

const ownedRows: WasmKernel<ScatterAddAttributes> = {
  device: "wasm",
  name: "owned rows",
  lower: ({ inputs: [indices, updates], attributes: { rows }, device }) => {
    const count = sizeOf(indices?.shape ?? []);
    const width = sizeOf(updates?.shape.slice(indices?.shape.length) ?? []);
    // Each range of rows reads all indices, so there are as many ranges as threads, or one where that does not pay.
    const pays = count * width > 50_000;
    return {
      launches: [
        {
          function: "scatterAddRows",
          arguments: [{ input: 0 }, { input: 1 }, { output: 0 }, { u32: count }, { u32: width }],
          units: width === 0 ? 0 : rows,
          grain: Math.max(1, pays ? Math.ceil(rows / device.threads) : rows),
        },
      ],
    };
  },
};

export const gatherWasm: WasmKernel[] = [rowCopies];
export const scatterAddWasm: WasmKernel<ScatterAddAttributes>[] = [ownedRows];
