// Convolution and its gradients on WebGPU: as products where groups have enough outputs. Else results and image gradients
// take one thread an element; weight gradients one thread or, over many places, one workgroup an element: every 256th place a
// thread, then a tree of fixed shape.
// Sizes are written into the text, so that the compiler turns the divisions into multiplications.
import { entry, gridOf, gridOfThreads, indent, storage, workgroupSize } from "../contract/dispatch.wgsl.ts";
import type { KernelContext, Lowered, WebGPUKernel, WebGPULaunch } from "../contract/kernel.ts";
import { calledFunctions, elementAliases } from "../map/scalar.wgsl.ts";
import { activationText } from "../matmul/form.wgsl.ts";
import { forwardProduct, imageGradientProduct, suitsProduct, weightGradientProduct } from "./product.wgsl.ts";
import {
  type ConvolutionAttributes,
  type ConvolutionInputGradientAttributes,
  type ConvolutionShape,
  type ConvolutionWeightGradientAttributes,
  convolutionShape,
  inputGradientShape,
  weightGradientShape,
} from "./shape.ts";
import { sizeConstants, tapLoop, windowLoop } from "./window.wgsl.ts";

const head = (shape: ConvolutionShape, inputs: readonly string[], called = ""): string =>
  [
    elementAliases(1),
    sizeConstants(shape),
    ...inputs.map((name, i) => storage(i, name, "f32")),
    storage(inputs.length, "result", "f32", "read_write"),
    calledFunctions(called),
  ]
    .filter(Boolean)
    .join("\n");

const lower = ({ inputs, attributes, device }: KernelContext<ConvolutionAttributes>): Lowered<WebGPULaunch> => {
  const shape = convolutionShape("convolution", inputs, attributes);
  const size = shape.batch * shape.groups * shape.outputs * shape.outHeight * shape.outWidth;
  if (size === 0) return { launches: [] };
  const hasBias = inputs.length > 2;
  if (suitsProduct(shape.outputs, shape.channels * shape.kernelHeight * shape.kernelWidth))
    return forwardProduct(shape, hasBias, attributes.activation, device);
  const value = activationText[attributes.activation];
  const source =
    head(shape, hasBias ? ["image", "weights", "bias"] : ["image", "weights"], value) +
    entry(`
if (index >= parameter(0)) { return; }
let ox = i32(index) % outWidth;
let oy = (i32(index) / outWidth) % outHeight;
let o = (i32(index) / (outWidth * outHeight)) % (groups * outputs);
let n = i32(index) / (outWidth * outHeight * groups * outputs);
let firstChannel = n * groups * channels + (o / outputs) * channels;
var sum = ${hasBias ? "bias[o]" : "0.0"};
for (var c = 0i; c < channels; c++) {
  let plane = (firstChannel + c) * height;
  let tap = (o * channels + c) * kernelHeight;
${indent(tapLoop("sum = fma(image[(plane + y) * width + x], weights[(tap + ky) * kernelWidth + kx], sum);"))}
}
result[index] = ${value};
`);
  const bindings = [...inputs.map((_, input) => ({ input })), { output: 0 }];
  return { launches: [{ source, bindings, workgroups: gridOfThreads(size), parameters: [size] }] };
};

const lowerInput = ({
  inputs,
  attributes,
  device,
}: KernelContext<ConvolutionInputGradientAttributes>): Lowered<WebGPULaunch> => {
  const shape = inputGradientShape(inputs, attributes);
  const size = shape.batch * shape.groups * shape.channels * shape.height * shape.width;
  if (size === 0) return { launches: [] };
  if (suitsProduct(shape.channels, shape.outputs * shape.kernelHeight * shape.kernelWidth))
    return imageGradientProduct(shape, device);
  const source =
    head(shape, ["gradient", "weights"]) +
    entry(`
if (index >= parameter(0)) { return; }
let x = i32(index) % width;
let y = (i32(index) / width) % height;
let channel = (i32(index) / (width * height)) % (groups * channels);
let n = i32(index) / (width * height * groups * channels);
let group = channel / channels;
let c = channel % channels;
var sum = 0.0;
for (var own = 0i; own < outputs; own++) {
  let o = group * outputs + own;
  let plane = (n * groups * outputs + o) * outHeight;
  let tap = (o * channels + c) * kernelHeight;
${indent(windowLoop("sum = fma(gradient[(plane + oy) * outWidth + ox], weights[(tap + ky) * kernelWidth + kx], sum);"))}
}
result[index] = sum;
`);
  return {
    launches: [
      {
        source,
        bindings: [{ input: 0 }, { input: 1 }, { output: 0 }],
        workgroups: gridOfThreads(size),
        parameters: [size],
      },
    ],
  };
};

/** Places up to which a thread sums a weight alone. */
const fewPlaces = 64;

/** The sum of one weight over places from `first`, every `step`-th. */
const weightSum = (index: string, first: string, step: number): string => `
if (${index} >= parameter(0)) { return; }
let weight = i32(${index});
let kx = weight % kernelWidth;
let ky = (weight / kernelWidth) % kernelHeight;
let c = (weight / (kernelWidth * kernelHeight)) % channels;
let o = weight / (kernelWidth * kernelHeight * channels);
let channel = (o / outputs) * channels + c;
var sum = 0.0;
for (var place = ${first}; place < batch * outHeight * outWidth; place += ${step}i) {
  let ox = place % outWidth;
  let oy = (place / outWidth) % outHeight;
  let n = place / (outWidth * outHeight);
  let y = oy * strideDown - top + ky * dilationDown;
  let x = ox * strideAcross - left + kx * dilationAcross;
  if (y < 0i || y >= height || x < 0i || x >= width) { continue; }
  let pixel = image[((n * groups * channels + channel) * height + y) * width + x];
  sum = fma(pixel, gradient[((n * groups * outputs + o) * outHeight + oy) * outWidth + ox], sum);
}`;

const weightByThread = (shape: ConvolutionShape): string =>
  head(shape, ["image", "gradient"]) + entry(`${weightSum("index", "0i", 1)}\nresult[index] = sum;`);

const weightByWorkgroup = (shape: ConvolutionShape): string => `${head(shape, ["image", "gradient"])}
var<workgroup> partial: array<f32, ${workgroupSize}>;
${entry(`${weightSum("workgroup", "i32(lane)", workgroupSize)}
partial[lane] = sum;
for (var half = ${workgroupSize / 2}u; half > 0u; half /= 2u) {
  workgroupBarrier();
  if (lane < half) { partial[lane] += partial[lane + half]; }
}
if (lane == 0u) { result[workgroup] = partial[0]; }
`)}`;

const lowerWeights = ({
  inputs,
  attributes,
  device,
}: KernelContext<ConvolutionWeightGradientAttributes>): Lowered<WebGPULaunch> => {
  const shape = weightGradientShape(inputs, attributes);
  const size = shape.groups * shape.outputs * shape.channels * shape.kernelHeight * shape.kernelWidth;
  if (size === 0) return { launches: [] };
  if (suitsProduct(shape.outputs, shape.channels * shape.kernelHeight * shape.kernelWidth))
    return weightGradientProduct(shape, device);
  const byThread = shape.batch * shape.outHeight * shape.outWidth <= fewPlaces;
  const source = byThread ? weightByThread(shape) : weightByWorkgroup(shape);
  return {
    launches: [
      {
        source,
        bindings: [{ input: 0 }, { input: 1 }, { output: 0 }],
        workgroups: byThread ? gridOfThreads(size) : gridOf(size),
        parameters: [size],
      },
    ],
  };
};

export const convolutionWebGPU: WebGPUKernel<ConvolutionAttributes>[] = [
  { device: "webgpu", name: "one thread an element", lower },
];
export const inputGradientWebGPU: WebGPUKernel<ConvolutionInputGradientAttributes>[] = [
  { device: "webgpu", name: "one thread an element", lower: lowerInput },
];
export const weightGradientWebGPU: WebGPUKernel<ConvolutionWeightGradientAttributes>[] = [
  { device: "webgpu", name: "one thread or workgroup an element", lower: lowerWeights },
];
