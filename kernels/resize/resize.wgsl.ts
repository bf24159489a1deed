// Resizing on WebGPU, one thread an element. A pixel's gradient looks at the results around it and asks each what the pixel
// counted there, by the same whole numbers as forwards, so that nothing is added by two threads at once.
import { entry, gridOfThreads, storage } from "../contract/dispatch.wgsl.ts";
import type { WebGPUKernel, WebGPULaunch } from "../contract/kernel.ts";
import {
  placeRule,
  type ResizeAttributes,
  type ResizeGradientAttributes,
  type ResizeRule,
  type ResizeShape,
  resizeGradientShape,
  resizeShape,
} from "./shape.ts";

/** Functions of an axis: first pixel of output o, and what the second counts. */
const axisText = (axis: string, rule: ResizeRule, size: number, out: number): string => {
  const { scale, shift, divisor } = placeRule(rule, size, out);
  const at = `let at = o * ${scale}i + ${shift}i;`;
  if (rule.mode === "linear")
    return `fn ${axis}First(o: i32) -> i32 {
  ${at}
  return clamp(at, 0i, ${(size - 1) * divisor}i) / ${divisor}i;
}
fn ${axis}Weight(o: i32) -> f32 {
  ${at}
  return f32(clamp(at, 0i, ${(size - 1) * divisor}i) - ${axis}First(o) * ${divisor}i) / f32(${divisor}i);
}`;
  const nearest =
    rule.rounding === "floor" ? `max(at, 0i) / ${divisor}i` : `(2i * max(at, 0i) + ${divisor - 1}i) / ${2 * divisor}i`;
  return `fn ${axis}First(o: i32) -> i32 {
  ${at}
  return min(${nearest}, ${size - 1}i);
}`;
};

const launch = (shape: ResizeShape, rule: ResizeRule, size: number, body: string): WebGPULaunch => ({
  source: [
    ...Object.entries(shape).map(([name, value]) => `const ${name} = ${value}i;`),
    storage(0, "x", "f32"),
    storage(1, "result", "f32", "read_write"),
    axisText("down", rule, shape.height, shape.outHeight),
    axisText("across", rule, shape.width, shape.outWidth),
    entry(body),
  ].join("\n"),
  bindings: [{ input: 0 }, { output: 0 }],
  workgroups: gridOfThreads(size),
  parameters: [size],
});

const forwardText = (rule: ResizeRule): string => `
if (index >= parameter(0)) { return; }
let ox = i32(index) % outWidth;
let oy = (i32(index) / outWidth) % outHeight;
let plane = (i32(index) / (outWidth * outHeight)) * height;
let row = (plane + downFirst(oy)) * width;
let column = acrossFirst(ox);
${
  rule.mode === "nearest"
    ? "result[index] = x[row + column];"
    : `let next = (plane + min(downFirst(oy) + 1i, height - 1i)) * width;
let beside = min(column + 1i, width - 1i);
let ty = downWeight(oy);
let tx = acrossWeight(ox);
let left = x[row + column] * (1.0 - ty) + x[next + column] * ty;
let right = x[row + beside] * (1.0 - ty) + x[next + beside] * ty;
result[index] = left * (1.0 - tx) + right * tx;`
}`;

/** What pixel i of an axis counts in output o. */
const shareText = (axis: string, rule: ResizeRule, size: string): string =>
  rule.mode === "nearest"
    ? `fn ${axis}Share(o: i32, i: i32) -> f32 { return select(0.0, 1.0, ${axis}First(o) == i); }`
    : `fn ${axis}Share(o: i32, i: i32) -> f32 {
  let first = ${axis}First(o);
  let t = ${axis}Weight(o);
  return select(0.0, 1.0 - t, first == i) + select(0.0, t, min(first + 1i, ${size} - 1i) == i);
}`;

/** The outputs that may lie within one pixel of pixel i, and at the ends all that are held there. */
const spanText = (axis: string, rule: ResizeRule, size: number, out: number): string => {
  const [pixels, outputs] = rule.coordinates === "alignCorners" ? [Math.max(size - 1, 1), out - 1] : [size, out];
  return `fn ${axis}Start(i: i32) -> i32 { return select(max((i - 1i) * ${outputs}i / ${pixels}i - 2i, 0i), 0i, i == 0i); }
fn ${axis}End(i: i32) -> i32 { return select(min((i + 2i) * ${outputs}i / ${pixels}i + 3i, ${out}i), ${out}i, i == ${size - 1}i); }`;
};

const gradientText = `
if (index >= parameter(0)) { return; }
let column = i32(index) % width;
let row = (i32(index) / width) % height;
let plane = (i32(index) / (width * height)) * outHeight;
var sum = 0.0;
for (var oy = downStart(row); oy < downEnd(row); oy++) {
  let wy = downShare(oy, row);
  if (wy == 0.0) { continue; }
  var part = 0.0;
  for (var ox = acrossStart(column); ox < acrossEnd(column); ox++) {
    let wx = acrossShare(ox, column);
    if (wx != 0.0) { part += x[(plane + oy) * outWidth + ox] * wx; }
  }
  sum += part * wy;
}
result[index] = sum;`;

export const resizeWebGPU: WebGPUKernel<ResizeAttributes>[] = [
  {
    device: "webgpu",
    name: "one thread an element",
    lower: ({ inputs: [image], attributes }) => {
      const shape = resizeShape(image, attributes);
      const size = shape.planes * shape.outHeight * shape.outWidth;
      return { launches: size === 0 ? [] : [launch(shape, attributes, size, forwardText(attributes))] };
    },
  },
];

export const resizeGradientWebGPU: WebGPUKernel<ResizeGradientAttributes>[] = [
  {
    device: "webgpu",
    name: "one thread an element",
    lower: ({ inputs: [gradient], attributes }) => {
      const shape = resizeGradientShape(gradient, attributes);
      const size = shape.planes * shape.height * shape.width;
      if (size === 0) return { launches: [] };
      const plain = launch(shape, attributes, size, gradientText);
      const functions = [
        shareText("down", attributes, "height"),
        shareText("across", attributes, "width"),
        spanText("down", attributes, shape.height, shape.outHeight),
        spanText("across", attributes, shape.width, shape.outWidth),
      ];
      return { launches: [{ ...plain, source: [...functions, plain.source].join("\n") }] };
    },
  },
];
