// How Fourier transforms are launched on WASM: a table of turns, for Bluestein the transformed chirp, then rows. Rows are
// shared among at most 64 units, each with scratch of its own, so that many short rows need little of it.
import type { WasmKernel, WasmLaunch } from "../contract/kernel.ts";
import { type FftAttributes, fftShape } from "./shape.ts";

const mostUnits = 64;
const complexBytes = 8;

const stockham: WasmKernel<FftAttributes> = {
  device: "wasm",
  name: "stockham",
  lower: ({ inputs: [x], attributes }) => {
    const { rows, length, size } = fftShape(x);
    if (rows * length === 0) return { launches: [] };
    const rowsOfUnit = Math.ceil(rows / mostUnits);
    const units = Math.ceil(rows / rowsOfUnit);
    const inverse = { u32: attributes.inverse ? 1 : 0 };
    const chirps = length !== size;
    const [turns, work, chirp, filter] = [0, 1, 2, 3].map((scratch) => ({ scratch }));
    if (!turns || !work || !chirp || !filter) return { launches: [] };
    const sizes = [{ u32: length }, { u32: size }];
    const launches: WasmLaunch[] = [
      { function: "fftTurns", arguments: [turns, { u32: size }], units: size, grain: 2000 },
      ...(chirps
        ? [
            {
              function: "fftChirp",
              arguments: [turns, chirp, filter, work, ...sizes, inverse],
              units: 1,
              grain: 1,
            },
          ]
        : []),
      {
        function: "fftRows",
        arguments: [
          ...[{ input: 0 }, { output: 0 }, turns, work, chirps ? chirp : turns, chirps ? filter : turns],
          ...[...sizes, { u32: rows }, { u32: rowsOfUnit }, inverse],
        ],
        units,
        grain: Math.max(1, Math.round(8000 / (rowsOfUnit * size))),
      },
    ];
    return {
      scratch: [
        complexBytes * size,
        complexBytes * size * (chirps ? 2 * units : units),
        ...(chirps ? [complexBytes * length, complexBytes * size] : []),
      ],
      launches,
    };
  },
};

export const fftWasm: WasmKernel<FftAttributes>[] = [stockham];
