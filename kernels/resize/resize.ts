// Resizing images and its gradient: both are linear and each other's transpose.
import { type Case, op } from "../contract/op.ts";
import { byteSizeOf, sizeOf, type TensorType } from "../contract/tensor-type.ts";
import { within } from "../contract/tolerance.ts";
import { resizeGradientWasm, resizeWasm } from "./resize.launch.ts";
import { walkResize } from "./resize.reference.ts";
import { resizeGradientWebGPU, resizeWebGPU } from "./resize.wgsl.ts";
import {
  type ResizeAttributes,
  type ResizeGradientAttributes,
  type ResizeRule,
  resizeGradientShape,
  resizeShape,
} from "./shape.ts";

const rules: ResizeRule[] = [
  { mode: "nearest", coordinates: "halfPixel", rounding: "preferFloor" },
  { mode: "nearest", coordinates: "asymmetric", rounding: "floor" },
  { mode: "nearest", coordinates: "alignCorners", rounding: "preferFloor" },
  { mode: "nearest", coordinates: "halfPixel", rounding: "floor" },
  { mode: "linear", coordinates: "halfPixel", rounding: "preferFloor" },
  { mode: "linear", coordinates: "alignCorners", rounding: "preferFloor" },
  { mode: "linear", coordinates: "asymmetric", rounding: "preferFloor" },
];

/** Image and result: larger, smaller, ties, one pixel, rows that end within a vector. */
const sizes: [number[], number[]][] = [
  [
    [1, 2, 2, 2],
    [4, 6],
  ],
  [
    [2, 1, 2, 4],
    [1, 3],
  ],
  [
    [1, 1, 9, 7],
    [5, 3],
  ],
  [
    [1, 2, 3, 5],
    [7, 13],
  ],
  [
    [1, 1, 1, 1],
    [3, 5],
  ],
  [
    [1, 1, 6, 5],
    [1, 1],
  ],
  [
    [2, 3, 4, 8],
    [4, 8],
  ],
  [
    [0, 2, 3, 3],
    [2, 2],
  ],
];

const f32 = (shape: readonly number[]): TensorType => ({ dtype: "f32", shape });

const imageType = (gradient: TensorType | undefined, attributes: ResizeGradientAttributes): TensorType => {
  const { height, width } = resizeGradientShape(gradient, attributes);
  return f32([...(gradient?.shape.slice(0, 2) ?? []), height, width]);
};

const outputType = (image: TensorType | undefined, attributes: ResizeAttributes): TensorType => {
  const { outHeight, outWidth } = resizeShape(image, attributes);
  return f32([...(image?.shape.slice(0, 2) ?? []), outHeight, outWidth]);
};

/** Results at one pixel's neighbours along an axis. */
const share = (size: number, out: number): number => Math.ceil(out / size) + 2;

/**
 * f32 images [batch, channels, height, width] at another height and width. In "linear" mode a pixel that is infinite may make
 * NaN beside it.
 */
export const resize = op<ResizeAttributes>({
  name: "resize",
  inputs: ["image"],
  outputs: ([image], attributes) => [outputType(image, attributes)],
  work: ([image], attributes) => {
    const output = outputType(image, attributes);
    const flops = attributes.mode === "linear" ? 6 * sizeOf(output.shape) : 0;
    return { flops, bytes: byteSizeOf(output) + (image ? byteSizeOf(image) : 0) };
  },
  // Nearest copies; a mean of four normals with rounded weights is off by a few roundings of numbers up to 5.
  tolerance: (_, { mode }) => (mode === "nearest" ? within(0, 0) : within(1e-6, 2e-6)),
  reference: ([image], attributes) => {
    const type = outputType(image?.type, attributes);
    const data = new Float64Array(sizeOf(type.shape));
    walkResize(resizeShape(image?.type, attributes), attributes, (pixel, result, weight) => {
      data[result] = (data[result] ?? 0) + weight * (image?.data[pixel] ?? Number.NaN);
    });
    return [{ type, data }];
  },
  kernels: [...resizeWasm, ...resizeWebGPU],
  cases: [
    ...rules.flatMap((rule) =>
      sizes.map(([shape, size]): Case<ResizeAttributes> => ({ inputs: [f32(shape)], attributes: { ...rule, size } })),
    ),
    ...rules.slice(0, 2).map(
      (rule): Case<ResizeAttributes> => ({
        inputs: [f32([1, 1, 5, 6])],
        attributes: { ...rule, size: [7, 9] },
        values: ["special"],
      }),
    ),
  ],
});

/** The gradient of an image that had been resized: each pixel gets what it counted in. */
export const resizeGradient = op<ResizeGradientAttributes>({
  name: "resizeGradient",
  inputs: ["gradient"],
  outputs: ([gradient], attributes) => [imageType(gradient, attributes)],
  work: ([gradient], attributes) => {
    const output = imageType(gradient, attributes);
    const elements = sizeOf(gradient?.shape ?? []);
    return {
      flops: (attributes.mode === "linear" ? 8 : 1) * elements,
      bytes: byteSizeOf(output) + 4 * elements,
    };
  },
  tolerance: ([gradient], attributes) => {
    const { height, width, outHeight, outWidth } = resizeGradientShape(gradient, attributes);
    return within(1e-6, 3e-7 * (4 + share(height, outHeight) * share(width, outWidth)));
  },
  reference: ([gradient], attributes) => {
    const type = imageType(gradient?.type, attributes);
    const data = new Float64Array(sizeOf(type.shape));
    walkResize(resizeGradientShape(gradient?.type, attributes), attributes, (pixel, result, weight) => {
      data[pixel] = (data[pixel] ?? 0) + weight * (gradient?.data[result] ?? Number.NaN);
    });
    return [{ type, data }];
  },
  kernels: [...resizeGradientWasm, ...resizeGradientWebGPU],
  cases: rules.flatMap((rule) =>
    sizes.map(
      ([shape, size]): Case<ResizeGradientAttributes> => ({
        inputs: [f32([...shape.slice(0, 2), ...size])],
        attributes: { ...rule, inputSize: shape.slice(2) },
      }),
    ),
  ),
});
