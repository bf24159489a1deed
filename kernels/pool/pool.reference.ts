// The plain meaning of pooling: windows walked place by place.

import type { Reference, ReferenceArray } from "../contract/reference.ts";
import { sizeOf } from "../contract/tensor-type.ts";
import { indicesType } from "./pool.ts";
import {
  type PoolAttributes,
  type PoolGradientAttributes,
  type PoolShape,
  type PoolWindow,
  poolGradientOutput,
  poolOutput,
  poolShape,
} from "./shape.ts";

/** Calls `visit` with the flat index of each window's result and of the pixels that it holds, row by row. */
export const walkWindows = (shape: PoolShape, visit: (result: number, pixels: readonly number[]) => void): void => {
  const { planes, height, width, outHeight, outWidth } = shape;
  for (let plane = 0; plane < planes; plane++)
    for (let oy = 0; oy < outHeight; oy++)
      for (let ox = 0; ox < outWidth; ox++) {
        const pixels: number[] = [];
        for (let ky = 0; ky < shape.kernelHeight; ky++)
          for (let kx = 0; kx < shape.kernelWidth; kx++) {
            const y = oy * shape.strideDown - shape.top + ky * shape.dilationDown;
            const x = ox * shape.strideAcross - shape.left + kx * shape.dilationAcross;
            if (y >= 0 && y < height && x >= 0 && x < width) pixels.push((plane * height + y) * width + x);
          }
        visit((plane * outHeight + oy) * outWidth + ox, pixels);
      }
};

/** The first NaN, else the first of the largest, as NumPy's argmax. */
export const largestOf = (pixels: readonly number[], data: ReferenceArray | undefined): number => {
  const value = (pixel: number): number => data?.[pixel] ?? Number.NaN;
  let best = pixels[0] ?? 0;
  for (const pixel of pixels) {
    if (Number.isNaN(value(best))) return best;
    if (value(pixel) > value(best) || Number.isNaN(value(pixel))) best = pixel;
  }
  return best;
};

/** What an average divides by. */
export const divisorOf = (pixels: readonly number[], shape: PoolShape, attributes: PoolAttributes): number =>
  attributes.countPadding ? shape.kernelHeight * shape.kernelWidth : pixels.length;

export const poolReference: Reference<PoolAttributes> = ([image], attributes) => {
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
};

export const poolIndicesReference: Reference<PoolWindow> = ([image], attributes) => {
  const type = indicesType(image?.type, attributes);
  const data = new Int32Array(sizeOf(type.shape));
  walkWindows(poolShape("poolIndices", image?.type, attributes), (result, pixels) => {
    data[result] = largestOf(pixels, image?.data);
  });
  return [{ type, data }];
};

export const poolGradientReference: Reference<PoolGradientAttributes> = (inputs, attributes) => {
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
    for (const pixel of isMaximum ? [largestOf(pixels, image?.data)] : pixels) data[pixel] = (data[pixel] ?? 0) + share;
  });
  return [{ type, data }];
};
