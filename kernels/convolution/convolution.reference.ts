// The plain meaning of convolution and of its two gradients: one walk over every (pixel, weight, result) that meet.
// Places of the padding are left out of the walk, which is the same as zeros but for weights that are not finite.
import type { ConvolutionShape } from "./shape.ts";

/** Calls `visit` with the flat indices of each image pixel, weight and result that are multiplied together. */
export const walkConvolution = (
  shape: ConvolutionShape,
  visit: (pixel: number, weight: number, result: number) => void,
): void => {
  const { batch, groups, channels, outputs, height, width, kernelHeight, kernelWidth, outHeight, outWidth } = shape;
  for (let n = 0; n < batch; n++)
    for (let o = 0; o < groups * outputs; o++)
      for (let oy = 0; oy < outHeight; oy++)
        for (let ox = 0; ox < outWidth; ox++)
          for (let c = 0; c < channels; c++)
            for (let ky = 0; ky < kernelHeight; ky++)
              for (let kx = 0; kx < kernelWidth; kx++) {
                const y = oy * shape.strideDown - shape.top + ky * shape.dilationDown;
                const x = ox * shape.strideAcross - shape.left + kx * shape.dilationAcross;
                if (y < 0 || y >= height || x < 0 || x >= width) continue;
                const channel = Math.floor(o / outputs) * channels + c;
                visit(
                  ((n * groups * channels + channel) * height + y) * width + x,
                  ((o * channels + c) * kernelHeight + ky) * kernelWidth + kx,
                  ((n * groups * outputs + o) * outHeight + oy) * outWidth + ox,
                );
              }
};

/** Sum over all that meet of the product of two arrays' elements, into a third. */
export const sumProducts = (
  shape: ConvolutionShape,
  size: number,
  target: "pixel" | "weight" | "result",
  left: ArrayLike<number>,
  right: ArrayLike<number>,
): Float64Array => {
  const sums = new Float64Array(size);
  walkConvolution(shape, (pixel, weight, result) => {
    const [to, a, b] =
      target === "result"
        ? [result, pixel, weight]
        : target === "pixel"
          ? [pixel, result, weight]
          : [weight, pixel, result];
    sums[to] = (sums[to] ?? 0) + (left[a] ?? Number.NaN) * (right[b] ?? Number.NaN);
  });
  return sums;
};
