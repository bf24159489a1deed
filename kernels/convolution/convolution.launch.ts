// How convolution and its gradients are launched on WASM: tiles of a matrix product over patches, or direct sums where a
// group is one channel. Tiles are the units that threads share; bits do not depend on them.
import type {
  BufferReference,
  KernelContext,
  Lowered,
  WasmArgument,
  WasmKernel,
  WasmLaunch,
} from "../contract/kernel.ts";
import { activations } from "../matmul/activation.ts";
import {
  type ConvolutionAttributes,
  type ConvolutionInputGradientAttributes,
  type ConvolutionShape,
  type ConvolutionWeightGradientAttributes,
  convolutionShape,
  inputGradientShape,
  multiplyAdds,
  weightGradientShape,
} from "./shape.ts";
import type { WindowShape } from "./window.ts";

/** About 20 us of work: 640,000 floating-point operations of a product, 100,000 of direct sums. */
const grainFlops = 640_000;
const directGrainFlops = 100_000;
const up = (value: number, to: number): number => Math.ceil(value / to) * to;

/** Tiles of at most 96 x 512, narrower where threads would have nothing to do. */
const tiles = (blocks: number, m: number, n: number, threads: number): { rows: number; columns: number } => {
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

const tapsOf = (shape: WindowShape): number => shape.kernelHeight * shape.kernelWidth;
const placesOf = (shape: WindowShape): number => shape.outHeight * shape.outWidth;
const pixelsOf = (shape: WindowShape): number => shape.height * shape.width;

/** One tap that meets each pixel once: the image itself is the right operand. */
const isPointwise = (shape: WindowShape): boolean =>
  tapsOf(shape) === 1 &&
  shape.strideDown === 1 &&
  shape.strideAcross === 1 &&
  shape.top === 0 &&
  shape.left === 0 &&
  placesOf(shape) === pixelsOf(shape);

interface Product {
  readonly from: BufferReference;
  readonly weights: BufferReference;
  readonly bias: WasmArgument;
  readonly m: number;
  readonly n: number;
  readonly channels: number;
  readonly activation: number;
  readonly turned: boolean;
  readonly transposed: boolean;
  readonly geometry: readonly WasmArgument[];
}

const productLaunch = (shape: ConvolutionShape, threads: number, product: Product): WasmLaunch => {
  const { m, n } = product;
  const k = product.channels * tapsOf(shape);
  const blocks = shape.batch * shape.groups;
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
      { output: 0 },
      { u32: m },
      { u32: n },
      { u32: k },
      { u32: product.activation },
      { u32: rows },
      { u32: columns },
      { u32: shape.groups },
      { u32: product.channels },
      { u32: isPointwise(shape) ? 2 : product.turned ? 1 : 0 },
      { u32: product.transposed ? 1 : 0 },
      ...product.geometry,
    ],
    units,
    grain: Math.max(grain, whole),
  };
};

/** Floats of padded rows that a thread holds, as the kernels have it. */
const paddedRoom = 262_144;

/** True when the padded rows that one row of windows reaches fit a thread's memory. */
export const fitsRows = (shape: WindowShape): boolean =>
  ((shape.kernelHeight - 1) * shape.dilationDown + 1) *
    ((shape.outWidth - 1) * shape.strideAcross + (shape.kernelWidth - 1) * shape.dilationAcross + 1) <=
  paddedRoom;

const forwardShape = ({ inputs, attributes }: KernelContext<ConvolutionAttributes>): ConvolutionShape =>
  convolutionShape("convolution", inputs, attributes);
const directGrain = (flopsAUnit: number): number => Math.ceil(directGrainFlops / Math.max(flopsAUnit, 1));
const none: Lowered<WasmLaunch> = { launches: [] };

const direct: WasmKernel<ConvolutionAttributes> = {
  device: "wasm",
  name: "one channel a group, direct sums",
  when: (context) => {
    const shape = forwardShape(context);
    return shape.channels === 1 && fitsRows(shape);
  },
  lower: (context) => {
    const shape = forwardShape(context);
    const { batch, groups, outputs, outHeight, outWidth } = shape;
    const units = batch * groups * outputs * outHeight;
    if (units * outWidth === 0) return none;
    return {
      launches: [
        {
          function: "convolutionDepthwise",
          arguments: [
            { input: 0 },
            { input: 1 },
            context.inputs.length > 2 ? { input: 2 } : { u32: 0 },
            { output: 0 },
            { u32: activations.indexOf(context.attributes.activation) },
            { u32: groups * outputs },
            { u32: outputs },
            { u32: outHeight },
            ...geometryWords(shape, shape.height, shape.width, outWidth),
          ],
          units,
          grain: directGrain(2 * outWidth * tapsOf(shape)),
        },
      ],
    };
  },
};

const packed: WasmKernel<ConvolutionAttributes> = {
  device: "wasm",
  name: "packed patches",
  lower: (context) => {
    const shape = forwardShape(context);
    const { batch, groups, outputs, channels } = shape;
    if (batch * groups * outputs * placesOf(shape) === 0) return none;
    return {
      launches: [
        productLaunch(shape, context.device.threads, {
          from: { input: 0 },
          weights: { input: 1 },
          bias: context.inputs.length > 2 ? { input: 2 } : { u32: 0 },
          m: outputs,
          n: placesOf(shape),
          channels,
          activation: activations.indexOf(context.attributes.activation),
          turned: false,
          transposed: false,
          geometry: geometryWords(shape, shape.height, shape.width, shape.outWidth),
        }),
      ],
    };
  },
};

const directInput: WasmKernel<ConvolutionInputGradientAttributes> = {
  device: "wasm",
  name: "one channel a group, direct sums",
  when: ({ inputs, attributes }) => inputGradientShape(inputs, attributes).channels === 1,
  lower: ({ inputs, attributes }) => {
    const shape = inputGradientShape(inputs, attributes);
    const { batch, groups, outputs, outHeight, outWidth } = shape;
    const units = batch * groups;
    if (units * pixelsOf(shape) === 0) return none;
    return {
      launches: [
        {
          function: "convolutionDepthwiseInput",
          arguments: [
            { input: 0 },
            { input: 1 },
            { output: 0 },
            { u32: groups * outputs },
            { u32: outputs },
            { u32: outHeight },
            ...geometryWords(shape, shape.height, shape.width, outWidth),
          ],
          units,
          grain: directGrain(2 * placesOf(shape) * tapsOf(shape) * outputs + pixelsOf(shape)),
        },
      ],
    };
  },
};

/** Weights [groups, outputs, channels, taps] turned into [groups, channels, outputs, taps] for the gradient's product. */
const turnWeights = ({ groups, outputs, channels, ...shape }: ConvolutionShape): WasmLaunch => {
  const taps = tapsOf(shape);
  const axis = (size: number, from: number, to: number): WasmArgument[] => [
    { u32: size },
    { u32: 4 * from },
    { u32: 4 * to },
  ];
  return {
    function: "moveRows",
    arguments: [
      { input: 1 },
      { scratch: 0 },
      { u32: taps },
      { u32: 3 },
      ...axis(groups, outputs * channels * taps, outputs * channels * taps),
      ...axis(channels, taps, outputs * taps),
      ...axis(outputs, channels * taps, taps),
    ],
    units: groups * channels * outputs,
    grain: Math.ceil(80_000 / (taps + 30)),
  };
};

const packedInput: WasmKernel<ConvolutionInputGradientAttributes> = {
  device: "wasm",
  name: "packed patches, turned",
  lower: ({ inputs, attributes, device }) => {
    const shape = inputGradientShape(inputs, attributes);
    const { batch, groups, outputs, channels } = shape;
    if (batch * groups * channels * pixelsOf(shape) === 0) return none;
    const oneTap = tapsOf(shape) === 1;
    const size = groups * outputs * channels * tapsOf(shape);
    const product = productLaunch(shape, device.threads, {
      from: { input: 0 },
      weights: oneTap ? { input: 1 } : { scratch: 0 },
      bias: { u32: 0 },
      m: channels,
      n: pixelsOf(shape),
      channels: outputs,
      activation: 0,
      turned: true,
      transposed: oneTap,
      geometry: geometryWords(shape, shape.outHeight, shape.outWidth, shape.width),
    });
    if (oneTap) return { launches: [product] };
    return { scratch: [4 * size], launches: size === 0 ? [product] : [turnWeights(shape), product] };
  },
};

const directWeights: WasmKernel<ConvolutionWeightGradientAttributes> = {
  device: "wasm",
  name: "one channel a group, direct sums",
  when: ({ inputs, attributes }) => weightGradientShape(inputs, attributes).channels === 1,
  lower: ({ inputs, attributes }) => {
    const shape = weightGradientShape(inputs, attributes);
    const { batch, groups, outputs, outHeight, outWidth } = shape;
    const units = groups * outputs * tapsOf(shape);
    if (units === 0) return none;
    return {
      launches: [
        {
          function: "convolutionDepthwiseWeights",
          arguments: [
            { input: 0 },
            { input: 1 },
            { output: 0 },
            { u32: groups * outputs },
            { u32: outputs },
            { u32: outHeight },
            { u32: batch },
            ...geometryWords(shape, shape.height, shape.width, outWidth),
          ],
          units,
          grain: directGrain(2 * batch * placesOf(shape)),
        },
      ],
    };
  },
};

const packedWeights: WasmKernel<ConvolutionWeightGradientAttributes> = {
  device: "wasm",
  name: "packed patches, lying",
  lower: ({ inputs, attributes, device }) => {
    const shape = weightGradientShape(inputs, attributes);
    const { batch, groups, outputs, channels } = shape;
    const n = channels * tapsOf(shape);
    if (groups * outputs * n === 0) return none;
    if (batch === 0)
      return {
        launches: [
          {
            function: "fillWords",
            arguments: [{ output: 0 }, { u32: groups * outputs * n }, { u32: 0 }],
            units: Math.ceil((groups * outputs * n) / 4096),
            grain: 20,
          },
        ],
      };
    const { rows, columns } = tiles(groups, outputs, n, device.threads);
    const rowTiles = Math.ceil(outputs / rows);
    return {
      launches: [
        {
          function: "convolutionWeights",
          arguments: [
            { input: 0 },
            { input: 1 },
            { output: 0 },
            { u32: outputs },
            { u32: n },
            { u32: placesOf(shape) },
            { u32: batch },
            { u32: rows },
            { u32: columns },
            { u32: groups },
            { u32: channels },
            { u32: isPointwise(shape) ? 1 : 0 },
            ...geometryWords(shape, shape.height, shape.width, shape.outWidth),
          ],
          units: groups * rowTiles * Math.ceil(n / columns),
          grain: Math.ceil((grainFlops * groups * rowTiles) / (2 * Math.max(multiplyAdds(shape), 1))),
        },
      ],
    };
  },
};

export const convolutionWasm: WasmKernel<ConvolutionAttributes>[] = [direct, packed];
export const inputGradientWasm: WasmKernel<ConvolutionInputGradientAttributes>[] = [directInput, packedInput];
export const weightGradientWasm: WasmKernel<ConvolutionWeightGradientAttributes>[] = [directWeights, packedWeights];
