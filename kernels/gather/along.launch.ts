// How takeAlong and its adjoint are launched on WASM.
import type { WasmKernel } from "../contract/kernel.ts";
import type { ScatterAddAlongAttributes } from "./along.ts";
import { alongShape } from "./shape.ts";

const quietNaN = 0x7fc00000;
const pieceElements = 4096;

const pieces: WasmKernel = {
  device: "wasm",
  name: "pieces",
  lower: ({ inputs: [x, indices] }) => {
    const { rows, length, count } = alongShape(x, indices);
    return {
      launches: [
        {
          function: "takeAlongRows",
          arguments: [
            ...[{ input: 0 }, { input: 1 }, { output: 0 }, { u32: length }, { u32: count }],
            { u32: x?.dtype === "f32" ? quietNaN : 0 },
          ],
          units: rows * Math.ceil(count / pieceElements),
          grain: Math.max(1, Math.floor(10_000 / Math.min(Math.max(1, count), pieceElements))),
        },
      ],
    };
  },
};

const rows: WasmKernel<ScatterAddAlongAttributes> = {
  device: "wasm",
  name: "rows",
  lower: ({ inputs: [indices], attributes: { size } }) => {
    const { rows: units, length: count } = alongShape(indices, indices);
    return {
      launches: [
        {
          function: "scatterAddAlongRows",
          arguments: [{ input: 0 }, { input: 1 }, { output: 0 }, { u32: count }, { u32: size }],
          units: size === 0 ? 0 : units,
          grain: Math.max(1, Math.floor(10_000 / (count + size / 8))),
        },
      ],
    };
  },
};

export const takeAlongWasm: WasmKernel[] = [pieces];
export const scatterAddAlongWasm: WasmKernel<ScatterAddAlongAttributes>[] = [rows];
