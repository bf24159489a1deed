// Ops that move elements, on WebGPU. All copy 32-bit words, so one kernel serves every dtype.
import { entry, gridOf, gridOfThreads, offsetOf, storage } from "../contract/dispatch.wgsl.ts";
import type { KernelContext, Lowered, WebGPUKernel, WebGPULaunch } from "../contract/kernel.ts";
import { sizeOf, stridesOf } from "../contract/tensor-type.ts";
import type { ConcatenateAttributes, PadAttributes, SliceAttributes, TransposeAttributes } from "./move.ts";

const buffers = [storage(0, "x", "u32"), storage(1, "result", "u32", "read_write")];

/** One thread an element of the result; `from` is the WGSL of the element's place in x. */
const copyLaunch = (size: number, from: string): WebGPULaunch => ({
  source: [
    ...buffers,
    entry(`
if (index >= parameter(0)) { return; }
result[index] = x[${from}];
`),
  ].join("\n"),
  bindings: [{ input: 0 }, { output: 0 }],
  workgroups: gridOfThreads(size),
  parameters: [size],
});

/** Side of the square that a workgroup turns through workgroup memory, so that reads and writes both run along rows. */
const tileSide = 32;
const tileLines = 8;

/** Matrices turned one by one. Parameters: rows and columns of x, matrices, tiles across, tiles down. */
const turnSource = [
  ...buffers,
  `var<workgroup> tile: array<u32, ${tileSide * (tileSide + 1)}>;`,
  entry(`
let across = parameter(3);
let down = parameter(4);
let matrix = workgroup / (across * down);
if (matrix >= parameter(2)) { return; }
let base = matrix * parameter(0) * parameter(1);
let firstColumn = (workgroup % across) * ${tileSide}u;
let firstRow = ((workgroup / across) % down) * ${tileSide}u;
let along = lane % ${tileSide}u;
for (var line = lane / ${tileSide}u; line < ${tileSide}u; line += ${tileLines}u) {
  let row = firstRow + line;
  let column = firstColumn + along;
  if (row < parameter(0) && column < parameter(1)) {
    tile[line * ${tileSide + 1}u + along] = x[base + row * parameter(1) + column];
  }
}
workgroupBarrier();
for (var line = lane / ${tileSide}u; line < ${tileSide}u; line += ${tileLines}u) {
  let row = firstRow + along;
  let column = firstColumn + line;
  if (row < parameter(0) && column < parameter(1)) {
    result[base + column * parameter(0) + row] = tile[along * ${tileSide + 1}u + line];
  }
}
`),
].join("\n");

/** Axes of size 1 dropped and neighbours that stay neighbours merged: sizes in input order, and their permutation. */
const mergedPermutation = (shape: readonly number[], permutation: readonly number[]) => {
  const kept = permutation.filter((axis) => shape[axis] !== 1);
  const position = (axis: number): number => shape.slice(0, axis).filter((size) => size !== 1).length;
  const groups: number[][] = [];
  for (const axis of kept) {
    const last = groups[groups.length - 1];
    const before = last?.[last.length - 1];
    if (last && before !== undefined && position(axis) === position(before) + 1) last.push(axis);
    else groups.push([axis]);
  }
  const inInputOrder = [...groups].sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0));
  return {
    sizes: inInputOrder.map((group) => sizeOf(group.map((axis) => shape[axis] ?? 1))),
    permutation: groups.map((group) => inInputOrder.indexOf(group)),
  };
};

const lowerTranspose = ({ inputs, attributes }: KernelContext<TransposeAttributes>): Lowered<WebGPULaunch> => {
  const shape = inputs[0]?.shape ?? [];
  const size = sizeOf(shape);
  if (size === 0) return { launches: [] };
  const { sizes, permutation } = mergedPermutation(shape, attributes.permutation);
  const order = permutation.join(" ");
  if (order === "1 0" || order === "0 2 1") {
    const [rows = 1, columns = 1] = sizes.slice(-2);
    const matrices = size / (rows * columns);
    const across = Math.ceil(columns / tileSide);
    const down = Math.ceil(rows / tileSide);
    return {
      launches: [
        {
          source: turnSource,
          bindings: [{ input: 0 }, { output: 0 }],
          workgroups: gridOf(matrices * across * down),
          parameters: [rows, columns, matrices, across, down],
        },
      ],
    };
  }
  const strides = stridesOf(sizes);
  const from = offsetOf(
    "index",
    permutation.map((axis) => sizes[axis] ?? 1),
    permutation.map((axis) => strides[axis] ?? 0),
  );
  return { launches: [copyLaunch(size, permutation.length < 2 ? "index" : from)] };
};

const lowerSlice = ({ inputs, attributes }: KernelContext<SliceAttributes>): Lowered<WebGPULaunch> => {
  const strides = stridesOf(inputs[0]?.shape ?? []);
  const size = sizeOf(attributes.size);
  if (size === 0) return { launches: [] };
  const first = attributes.start.reduce((sum, start, axis) => sum + start * (strides[axis] ?? 0), 0);
  return { launches: [copyLaunch(size, `${first}u + ${offsetOf("index", attributes.size, strides)}`)] };
};

/** The word that a number is in memory. */
const wordOf = (value: number, dtype: string): number => {
  if (dtype === "f32") return new Uint32Array(new Float32Array([value]).buffer)[0] ?? 0;
  return dtype === "bool" ? Number(value !== 0) : value >>> 0;
};

const lowerPad = ({ inputs, outputs, attributes }: KernelContext<PadAttributes>): Lowered<WebGPULaunch> => {
  const [x] = inputs;
  const shape = outputs[0]?.shape ?? [];
  const size = sizeOf(shape);
  if (!x || size === 0) return { launches: [] };
  const strides = stridesOf(x.shape);
  const outer = stridesOf(shape);
  const coordinates = shape.map((axis, i) => `let c${i} = (index / ${outer[i] ?? 1}u) % ${axis}u;`);
  const inside = shape.map((_, i) => {
    const before = attributes.before[i] ?? 0;
    return `c${i} >= ${before}u && c${i} < ${before + (x.shape[i] ?? 0)}u`;
  });
  const at = shape.map((_, i) => `(c${i} - ${attributes.before[i] ?? 0}u) * ${strides[i] ?? 0}u`);
  const source = [
    ...buffers,
    entry(`
if (index >= parameter(0)) { return; }
${coordinates.join("\n")}
var word = parameter(1);
if (${inside.join(" && ") || "true"}) { word = x[${at.join(" + ") || "0u"}]; }
result[index] = word;
`),
  ].join("\n");
  return {
    launches: [
      {
        source,
        bindings: [{ input: 0 }, { output: 0 }],
        workgroups: gridOfThreads(size),
        parameters: [size, wordOf(attributes.value, x.dtype)],
      },
    ],
  };
};

/** One input put into its columns of the result. Parameters: elements, own width, whole width, first column. */
const placeSource = [
  ...buffers,
  entry(`
if (index >= parameter(0)) { return; }
result[(index / parameter(1)) * parameter(2) + parameter(3) + index % parameter(1)] = x[index];
`),
].join("\n");

/** One launch an input, all of one pipeline: any number of inputs stays within the limit of bindings. */
const lowerConcatenate = ({ inputs, attributes }: KernelContext<ConcatenateAttributes>): Lowered<WebGPULaunch> => {
  const widths = inputs.map((input) => sizeOf(input.shape.slice(attributes.axis)));
  const whole = widths.reduce((sum, width) => sum + width, 0);
  let first = 0;
  const launches: WebGPULaunch[] = [];
  inputs.forEach((input, i) => {
    const width = widths[i] ?? 0;
    const size = sizeOf(input.shape);
    if (size > 0)
      launches.push({
        source: placeSource,
        bindings: [{ input: i }, { output: 0 }],
        workgroups: gridOfThreads(size),
        parameters: [size, width, whole, first],
      });
    first += width;
  });
  return { launches };
};

export const transposeWebGPU: WebGPUKernel<TransposeAttributes>[] = [
  { device: "webgpu", name: "transpose", lower: lowerTranspose },
];
export const sliceWebGPU: WebGPUKernel<SliceAttributes>[] = [{ device: "webgpu", name: "slice", lower: lowerSlice }];
export const padWebGPU: WebGPUKernel<PadAttributes>[] = [{ device: "webgpu", name: "pad", lower: lowerPad }];
export const concatenateWebGPU: WebGPUKernel<ConcatenateAttributes>[] = [
  { device: "webgpu", name: "concatenate", lower: lowerConcatenate },
];
