// How triangular systems are launched on WASM: a unit is up to 64 right sides of one matrix, which are independent.
import type { WasmKernel } from "../contract/kernel.ts";
import { matrixGrain } from "./cholesky.launch.ts";
import { matricesOf } from "./shape.ts";
import type { TriangularSolveAttributes } from "./triangular-solve.ts";

const pieceColumns = 64;

const pieces: WasmKernel<TriangularSolveAttributes> = {
  device: "wasm",
  name: "columns",
  lower: ({ inputs: [, b], attributes: { lower, transpose } }) => {
    const { count, rows, columns } = matricesOf("triangularSolve", b);
    if (count * rows * columns === 0) return { launches: [] };
    return {
      launches: [
        {
          function: "triangularSolveColumns",
          arguments: [
            ...[{ input: 0 }, { input: 1 }, { output: 0 }, { u32: rows }, { u32: columns }],
            ...[{ u32: lower ? 1 : 0 }, { u32: transpose ? 1 : 0 }],
          ],
          units: count * Math.ceil(columns / pieceColumns),
          grain: matrixGrain(rows * rows * Math.min(pieceColumns, columns + 3)),
        },
      ],
    };
  },
};

export const triangularSolveWasm: WasmKernel<TriangularSolveAttributes>[] = [pieces];
