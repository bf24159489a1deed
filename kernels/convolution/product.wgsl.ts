// Convolution and its gradients on WebGPU as products by matmul's tiles: what would be a matrix of patches is fetched from the
// image as the tiles are filled, so it is never written. Images of a batch are side by side in one matrix.
import type { DeviceTraits, Lowered, WebGPULaunch } from "../contract/kernel.ts";
import type { Activation } from "../matmul/activation.ts";
import type { Form } from "../matmul/form.wgsl.ts";
import { matrixOperand, type Operand } from "../matmul/operand.wgsl.ts";
import { lowerProduct } from "../matmul/product.wgsl.ts";
import type { ConvolutionShape } from "./shape.ts";
import { sizeConstants } from "./window.wgsl.ts";

/** Rows and terms below which one thread an element reads no more than tiles that are mostly empty. */
const leastRows = 12;
const leastTerms = 8;

/** True when a product of these sizes is worth tiles. */
export const suitsProduct = (rows: number, terms: number): boolean => rows >= leastRows && terms >= leastTerms;

/**
 * Planes of images, [batch, planes, pixels], as a matrix of planes and places: a plane is a term and a place an output, or
 * the other way round.
 */
const planesOperand = (name: "a" | "b", planes: number, pixels: number, places: "terms" | "outputs"): Operand => {
  const [plane, place] = places === "outputs" ? ["i", "x"] : ["x", "i"];
  const at = `base + ${place} / ${pixels}u * ${planes * pixels}u + ${plane} * ${pixels}u + ${place} % ${pixels}u`;
  const wide = pixels % 4 === 0;
  const outputs = `parameter(${name === "a" ? 0 : 1})`;
  return {
    name,
    storages: [[name, wide ? "vec4<f32>" : "f32"]],
    along: places,
    one: `fn ${name}One(base: u32, x: u32, i: u32) -> f32 {
  let at = ${at};
  return ${name}[at${wide ? " / 4u][at % 4u" : ""}];
}`,
    ...(wide && {
      four: `fn ${name}Four(base: u32, x: u32, i: u32, last: u32) -> vec4f {
  if (x < ${outputs} && i < last) { return ${name}[(${at}) / 4u]; }
  return vec4f();
}`,
    }),
  };
};

const coordinates = (place: string, width: string, height: string): string =>
  `let across = i32(${place}) % ${width};
  let down = i32(${place}) / ${width} % ${height};
  let n = i32(${place}) / (${width} * ${height});`;

const tap = (i: string): string => `let kx = i32(${i}) % kernelWidth;
  let ky = i32(${i}) / kernelWidth % kernelHeight;
  let plane = i32(${i}) / (kernelWidth * kernelHeight);`;

/** The pixel that a tap of a window meets. */
const patchesOperand = (places: "terms" | "outputs"): Operand => ({
  name: "b",
  storages: [["b", "f32"]],
  along: places,
  one: `fn bOne(base: u32, x: u32, i: u32) -> f32 {
  ${coordinates(places === "outputs" ? "x" : "i", "outWidth", "outHeight")}
  ${tap(places === "outputs" ? "i" : "x")}
  let row = down * strideDown - top + ky * dilationDown;
  let column = across * strideAcross - left + kx * dilationAcross;
  if (row < 0i || row >= height || column < 0i || column >= width) { return 0.0; }
  return b[i32(base) + ((n * groups * channels + plane) * height + row) * width + column];
}`,
});

/** The gradient of the window in which a tap meets a pixel. */
const windowsOperand: Operand = {
  name: "b",
  storages: [["b", "f32"]],
  along: "outputs",
  one: `fn bOne(base: u32, x: u32, i: u32) -> f32 {
  ${coordinates("x", "width", "height")}
  ${tap("i")}
  let y = down + top - ky * dilationDown;
  let z = across + left - kx * dilationAcross;
  let oy = y / strideDown;
  let ox = z / strideAcross;
  if (y < 0i || z < 0i || oy >= outHeight || ox >= outWidth || oy * strideDown != y || ox * strideAcross != z) { return 0.0; }
  return b[i32(base) + ((n * groups * outputs + plane) * outHeight + oy) * outWidth + ox];
}`,
};

/** Weights [groups, outputs, channels, taps] as a matrix of channels by outputs and taps. */
const turnedWeights: Operand = {
  name: "a",
  storages: [["a", "f32"]],
  along: "terms",
  one: `fn aOne(base: u32, x: u32, i: u32) -> f32 {
  ${tap("i")}
  return a[i32(base) + ((plane * channels + i32(x)) * kernelHeight + ky) * kernelWidth + kx];
}`,
};

/** A window of one pixel that stays on the image: the image is the matrix. */
const isPointwise = (shape: ConvolutionShape): boolean =>
  shape.kernelHeight === 1 &&
  shape.kernelWidth === 1 &&
  shape.outHeight === shape.height &&
  shape.outWidth === shape.width &&
  shape.top === 0 &&
  shape.left === 0 &&
  shape.strideDown === 1 &&
  shape.strideAcross === 1;

/** Results that are images: rows are planes of a group, columns places of all images. Slices lie one after the other. */
const imageResultAt = (groups: number, pixels: number): string =>
  `fn resultAt(matrix: u32, row: u32, column: u32) -> u32 {
  let plane = (column / ${pixels}u * ${groups}u + matrix % ${groups}u) * parameter(0) + row;
  return matrix / ${groups}u * ${groups}u * parameter(5) + plane * ${pixels}u + column % ${pixels}u;
}`;

const baseForm = (shape: ConvolutionShape) => ({ declarations: sizeConstants(shape), native: false });

interface Sizes {
  readonly taps: number;
  readonly pixels: number;
  readonly outPixels: number;
}
const sizesOf = (shape: ConvolutionShape): Sizes => ({
  taps: shape.kernelHeight * shape.kernelWidth,
  pixels: shape.height * shape.width,
  outPixels: shape.outHeight * shape.outWidth,
});

/** The convolution of image and weights, the first two inputs. */
export const forwardProduct = (
  shape: ConvolutionShape,
  bias: boolean,
  activation: Activation,
  device: DeviceTraits,
): Lowered<WebGPULaunch> => {
  const { batch, groups, outputs, channels } = shape;
  const { taps, pixels, outPixels } = sizesOf(shape);
  const k = channels * taps;
  const form: Form = {
    ...baseForm(shape),
    a: matrixOperand("a", { dtype: "f32", along: "terms", wide: k % 4 === 0, native: false }),
    b: isPointwise(shape) ? planesOperand("b", groups * channels, pixels, "outputs") : patchesOperand("outputs"),
    epilogue: { bias, activation },
    biasAt: (row) => `batch * parameter(0) + ${row}`,
    target: { dtype: "f32", wide: outPixels % 4 === 0 },
    resultAt: imageResultAt(groups, outPixels),
  };
  return lowerProduct(
    {
      shape: {
        batch: groups,
        m: outputs,
        n: batch * outPixels,
        k,
        aBatchStride: outputs * k,
        bBatchStride: channels * pixels,
      },
      form,
      bindings: [{ input: 1 }, { input: 0 }],
      ...(bias && { bias: { input: 2 }, biasRuns: { count: groups * outputs, run: outPixels } }),
    },
    device,
  );
};

/** The gradient of the image, from the gradient of the result and the weights, inputs 0 and 1. */
export const imageGradientProduct = (shape: ConvolutionShape, device: DeviceTraits): Lowered<WebGPULaunch> => {
  const { batch, groups, outputs, channels } = shape;
  const { taps, pixels, outPixels } = sizesOf(shape);
  const form: Form = {
    ...baseForm(shape),
    a: turnedWeights,
    b: isPointwise(shape) ? planesOperand("b", groups * outputs, outPixels, "outputs") : windowsOperand,
    epilogue: { bias: false, activation: "none" },
    target: { dtype: "f32", wide: pixels % 4 === 0 },
    resultAt: imageResultAt(groups, pixels),
  };
  return lowerProduct(
    {
      shape: {
        batch: groups,
        m: channels,
        n: batch * pixels,
        k: outputs * taps,
        aBatchStride: outputs * channels * taps,
        bBatchStride: outputs * outPixels,
      },
      form,
      bindings: [{ input: 1 }, { input: 0 }],
    },
    device,
  );
};

/** The gradient of the weights, from the image and the gradient of the result, inputs 0 and 1. */
export const weightGradientProduct = (shape: ConvolutionShape, device: DeviceTraits): Lowered<WebGPULaunch> => {
  const { batch, groups, outputs, channels } = shape;
  const { taps, pixels, outPixels } = sizesOf(shape);
  const n = channels * taps;
  const form: Form = {
    ...baseForm(shape),
    a: planesOperand("a", groups * outputs, outPixels, "terms"),
    b: isPointwise(shape) ? planesOperand("b", groups * channels, pixels, "terms") : patchesOperand("terms"),
    epilogue: { bias: false, activation: "none" },
    target: { dtype: "f32", wide: n % 4 === 0 },
  };
  return lowerProduct(
    {
      shape: {
        batch: groups,
        m: outputs,
        n,
        k: batch * outPixels,
        aBatchStride: outputs * outPixels,
        bBatchStride: channels * pixels,
      },
      form,
      bindings: [{ input: 1 }, { input: 0 }],
    },
    device,
  );
};
