// Pooling: the largest or the mean of each window, the place of the largest, and the gradient back to the image.
import { op } from "../contract/op.ts";
import { byteSizeOf, sizeOf, type TensorType } from "../contract/tensor-type.ts";
import { within } from "../contract/tolerance.ts";
import { gradientCases, indexCases, poolCases } from "./pool.cases.ts";
import { poolGradientWasm, poolIndicesWasm, poolWasm } from "./pool.launch.ts";
import { divisorOf, largestOf, walkWindows } from "./pool.reference.ts";
import { poolGradientWebGPU, poolIndicesWebGPU, poolWebGPU } from "./pool.wgsl.ts";
import {
  type PoolAttributes,
  type PoolGradientAttributes,
  type PoolWindow,
  poolGradientOutput,
  poolOutput,
  poolShape,
} from "./shape.ts";

const taps = ({ size }: PoolWindow): number => (size[0] ?? 1) * (size[1] ?? 1);

/** An average of k terms is rounded k times at most by half an ulp of partial sums of about sqrt(k). */
const toleranceOf = (attributes: PoolWindow) => within(1e-6, 1.2e-7 * (4 + taps(attributes)));

/** Each window's largest element (a NaN wins) or mean: f32 [batch, channels, height, width] to [..., places, places]. */
export const pool = op<PoolAttributes>({
  name: "pool",
  inputs: ["image"],
  outputs: ([image], attributes) => [poolOutput("pool", image, attributes)],
  work: ([image], attributes) => {
    const output = poolOutput("pool", image, attributes);
    return {
      flops: sizeOf(output.shape) * taps(attributes),
      bytes: byteSizeOf(output) + (image ? byteSizeOf(image) : 0),
    };
  },
  tolerance: (_, attributes) => toleranceOf(attributes),
  reference: ([image], attributes) => {
    const type = poolOutput("pool", image?.type, attributes);
    const shape = poolShape("pool", image?.type, attributes);
    const data = new Float64Array(sizeOf(type.shape));
    walkWindows(shape, (result, pixels) => {
      const value = (pixel: number): number => image?.data[pixel] ?? Number.NaN;
      data[result] =
        attributes.function === "maximum"
          ? value(largestOf(pixels, image?.data))
          : pixels.reduce((sum, pixel) => sum + value(pixel), 0) / divisorOf(pixels, shape, attributes);
    });
    return [{ type, data }];
  },
  kernels: [...poolWasm, ...poolWebGPU],
  cases: poolCases,
});

const indicesType = (image: TensorType | undefined, attributes: PoolWindow): TensorType => ({
  dtype: "i32",
  shape: poolOutput("poolIndices", image, { ...attributes, function: "maximum", countPadding: false }).shape,
});

/** Where in the whole image, counted flat, each window's largest element lies: the first NaN, else the first of equals. */
export const poolIndices = op<PoolWindow>({
  name: "poolIndices",
  inputs: ["image"],
  outputs: ([image], attributes) => [indicesType(image, attributes)],
  work: ([image], attributes) => {
    const output = indicesType(image, attributes);
    return {
      flops: sizeOf(output.shape) * taps(attributes),
      bytes: byteSizeOf(output) + (image ? byteSizeOf(image) : 0),
    };
  },
  tolerance: within(0, 0),
  reference: ([image], attributes) => {
    const type = indicesType(image?.type, attributes);
    const data = new Int32Array(sizeOf(type.shape));
    walkWindows(poolShape("poolIndices", image?.type, attributes), (result, pixels) => {
      data[result] = largestOf(pixels, image?.data);
    });
    return [{ type, data }];
  },
  kernels: [...poolIndicesWasm, ...poolIndicesWebGPU],
  cases: indexCases,
});

/** The gradient of the image: to the largest element of each window (see poolIndices), or in equal parts to all of them. */
export const poolGradient = op<PoolGradientAttributes>({
  name: "poolGradient",
  inputs: ["gradient", "image?"],
  outputs: (inputs, attributes) => [poolGradientOutput(inputs, attributes)],
  work: (inputs, attributes) => {
    const output = poolGradientOutput(inputs, attributes);
    return {
      flops: sizeOf(inputs[0]?.shape ?? []) * taps(attributes),
      bytes: inputs.reduce((sum, input) => sum + byteSizeOf(input), byteSizeOf(output)),
    };
  },
  tolerance: (_, attributes) => toleranceOf(attributes),
  reference: (inputs, attributes) => {
    const [gradient, image] = inputs;
    const type = poolGradientOutput(
      inputs.map((input) => input.type),
      attributes,
    );
    const shape = poolShape("poolGradient", type, attributes);
    const data = new Float64Array(sizeOf(type.shape));
    walkWindows(shape, (result, pixels) => {
      const upstream = gradient?.data[result] ?? Number.NaN;
      const isMaximum = attributes.function === "maximum";
      const share = isMaximum ? upstream : upstream / divisorOf(pixels, shape, attributes);
      for (const pixel of isMaximum ? [largestOf(pixels, image?.data)] : pixels)
        data[pixel] = (data[pixel] ?? 0) + share;
    });
    return [{ type, data }];
  },
  kernels: [...poolGradientWasm, ...poolGradientWebGPU],
  cases: gradientCases,
});
