// A product of any two operands as launches: one thread an element for small ones, few rows or columns read straight, tiles
// for the others; and, where a long sum has few elements, slices of it summed apart and then added in order.
import { entry, gridOf, gridOfThreads, storage } from "../contract/dispatch.wgsl.ts";
import type { BufferReference, DeviceTraits, Lowered, WebGPULaunch } from "../contract/kernel.ts";
import type { Tiles } from "../contract/tiles.ts";
import { halfFunctions } from "../map/half.wgsl.ts";
import { calledFunctions, elementAliases } from "../map/scalar.wgsl.ts";
import { fewOutputs, fewSource } from "./few.wgsl.ts";
import {
  biasStorage,
  type Epilogue,
  type Form,
  finish,
  finished,
  head,
  noEpilogue,
  putOne,
  sliceText,
} from "./form.wgsl.ts";
import type { MatmulShape } from "./shape.ts";
import { tiledSource } from "./tiled.wgsl.ts";
import { chooseTile, defaultTiles, slicesFor } from "./tiles.ts";

/** Products below this many multiplications run one thread an element. */
export const smallProduct = 32_768;

/** Outputs that few rows or columns want on the other side, so that a workgroup has enough to read. */
const leastWide = 32;
/** Terms from which few rows are worth a workgroup. */
const leastTerms = 64;

/** Sizes of a product; the batch strides count elements. */
export type ProductShape = Omit<MatmulShape, "batchShape">;

/** A product to be lowered. `bindings` are the buffers of a's, b's and the bias's storages, in order. */
export interface Product {
  readonly shape: ProductShape;
  readonly form: Form;
  readonly bindings: readonly BufferReference[];
  readonly bias?: BufferReference;
  /** Numbers of the bias, and elements side by side that share one. Absent: one a column. */
  readonly biasRuns?: { readonly count: number; readonly run: number };
}

/** How one dispatch does a product: its source, workgroups or threads, and the slices that it cuts sums into. */
interface Way {
  readonly source: (form: Form) => string;
  readonly slices: number;
  readonly grid: (slices: number) => readonly [number, number, number];
  /** Threads write four columns at once where they lie so. */
  readonly wide: boolean;
  /** Counts threads instead of workgroups. */
  readonly plain?: true;
}

/** One thread an element. */
const plainSource = (form: Form): string =>
  head(form) +
  entry(`
if (index >= parameter(7)) { return; }
let column = index % parameter(1);
let row = (index / parameter(1)) % parameter(0);
let matrix = index / (parameter(0) * parameter(1));
${sliceText}
var sum = 0.0;
for (var i = first; i < last; i++) { sum = fma(aOne(aBase, row, i), bOne(bBase, column, i), sum); }
${putOne(form.target, "resultAt(matrix, row, column)", finished(form, "sum", "row", "column"))}
`);

const wayOf = ({ shape, form }: Product, tiles: Tiles, device: DeviceTraits): Way => {
  const { batch, m, n, k } = shape;
  const least = Math.min(m, n);
  if (least <= tiles.few && Math.max(m, n) >= leastWide && k >= leastTerms) {
    const few = m <= n ? "a" : "b";
    const { along } = few === "a" ? form.b : form.a;
    const workgroups = Math.ceil(Math.max(m, n) / fewOutputs(along)) * batch;
    return {
      source: (whole) => fewSource({ few, count: least }, whole),
      slices: slicesFor(workgroups, k, tiles),
      grid: (slices) => gridOf(workgroups * slices),
      wide: few === "a",
    };
  }
  const choice = m * n * batch * k < smallProduct ? undefined : chooseTile(shape, tiles, device);
  if (!choice) {
    const slices = slicesFor((m * n * batch) / 256, k, tiles);
    const grid = (count: number) => gridOfThreads(m * n * batch * count);
    return { source: plainSource, slices, grid, wide: false, plain: true };
  }
  const { tile } = choice;
  const workgroups = Math.ceil(m / tile.rows) * Math.ceil(n / tile.columns) * batch;
  return {
    source: (whole) => tiledSource(tile, whole),
    slices: choice.slices,
    grid: (slices) => gridOf(workgroups * slices),
    wide: form.b.along === "outputs",
  };
};

/**
 * Adds the slices of each element in order, then bias and activation; f16 in words of two. Parameters: elements, numbers
 * of the bias, slices, and elements that share a bias.
 */
const addSlicesSource = (epilogue: Epilogue, half: boolean): string => {
  const functions = finish(epilogue);
  const read = [["slices", "f32"], ...biasStorage(epilogue)];
  return [
    elementAliases(1),
    ...read.map(([name = "", element = ""], i) => storage(i, name, element)),
    storage(read.length, "result", half ? "u32" : "f32", "read_write"),
    calledFunctions(`${functions}${half ? "toHalf()" : ""}`, halfFunctions),
    functions,
    `fn total(at: u32) -> f32 {
  var sum = 0.0;
  for (var i = 0u; i < parameter(2); i++) { sum += slices[i * parameter(0) + at]; }
  return finish(sum, at / parameter(3) % parameter(1));
}`,
    entry(
      half
        ? `if (2u * index >= parameter(0)) { return; }
var word = toHalf(total(2u * index));
if (2u * index + 1u < parameter(0)) { word |= toHalf(total(2u * index + 1u)) << 16u; }
result[index] = word;`
        : `if (index >= parameter(0)) { return; }
result[index] = total(index);`,
    ),
  ].join("\n");
};

/** The launches of a product. */
export const lowerProduct = (product: Product, device: DeviceTraits): Lowered<WebGPULaunch> => {
  const { shape, form, bindings, bias } = product;
  const { batch, m, n, k, aBatchStride, bBatchStride } = shape;
  const elements = batch * m * n;
  if (elements === 0) return { launches: [] };
  const way = wayOf(product, device.tiles ?? defaultTiles, device);
  // Whole rounds, so that slices begin where vectors do.
  const terms = way.slices === 1 ? k : Math.ceil(k / way.slices / 32) * 32;
  const slices = terms === 0 ? 1 : Math.ceil(k / terms);
  const half = form.target.dtype === "f16";
  const wide = way.wide && form.target.wide;
  // Halves of a word written by two threads need the device's f16; else they are made of f32 words.
  const direct = slices === 1 && (!half || wide || form.native);
  const launch = (whole: Form, target: BufferReference): WebGPULaunch => ({
    source: way.source({ ...whole, target: { dtype: whole.target.dtype, wide } }),
    bindings: [...bindings, ...(whole.epilogue.bias && bias ? [bias] : []), target],
    workgroups: way.grid(slices),
    parameters: [
      ...[m, n, k, aBatchStride, bBatchStride, m * n, terms],
      way.plain ? elements * slices : batch * slices,
      batch,
    ],
  });
  if (direct) return { launches: [launch(form, { output: 0 })] };
  const partial: Form = { ...form, epilogue: noEpilogue, target: { dtype: "f32", wide } };
  return {
    scratch: [4 * slices * elements],
    launches: [
      launch(partial, { scratch: 0 }),
      {
        source: addSlicesSource(form.epilogue, half),
        bindings: [{ scratch: 0 }, ...(form.epilogue.bias && bias ? [bias] : []), { output: 0 }],
        workgroups: gridOfThreads(half ? Math.ceil(elements / 2) : elements),
        parameters: [elements, product.biasRuns?.count ?? n, slices, product.biasRuns?.run ?? 1],
      },
    ],
  };
};
