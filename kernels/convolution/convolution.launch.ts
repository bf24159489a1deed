// How convolution is launched on WASM: a product over packed patches, or direct sums where a group is one channel.
import type { KernelContext, WasmArgument, WasmKernel } from "../contract/kernel.ts";
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
          to: { output: 0 },
          k: channels * tapsOf(shape),
          channels,
          activation: activations.indexOf(context.attributes.activation),
          gathering: isPointwise(shape) ? "plain" : "forwards",
          transposed: false,
          geometry: geometryWords(shape, shape.height, shape.width, shape.outWidth),
        }),
      ],
    };
  },
};

export const convolutionWasm: WasmKernel<ConvolutionAttributes>[] = [direct, packed];
