// What the launches of convolution on WASM share: the product over packed patches, its tiles, and the words of a geometry.
// Tiles are the units that threads share; bits do not depend on them.
import type { Lowered, WasmArgument, WasmLaunch } from "../contract/kernel.ts";
import type { ConvolutionShape } from "./shape.ts";
import type { WindowShape } from "./window.ts";

/** About 20 us of work: 640,000 floating-point operations of a product, 100,000 of direct sums. */
export const grainFlops = 640_000;
const directGrainFlops = 100_000;
const up = (value: number, to: number): number => Math.ceil(value / to) * to;

/** Tiles of at most 96 x 512, narrower where threads would have nothing to do. */
export const tiles = (blocks: number, m: number, n: number, threads: number): { rows: number; columns: number } => {
  const rows = Math.min(96, up(Math.ceil(m / Math.ceil(m / 96)), 6));
  let columns = Math.min(512, up(Math.ceil(n / Math.ceil(n / 512)), 8));
  while (blocks * Math.ceil(n / columns) * Math.ceil(m / rows) < threads && columns > 64) columns = up(columns / 2, 8);
  return { rows, columns };
};

/** The geometry's words, of a plane `gathered` from and a plane of `planeWidth` columns walked over. */
export const geometryWords = (shape: WindowShape, height: number, width: number, planeWidth: number): WasmArgument[] =>
  [
    height,
    width,
    shape.kernelHeight,
    shape.kernelWidth,
    shape.strideDown,
    shape.strideAcross,
    shape.top,
    shape.left,
    shape.dilationDown,
    shape.dilationAcross,
    planeWidth,
  ].map((u32) => ({ u32 }));

export const tapsOf = (shape: WindowShape): number => shape.kernelHeight * shape.kernelWidth;
export const placesOf = (shape: WindowShape): number => shape.outHeight * shape.outWidth;
export const pixelsOf = (shape: WindowShape): number => shape.height * shape.width;

/** One tap that meets each pixel once: the image itself is the right operand. */
export const isPointwise = (shape: WindowShape): boolean =>
  tapsOf(shape) === 1 &&
  shape.strideDown === 1 &&
  shape.strideAcross === 1 &&
  shape.top === 0 &&
  shape.left === 0 &&
  placesOf(shape) === pixelsOf(shape);

/** Floats of padded rows that a thread holds, as the kernels have it. */
const paddedRoom = 262_144;

/** True when the padded rows that one row of windows reaches fit a thread's memory. */
export const fitsRows = (shape: WindowShape): boolean =>
  ((shape.kernelHeight - 1) * shape.dilationDown + 1) *
    ((shape.outWidth - 1) * shape.strideAcross + (shape.kernelWidth - 1) * shape.dilationAcross + 1) <=
  paddedRoom;

export const directGrain = (flopsAUnit: number): number => Math.ceil(directGrainFlops / Math.max(flopsAUnit, 1));

/** Direct sums where a group is one channel: rows of the result are the units. */
export const depthwiseLaunch = (
  shape: ConvolutionShape,
  image: WasmArgument,
  weights: WasmArgument,
  bias: WasmArgument,
  activation: number,
): WasmLaunch => {
  const { batch, groups, outputs, outHeight, outWidth } = shape;
  return {
    function: "convolutionDepthwise",
    arguments: [
      image,
      weights,
      bias,
      { output: 0 },
      { u32: activation },
      { u32: groups * outputs },
      { u32: outputs },
      { u32: outHeight },
      ...geometryWords(shape, shape.height, shape.width, outWidth),
    ],
    units: batch * groups * outputs * outHeight,
    grain: directGrain(2 * outWidth * tapsOf(shape)),
  };
};

export const none: Lowered<WasmLaunch> = { launches: [] };

/** How a product gathers its right operand; the kernel knows them by their order. */
const gatherings = ["forwards", "turned", "plain"] as const;

/** One product for each image's group: weights [m, k] times patches [k, n]. */
export interface Product {
  readonly from: WasmArgument;
  readonly weights: WasmArgument;
  readonly bias: WasmArgument;
  readonly to: WasmArgument;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Channels of a group of what is gathered from. */
  readonly channels: number;
  readonly activation: number;
  readonly gathering: (typeof gatherings)[number];
  /** Weights lie as [k, m]. */
  readonly transposed: boolean;
  readonly geometry: readonly WasmArgument[];
  /** Weights as convolutionStrips lays them out. */
  readonly strips?: WasmArgument;
}

export const productLaunch = (
  { batch, groups }: Pick<ConvolutionShape, "batch" | "groups">,
  threads: number,
  product: Product,
): WasmLaunch => {
  const { m, n, k } = product;
  const blocks = batch * groups;
  const { rows, columns } = tiles(blocks, m, n, threads);
  const rowTiles = Math.ceil(m / rows);
  const strips = blocks * Math.ceil(n / columns);
  const units = strips * rowTiles;
  const grain = Math.ceil(grainFlops / (2 * rows * columns * Math.max(k, 1)));
  // Chunks of whole column strips gather their patches once; where there are too few, threads share a strip.
  const whole = strips >= threads ? rowTiles : Math.ceil(units / threads);
  return {
    function: "convolutionPacked",
    arguments: [
      product.from,
      product.weights,
      product.bias,
      product.to,
      { u32: m },
      { u32: n },
      { u32: k },
      { u32: product.activation },
      { u32: rows },
      { u32: columns },
      { u32: groups },
      { u32: product.channels },
      { u32: gatherings.indexOf(product.gathering) },
      { u32: product.transposed ? 1 : 0 },
      ...product.geometry,
      product.strips ?? { u32: 0 },
    ],
    units,
    grain: Math.max(grain, whole),
  };
};
