// How the WASM matrix products are launched: tile sizes by shape, since tiles are the units that threads share.
import type { WasmArgument, WasmKernel } from "../contract/kernel.ts";
import { activations } from "./activation.ts";
import { type MatmulAttributes, matmulShape } from "./shape.ts";

/** About 20 us of work: a machine of 32 GFLOP/s does 640,000 floating-point operations in it. */
const grainFlops = 640_000;
const up = (value: number, to: number): number => Math.ceil(value / to) * to;

/**
 * Tiles of at most 96 x 512 (the blocks that fit the caches), narrower where threads would have nothing to do. Bits do
 * not depend on the choice, as every element is one chain over k.
 */
const tiles = (batch: number, m: number, n: number, threads: number): { rows: number; columns: number } => {
  const rows = Math.min(96, up(Math.ceil(m / Math.ceil(m / 96)), 6));
  let columns = Math.min(512, up(Math.ceil(n / Math.ceil(n / 512)), 8));
  while (batch * Math.ceil(n / columns) < threads && columns > 128) columns = up(columns / 2, 8);
  return { rows, columns };
};

const packed: WasmKernel<MatmulAttributes> = {
  device: "wasm",
  name: "packed",
  lower: ({ inputs, attributes, device }) => {
    const shape = matmulShape(inputs, attributes);
    const { batch, m, n, k } = shape;
    if (batch * m * n === 0) return { launches: [] };
    const { rows, columns } = tiles(batch, m, n, device.threads);
    const rowTiles = Math.ceil(m / rows);
    const units = batch * Math.ceil(n / columns) * rowTiles;
    const grain = Math.ceil(grainFlops / (2 * rows * columns * Math.max(k, 1)));
    const words: WasmArgument[] = [
      { input: 0 },
      { input: 1 },
      inputs.length > 2 ? { input: 2 } : { u32: 0 },
      { output: 0 },
      { u32: m },
      { u32: n },
      { u32: k },
      { u32: shape.aBatchStride },
      { u32: shape.bBatchStride },
      { u32: (attributes.transposeA ? 1 : 0) + (attributes.transposeB ? 2 : 0) },
      { u32: activations.indexOf(attributes.activation) },
      { u32: rows },
      { u32: columns },
    ];
    // Chunks of whole column strips pack B once; where there are too few of them, threads share a strip.
    const whole = Math.ceil(n / columns) * batch >= device.threads ? rowTiles : Math.ceil(units / device.threads);
    return { launches: [{ function: "matmulPacked", arguments: words, units, grain: Math.max(grain, whole) }] };
  },
};

export const matmulWasm: WasmKernel<MatmulAttributes>[] = [packed];
