// How the gradients of a convolution are launched on WASM: products over patches that are turned or lie the other way, or direct
// sums where a group is one channel.
import type { WasmKernel } from "../contract/kernel.ts";
import { allWeights, lowerByPhases } from "./phases.launch.ts";
import {
  depthwiseLaunch,
  directGrain,
  fitsRows,
  geometryWords,
  grainFlops,
  isPointwise,
  none,
  pixelsOf,
  placesOf,
  productLaunch,
  tapsOf,
  tiles,
} from "./product.launch.ts";
import {
  type ConvolutionInputGradientAttributes,
  type ConvolutionShape,
  type ConvolutionWeightGradientAttributes,
  inputGradientShape,
  multiplyAdds,
  weightGradientShape,
} from "./shape.ts";

/** The geometry of the convolution by weights in reverse that gives a gradient at stride 1; padding may come out negative. */
const reversedShape = (shape: ConvolutionShape): ConvolutionShape => ({
  ...shape,
  height: shape.outHeight,
  width: shape.outWidth,
  top: (shape.kernelHeight - 1) * shape.dilationDown - shape.top,
  left: (shape.kernelWidth - 1) * shape.dilationAcross - shape.left,
  outHeight: shape.height,
  outWidth: shape.width,
});

const reversedInput: WasmKernel<ConvolutionInputGradientAttributes> = {
  device: "wasm",
  name: "one channel and one output a group, windows in reverse",
  when: ({ inputs, attributes }) => {
    const shape = inputGradientShape(inputs, attributes);
    const reversed = reversedShape(shape);
    const isSingle = shape.channels === 1 && shape.outputs === 1 && shape.strideDown === 1 && shape.strideAcross === 1;
    return isSingle && reversed.top >= 0 && reversed.left >= 0 && fitsRows(reversed);
  },
  lower: ({ inputs, attributes }) => {
    const shape = reversedShape(inputGradientShape(inputs, attributes));
    const { batch, groups, outHeight, outWidth } = shape;
    const units = batch * groups * outHeight;
    if (units * outWidth === 0) return none;
    const taps = tapsOf(shape);
    return {
      scratch: [4 * groups * taps],
      launches: [
        {
          function: "convolutionReverseTaps",
          arguments: [{ input: 1 }, { scratch: 0 }, { u32: taps }],
          units: groups,
          grain: Math.ceil(20_000 / taps),
        },
        depthwiseLaunch(shape, { input: 0 }, { scratch: 0 }, { u32: 0 }, 0),
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

const byPhases: WasmKernel<ConvolutionInputGradientAttributes> = {
  device: "wasm",
  name: "packed patches, phase by phase of the stride",
  when: ({ attributes }) => attributes.strides.some((stride) => stride > 1),
  lower: ({ inputs, attributes, device }) => lowerByPhases(inputGradientShape(inputs, attributes), device.threads),
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
      to: { output: 0 },
      k: outputs * tapsOf(shape),
      channels: outputs,
      activation: 0,
      gathering: isPointwise(shape) ? "plain" : "turned",
      transposed: oneTap,
      geometry: geometryWords(shape, shape.outHeight, shape.outWidth, shape.width),
    });
    if (oneTap) return { launches: [product] };
    return { scratch: [4 * size], launches: size === 0 ? [product] : [allWeights(shape), product] };
  },
};

const directWeights: WasmKernel<ConvolutionWeightGradientAttributes> = {
  device: "wasm",
  name: "one channel a group, direct sums",
  when: ({ inputs, attributes }) => weightGradientShape(inputs, attributes).channels === 1,
  lower: ({ inputs, attributes }) => {
    const shape = weightGradientShape(inputs, attributes);
    const { batch, groups, outputs, outHeight, outWidth } = shape;
    const units = groups * outputs * shape.kernelHeight;
    if (units * shape.kernelWidth === 0) return none;
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
          grain: directGrain(2 * batch * placesOf(shape) * shape.kernelWidth),
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

export const inputGradientWasm: WasmKernel<ConvolutionInputGradientAttributes>[] = [
  reversedInput,
  directInput,
  byPhases,
  packedInput,
];
export const weightGradientWasm: WasmKernel<ConvolutionWeightGradientAttributes>[] = [directWeights, packedWeights];
