// How the WASM products with quantised weights are launched, by the number of rows of x.
import type { KernelContext, WasmArgument, WasmKernel } from "../contract/kernel.ts";
import { activations } from "../matmul/activation.ts";
import { grainFlops, tiles } from "../matmul/matmul.launch.ts";
import {
  biasInput,
  blockSize,
  type DequantizeAttributes,
  type QuantizedAttributes,
  type QuantizedMatmulAttributes,
  type QuantizedMatmulShape,
  quantizedMatmulShape,
} from "./shape.ts";

const zero = { u32: 0 } as const;
/** Depth of a block of the packed product: whole blocks of 32, and with the widest tile what the arena holds. */
const panelDepth = 512;

/** The words of quantised kernels; `codes` is the input that holds them, before the scales and zero points. */
const tableWords = ({ bits, groupSize }: QuantizedAttributes, groups: number, codes: number): WasmArgument[] => [
  { u32: bits },
  { u32: groupSize / blockSize },
  { input: codes + 1 },
  bits === 4 ? { input: codes + 2 } : zero,
  { u32: groups },
];

const blockOf = (
  { m, n, k, groups, hasBias }: QuantizedMatmulShape,
  attributes: QuantizedMatmulAttributes,
  rows: number,
  columns: number,
): WasmArgument[] => [
  { input: 0 },
  { input: 1 },
  hasBias ? { input: biasInput(attributes.bits) } : zero,
  { output: 0 },
  ...[m, n, k, 0, 0, 2, activations.indexOf(attributes.activation), rows, columns, panelDepth, 0].map((u32) => ({
    u32,
  })),
  ...tableWords(attributes, groups, 1),
];

const shapeOf = ({ inputs, attributes }: KernelContext<QuantizedMatmulAttributes>): QuantizedMatmulShape =>
  quantizedMatmulShape(inputs, attributes);

/** Longest row whose four dequantised neighbours fit the arena. */
const longestRow = 65_536;

/** About as many bytes of x as a thread turns into codes in 20 us. */
const codesGrain = 65_536;

/** Two launches: rows of x to codes, then products of codes. Scratch: codes, scales of rows, sums of groups. */
const integer: WasmKernel<QuantizedMatmulAttributes> = {
  device: "wasm",
  name: "integer",
  when: ({ attributes }) => attributes.integer,
  lower: (context) => {
    const { attributes, device } = context;
    const shape = shapeOf(context);
    const { m, n, k, groups } = shape;
    if (m * n === 0) return { launches: [] };
    const words = blockOf(shape, attributes, 0, 0);
    const behind: WasmArgument[] = [{ scratch: 1 }, { scratch: 2 }];
    const depth = groups * attributes.groupSize;
    const units = Math.ceil(n / 4);
    const grain = Math.max(Math.ceil(grainFlops / (4 * m * Math.max(k, 1))), Math.ceil(units / (4 * device.threads)));
    return {
      scratch: [m * depth, 4 * m, 16 * m * groups],
      launches: [
        {
          function: "quantizeRows",
          arguments: [...words.slice(0, 7), { scratch: 0 }, ...words.slice(8), ...behind],
          units: m,
          grain: Math.ceil(codesGrain / Math.max(k, 1)),
        },
        { function: "integerProduct", arguments: [{ scratch: 0 }, ...words.slice(1), ...behind], units, grain },
      ],
    };
  },
};

/** Units of four outputs. */
const byFours = (name: string, launched: string, mostRows: number): WasmKernel<QuantizedMatmulAttributes> => ({
  device: "wasm",
  name,
  when: (context) => {
    const { m, k, groups } = shapeOf(context);
    return m <= mostRows && k > 0 && groups * context.attributes.groupSize <= longestRow;
  },
  lower: (context) => {
    const shape = shapeOf(context);
    const { m, n, k } = shape;
    const words = blockOf(shape, context.attributes, 0, 0);
    const grain = Math.ceil(grainFlops / (8 * (m + 1) * k));
    return { launches: m === 0 ? [] : [{ function: launched, arguments: words, units: Math.ceil(n / 4), grain }] };
  },
});

/** Widest tile that leaves the arena eight rows of weights to turn. */
const widestTile = 480;

const packed: WasmKernel<QuantizedMatmulAttributes> = {
  device: "wasm",
  name: "packed",
  lower: (context) => {
    const shape = shapeOf(context);
    const { m, n, k } = shape;
    if (m * n === 0) return { launches: [] };
    const { threads } = context.device;
    const tile = tiles(1, m, n, threads);
    const columns = Math.min(widestTile, tile.columns);
    const rowTiles = Math.ceil(m / tile.rows);
    const units = Math.ceil(n / columns) * rowTiles;
    const grain = Math.ceil(grainFlops / (2 * tile.rows * columns * Math.max(k, 1)));
    const whole = Math.ceil(n / columns) >= threads ? rowTiles : Math.ceil(units / threads);
    const words = blockOf(shape, context.attributes, tile.rows, columns);
    return { launches: [{ function: "matmulPacked", arguments: words, units, grain: Math.max(grain, whole) }] };
  },
};

export const quantizedMatmulWasm: WasmKernel<QuantizedMatmulAttributes>[] = [
  integer,
  byFours("up to four rows", "quantizedRows", 4),
  byFours("few rows, dot products", "quantizedDots", 16),
  packed,
];

export const dequantizeWasm: WasmKernel<DequantizeAttributes> = {
  device: "wasm",
  name: "rows",
  lower: ({ inputs: [codes], attributes }) => {
    const rows = codes?.shape[0] ?? 0;
    const { columns, groupSize } = attributes;
    const head: WasmArgument[] = [zero, { input: 0 }, zero, { output: 0 }, zero, zero, { u32: columns }];
    const rest: WasmArgument[] = new Array<WasmArgument>(8).fill(zero);
    const words = [...head, ...rest, ...tableWords(attributes, Math.ceil(columns / groupSize), 0)];
    const grain = Math.ceil(20_000 / Math.max(columns, 1));
    return { launches: [{ function: "dequantizeRows", arguments: words, units: columns === 0 ? 0 : rows, grain }] };
  },
};
