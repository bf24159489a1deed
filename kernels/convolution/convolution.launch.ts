// How convolution is launched on WASM: a product over packed patches, or direct sums where a group is one channel.
import type { KernelContext, WasmArgument, WasmKernel, WasmLaunch } from "../contract/kernel.ts";
import { activations } from "../matmul/activation.ts";
import {
  depthwiseLaunch,
  fitsRows,
  geometryWords,
  isPointwise,
  none,
  placesOf,
  productLaunch,
  tapsOf,
} from "./product.launch.ts";
import { type ConvolutionAttributes, type ConvolutionShape, convolutionShape } from "./shape.ts";

const forwardShape = ({ inputs, attributes }: KernelContext<ConvolutionAttributes>): ConvolutionShape =>
  convolutionShape("convolution", inputs, attributes);
const direct: WasmKernel<ConvolutionAttributes> = {
  device: "wasm",
  name: "one channel a group, direct sums",
  when: (context) => {
    const shape = forwardShape(context);
    return shape.channels === 1 && fitsRows(shape);
  },
  lower: (context) => {
    const shape = forwardShape(context);
    const { batch, groups, outputs } = shape;
    if (batch * groups * outputs * placesOf(shape) === 0) return none;
    const bias: WasmArgument = context.inputs.length > 2 ? { input: 2 } : { u32: 0 };
    const activation = activations.indexOf(context.attributes.activation);
    return { launches: [depthwiseLaunch(shape, { input: 0 }, { input: 1 }, bias, activation)] };
  },
};

const productOf = (context: KernelContext<ConvolutionAttributes>, strips?: WasmArgument): WasmLaunch => {
  const shape = forwardShape(context);
  const { outputs, channels } = shape;
  return productLaunch(shape, context.device.threads, {
    from: { input: 0 },
    weights: { input: 1 },
    bias: context.inputs.length > 2 ? { input: 2 } : { u32: 0 },
    m: outputs,
    n: placesOf(shape),
    to: { output: 0 },
    k: channels * tapsOf(shape),
    channels,
    activation: activations.indexOf(context.attributes.activation),
    gathering: isPointwise(shape) ? "plain" : "forwards",
    transposed: false,
    geometry: geometryWords(shape, shape.height, shape.width, shape.outWidth),
    ...(strips ? { strips } : {}),
  });
};

const isEmpty = (shape: ConvolutionShape): boolean =>
  shape.batch * shape.groups * shape.outputs * placesOf(shape) === 0;

/** Weights from which strips of them are kept; places of a plane from which packing them is under a hundredth of the work. */
const keptElements = 4096;
const manyPlaces = 1024;

/** Weights are the same at every run: their strips are laid out once (at 7 x 7 places packing is a seventh of the work). */
const kept: WasmKernel<ConvolutionAttributes> = {
  device: "wasm",
  name: "packed patches, weights kept in strips",
  when: (context) => {
    const shape = forwardShape(context);
    const elements = shape.outputs * shape.channels * tapsOf(shape);
    return context.constant?.[1] === true && elements >= keptElements && placesOf(shape) < manyPlaces;
  },
  lower: (context) => {
    const shape = forwardShape(context);
    if (isEmpty(shape)) return none;
    const k = shape.channels * tapsOf(shape);
    const strips = shape.groups * Math.ceil(shape.outputs / 6);
    const to = { prepared: 0 } as const;
    const layout = {
      function: "convolutionStrips",
      arguments: [{ input: 1 }, to, { u32: shape.outputs }, { u32: k }],
      units: strips,
      grain: Math.ceil(20_000 / k),
    };
    return {
      prepared: [{ byteLength: 24 * strips * k, launches: [layout] }],
      launches: [productOf(context, to)],
    };
  },
};

const packed: WasmKernel<ConvolutionAttributes> = {
  device: "wasm",
  name: "packed patches",
  lower: (context) => (isEmpty(forwardShape(context)) ? none : { launches: [productOf(context)] }),
};

export const convolutionWasm: WasmKernel<ConvolutionAttributes>[] = [direct, kept, packed];
