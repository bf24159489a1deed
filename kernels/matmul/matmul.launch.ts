// How the WASM matrix products are launched: tile sizes by shape, since tiles are the units that threads share.
import type { KernelContext, WasmArgument, WasmKernel } from "../contract/kernel.ts";
import type { TensorType } from "../contract/tensor-type.ts";
import { activations } from "./activation.ts";
import { halfMatmul } from "./half.launch.ts";
import { type MatmulAttributes, matmulShape } from "./shape.ts";

/** About 20 us of work: a machine of 32 GFLOP/s does 640,000 floating-point operations in it. */
export const grainFlops = 640_000;
const up = (value: number, to: number): number => Math.ceil(value / to) * to;

/**
 * Tiles of at most 96 x 512 (the blocks that fit the caches), narrower where threads would have nothing to do. With one
 * tile of rows B is read but once, and blocks are shallow and wide: long reads, and a panel that fits 512 KiB. Bits do not
 * depend on the choice, as every element is one chain over k.
 */
export const tiles = (batch: number, m: number, n: number, threads: number) => {
  const rows = Math.min(96, up(Math.ceil(m / Math.ceil(m / 96)), 6));
  const depth = m <= 96 ? 124 : 512;
  const widest = m <= 96 ? 1024 : 512;
  let columns = Math.min(widest, up(Math.ceil(n / Math.ceil(n / widest)), 8));
  while (batch * Math.ceil(n / columns) < threads && columns > 128) columns = up(columns / 2, 8);
  return { rows, columns, depth };
};

type Shape = ReturnType<typeof matmulShape>;

/** The first eleven words of every matmul kernel's block. */
const blockOf = (shape: Shape, attributes: MatmulAttributes, inputs: readonly TensorType[]): WasmArgument[] => [
  { input: 0 },
  { input: 1 },
  inputs.length > 2 ? { input: 2 } : { u32: 0 },
  { output: 0 },
  { u32: shape.m },
  { u32: shape.n },
  { u32: shape.k },
  { u32: shape.aBatchStride },
  { u32: shape.bBatchStride },
  { u32: (attributes.transposeA ? 1 : 0) + (attributes.transposeB ? 2 : 0) },
  { u32: activations.indexOf(attributes.activation) },
];

const shapeOf = ({ inputs, attributes }: KernelContext<MatmulAttributes>): Shape => matmulShape(inputs, attributes);
const isEmpty = ({ batch, m, n }: Shape): boolean => batch * m * n === 0;

/**
 * Rows up to which reading B in place beats packing it: streaming by a fifth at 8 rows of 4096 x 4096, packing by as much at
 * 16; dot products by a few hundredths at 16.
 */
const fewRows = 16;
const streamedRows = (k: number): number => (k >= 64 ? 12 : fewRows);
/** Floats of A that the dot kernel may turn around in its arena. */
const turnedElements = 262_144;

/** Elements of B up to which both operands are read in place: 64 KiB. */
const inPlaceElements = 16_384;
/** Lines of a column of B that the first cache (8 ways of 4 KiB) can hold: few where rows lie a power of two apart. */
const columnLines = (n: number): number => 32_768 / Math.max(64, Math.min(4096, (4 * n) & -(4 * n)));

const direct: WasmKernel<MatmulAttributes> = {
  device: "wasm",
  name: "small, in place",
  when: (context) => {
    const { m, n, k } = shapeOf(context);
    if (context.attributes.transposeB || m < 2 || n < 8 || k === 0) return false;
    return k * n <= inPlaceElements && k <= columnLines(n);
  },
  lower: (context) => {
    const shape = shapeOf(context);
    if (isEmpty(shape)) return { launches: [] };
    const { batch, m, n, k } = shape;
    const grain = Math.ceil(grainFlops / (8 * n * k));
    const words = blockOf(shape, context.attributes, context.inputs);
    return { launches: [{ function: "matmulDirect", arguments: words, units: batch * Math.ceil(m / 4), grain }] };
  },
};

const streamed: WasmKernel<MatmulAttributes> = {
  device: "wasm",
  name: "few rows, B streamed",
  when: (context) => {
    const { m, n, k } = shapeOf(context);
    return !context.attributes.transposeB && m <= streamedRows(k) && n >= 16 && k > 0;
  },
  lower: (context) => {
    const shape = shapeOf(context);
    if (isEmpty(shape)) return { launches: [] };
    const { batch, m, n, k } = shape;
    const units = batch * Math.ceil(n / 16);
    // Wide strips read whole rows of B, so there are as many chunks as threads and no more.
    const grain = Math.max(Math.ceil(grainFlops / 4 / (32 * m * k)), Math.ceil(units / context.device.threads));
    const words = blockOf(shape, context.attributes, context.inputs);
    return { launches: [{ function: "matmulStreamed", arguments: words, units, grain }] };
  },
};

const dots: WasmKernel<MatmulAttributes> = {
  device: "wasm",
  name: "few rows, dot products",
  when: (context) => {
    const { m, n, k } = shapeOf(context);
    const { transposeA, transposeB } = context.attributes;
    return transposeB && m <= fewRows && n >= 4 && k >= 16 && (!transposeA || m * k <= turnedElements);
  },
  lower: (context) => {
    const shape = shapeOf(context);
    if (isEmpty(shape)) return { launches: [] };
    const { batch, m, n, k } = shape;
    const words = [...blockOf(shape, context.attributes, context.inputs), { u32: 0 }];
    const grain = Math.ceil(grainFlops / 4 / (8 * m * k));
    return { launches: [{ function: "matmulDots", arguments: words, units: batch * Math.ceil(n / 4), grain }] };
  },
};

/** A matrix times one column: rows of A are the transposed B of a product with one row. */
const oneColumn: WasmKernel<MatmulAttributes> = {
  device: "wasm",
  name: "one column, dot products",
  when: (context) => {
    const { m, n, k } = shapeOf(context);
    return n === 1 && m >= 4 && k >= 16 && !context.attributes.transposeA;
  },
  lower: (context) => {
    const { inputs, attributes } = context;
    const shape = shapeOf(context);
    if (isEmpty(shape)) return { launches: [] };
    const { batch, m, k, aBatchStride, bBatchStride } = shape;
    const turned = { ...shape, m: 1, n: m, aBatchStride: bBatchStride, bBatchStride: aBatchStride };
    const [a, b, ...rest] = blockOf(turned, { ...attributes, transposeA: false, transposeB: true }, inputs);
    if (!a || !b) return { launches: [] };
    const grain = Math.ceil(grainFlops / 8 / (8 * k));
    const words = [b, a, ...rest, { u32: 1 }];
    return { launches: [{ function: "matmulDots", arguments: words, units: batch * Math.ceil(m / 4), grain }] };
  },
};

const packed: WasmKernel<MatmulAttributes> = {
  device: "wasm",
  name: "packed",
  lower: (context) => {
    const shape = shapeOf(context);
    if (isEmpty(shape)) return { launches: [] };
    const { batch, m, n, k } = shape;
    const { threads } = context.device;
    const { rows, columns, depth } = tiles(batch, m, n, threads);
    const rowTiles = Math.ceil(m / rows);
    const units = batch * Math.ceil(n / columns) * rowTiles;
    const grain = Math.ceil(grainFlops / (2 * rows * columns * Math.max(k, 1)));
    const words = [
      ...blockOf(shape, context.attributes, context.inputs),
      { u32: rows },
      { u32: columns },
      { u32: depth },
      { u32: 0 },
      { u32: 0 },
    ];
    // Chunks of whole column strips pack B once; where there are too few of them, threads share a strip.
    const whole = Math.ceil(n / columns) * batch >= threads ? rowTiles : Math.ceil(units / threads);
    return { launches: [{ function: "matmulPacked", arguments: words, units, grain: Math.max(grain, whole) }] };
  },
};

/** Elements of a constant B from which strips of it are kept; below, the call costs more than packing. */
const keptElements = 4096;
/** Elements of B beyond any cache: few rows then stream it as fast from where it is. */
const streamedElements = 1 << 20;

/** B is the same at every run: its strips are laid out once, and each run reads memory forwards only. */
const kept: WasmKernel<MatmulAttributes> = {
  device: "wasm",
  name: "packed, B kept in strips",
  when: (context) => {
    const { m, n, k } = shapeOf(context);
    if (!context.constant?.[1] || m < 3 || n < 8 || k * n < keptElements) return false;
    return m > streamedRows(k) || k * n <= streamedElements;
  },
  lower: (context) => {
    const { inputs, attributes } = context;
    const shape = shapeOf(context);
    if (isEmpty(shape)) return { launches: [] };
    const { batch, m, n, k, bBatchStride } = shape;
    const { threads } = context.device;
    const { rows, columns } = tiles(batch, m, n, threads);
    // With one strip of rows each strip of B is read once, so it need not stay in a cache.
    const depth = rows <= 6 ? 8192 : 512;
    const strips = Math.ceil(n / 8) * (bBatchStride > 0 ? batch : 1);
    const b = { prepared: 0 } as const;
    const words = [...blockOf(shape, attributes, inputs), { u32: rows }, { u32: columns }, { u32: depth }, b];
    const units = batch * Math.ceil(n / columns) * Math.ceil(m / rows);
    const order = [{ input: 1 }, b, { u32: n }, { u32: k }, { u32: attributes.transposeB ? 1 : 0 }] as const;
    const layout = { function: "matmulStrips", arguments: order, units: strips, grain: Math.ceil(20_000 / k) };
    return {
      prepared: [{ byteLength: 32 * strips * k, launches: [layout] }],
      launches: [
        { function: "matmulPacked", arguments: words, units, grain: Math.ceil(grainFlops / (2 * rows * columns * k)) },
      ],
    };
  },
};

const ofFloats: WasmKernel<MatmulAttributes>[] = [direct, kept, streamed, dots, oneColumn, packed];

export const matmulWasm: WasmKernel<MatmulAttributes>[] = [halfMatmul(ofFloats), ...ofFloats];
