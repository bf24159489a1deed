// Pooling on WebGPU, one thread an element. The gradient of a maximum first finds each window's largest pixel, then every
// pixel adds the windows that chose it, so that the order is fixed without atomics.
import { entry, gridOfThreads, storage } from "../contract/dispatch.wgsl.ts";
import type { BufferReference, Lowered, WebGPUKernel, WebGPULaunch } from "../contract/kernel.ts";
import { sizeConstants, tapLoop, windowLoop } from "../convolution/window.wgsl.ts";
import { calledFunctions, elementAliases } from "../map/scalar.wgsl.ts";
import {
  type PoolAttributes,
  type PoolGradientAttributes,
  type PoolShape,
  type PoolWindow,
  poolGradientOutput,
  poolShape,
} from "./shape.ts";

interface Buffer {
  readonly name: string;
  readonly element: "f32" | "i32";
  readonly reference: BufferReference;
}

/** One thread an element; the last buffer is the result. */
const launch = (shape: PoolShape, size: number, buffers: readonly Buffer[], body: string): WebGPULaunch => ({
  source: [
    elementAliases(1),
    sizeConstants(shape),
    ...buffers.map(({ name, element }, i) =>
      storage(i, name, element, i === buffers.length - 1 ? "read_write" : "read"),
    ),
    calledFunctions(body),
    entry(`if (index >= parameter(0)) { return; }\n${body.replace(/\n{2,}/g, "\n")}`),
  ]
    .filter(Boolean)
    .join("\n"),
  bindings: buffers.map(({ reference }) => reference),
  workgroups: gridOfThreads(size),
  parameters: [size],
});

const placeText = `
let ox = i32(index) % outWidth;
let oy = (i32(index) / outWidth) % outHeight;
let plane = (i32(index) / (outWidth * outHeight)) * height;`;

const countText = (attributes: PoolAttributes, count: string): string =>
  attributes.countPadding ? "f32(kernelHeight * kernelWidth)" : count;

const image = (input: number): Buffer => ({ name: "image", element: "f32", reference: { input } });
const result: Buffer = { name: "result", element: "f32", reference: { output: 0 } };

const poolText = (attributes: PoolAttributes): string =>
  attributes.function === "maximum"
    ? `${placeText}
var value = fromBits(0xff800000u);
${tapLoop("value = maximum(value, image[(plane + y) * width + x]);")}
result[index] = value;`
    : `${placeText}
var sum = 0.0;
var count = 0.0;
${tapLoop("sum += image[(plane + y) * width + x];\ncount += 1.0;")}
result[index] = sum / ${countText(attributes, "count")};`;

const indexText = `${placeText}
var found = -1i;
var best = 0.0;
${tapLoop(`let at = (plane + y) * width + x;
let pixel = image[at];
if (found < 0i || pixel > best || (isNaN(pixel) && !isNaN(best))) {
  found = at;
  best = pixel;
}`)}
result[index] = found;`;

const pixelText = `
let x = i32(index) % width;
let y = (i32(index) / width) % height;
let plane = (i32(index) / (width * height)) * outHeight;
var sum = 0.0;`;

const largestGradientText = `${pixelText}
${windowLoop(`let place = (plane + oy) * outWidth + ox;
if (indices[place] == i32(index)) { sum += gradient[place]; }`)}
result[index] = sum;`;

/** The pixels of a window are those along each axis times one another. */
const averageGradientText = (attributes: PoolAttributes): string => `${pixelText}
${windowLoop(`let share = gradient[(plane + oy) * outWidth + ox];
${
  attributes.countPadding
    ? ""
    : `var rows = 0i;
for (var k = 0i; k < kernelHeight; k++) {
  let at = oy * strideDown - top + k * dilationDown;
  if (at >= 0i && at < height) { rows++; }
}
var columns = 0i;
for (var k = 0i; k < kernelWidth; k++) {
  let at = ox * strideAcross - left + k * dilationAcross;
  if (at >= 0i && at < width) { columns++; }
}`
}
sum += share / ${countText(attributes, "f32(rows * columns)")};`)}
result[index] = sum;`;

const places = (shape: PoolShape): number => shape.planes * shape.outHeight * shape.outWidth;

const lowerGradient = ({
  inputs,
  attributes,
}: {
  readonly inputs: Parameters<typeof poolGradientOutput>[0];
  readonly attributes: PoolGradientAttributes;
}): Lowered<WebGPULaunch> => {
  const shape = poolShape("poolGradient", poolGradientOutput(inputs, attributes), attributes);
  const size = shape.planes * shape.height * shape.width;
  if (size === 0) return { launches: [] };
  const gradient: Buffer = { name: "gradient", element: "f32", reference: { input: 0 } };
  if (attributes.function === "average")
    return { launches: [launch(shape, size, [gradient, result], averageGradientText(attributes))] };
  const scratch = { scratch: 0 };
  return {
    scratch: [4 * places(shape)],
    launches: [
      launch(shape, places(shape), [image(1), { name: "result", element: "i32", reference: scratch }], indexText),
      launch(
        shape,
        size,
        [gradient, { name: "indices", element: "i32", reference: scratch }, result],
        largestGradientText,
      ),
    ],
  };
};

export const poolWebGPU: WebGPUKernel<PoolAttributes>[] = [
  {
    device: "webgpu",
    name: "one thread an element",
    lower: ({ inputs, attributes }) => {
      const shape = poolShape("pool", inputs[0], attributes);
      if (places(shape) === 0) return { launches: [] };
      return { launches: [launch(shape, places(shape), [image(0), result], poolText(attributes))] };
    },
  },
];

export const poolIndicesWebGPU: WebGPUKernel<PoolWindow>[] = [
  {
    device: "webgpu",
    name: "one thread an element",
    lower: ({ inputs, attributes }) => {
      const shape = poolShape("poolIndices", inputs[0], attributes);
      if (places(shape) === 0) return { launches: [] };
      const indices: Buffer = { ...result, element: "i32" };
      return { launches: [launch(shape, places(shape), [image(0), indices], indexText)] };
    },
  },
];

export const poolGradientWebGPU: WebGPUKernel<PoolGradientAttributes>[] = [
  { device: "webgpu", name: "one thread an element", lower: lowerGradient },
];
