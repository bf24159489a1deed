// The text that attention's WebGPU kernels share: tiles of queries by keys by workgroups of 64 threads, each with 4 x 4 (or
// 2 x 2, where large tiles would leave a GPU idle) scores in registers, eight rows and columns apart. All is written out, since
// Tint unrolls nothing, but a text depends on no shape beyond the tiles of columns that hold the wider width, as a
// pipeline takes long to compile. It takes at most 12.8 KB of workgroup memory.
import { entry, storage } from "../contract/dispatch.wgsl.ts";
import { calledFunctions, elementAliases } from "../map/scalar.wgsl.ts";

/** Threads along each side of a tile. */
const side = 8;
/** Terms of a score for which rows are copied at once. */
const slice = 16;

/** Rows of a matrix in memory: `count` (WGSL) of each batch, `width` long, beginning for this tile at `first` (WGSL). */
export interface Rows {
  readonly name: string;
  readonly first: string;
  readonly count: string;
  readonly width: Width;
}

/** A width: its name in WGSL, and the tiles of columns that hold it. */
export interface Width {
  readonly name: string;
  readonly chunks: number;
}

/** A kernel's body, and its arrays in workgroup memory by their sizes. */
export interface KernelBody {
  readonly shared: Readonly<Record<string, number>>;
  readonly body: string;
}

/** The texts of a kernel whose threads have `own` rows and columns each. */
export const tileText = (own: 2 | 4) => {
  const tile = side * own;
  /** Words of one of two operands in `source`, which also holds a tile of rows. */
  const half = tile * (slice + 1);
  const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
  /** Text for each of a thread's rows, or each of its scores. */
  const eachRow = (text: (a: number) => string): string => range(own).map(text).join("\n");
  const eachScore = (text: (a: number, b: number) => string): string =>
    eachRow((a) =>
      range(own)
        .map((b) => text(a, b))
        .join("\n"),
    );
  const chunkCounts = own === 4 ? [1, 2, 4] : [1, 4, 8];
  const chunksOf = (size: number): number => chunkCounts.find((count) => count * tile >= size) ?? 0;
  /** Copies `tile` rows by `columns` columns from column `at` (WGSL) into workgroup memory; zeros past the ends. */
  const copy = (to: string, { name, first, count, width }: Rows, columns: number, at: string): string =>
    `for (var i = lane; i < ${tile * columns}u; i += 64u) {
  let place = ${first} + i / ${columns}u;
  let across = ${at} + i % ${columns}u;
  var word = 0.0;
  if (place < ${count} && across < ${width.name}) { word = ${name}[(batch * ${count} + place) * ${width.name} + across]; }
  ${to}i / ${columns}u * ${columns + 1}u + i % ${columns}u] = word;
}`;

  /** 4 x 4 products of rows of two matrices into new variables `name`a_b. */
  const products = (
    name: string,
    left: Rows,
    right: Rows,
  ): string => `${eachScore((a, b) => `var ${name}${a}_${b} = 0.0;`)}
for (var at = 0u; at < ${left.width.name}; at += ${slice}u) {
workgroupBarrier();
${copy("source[", left, slice, "at")}
${copy(`source[${half}u + `, right, slice, "at")}
workgroupBarrier();
for (var i = 0u; i < ${slice}u; i++) {
${eachRow((a) => `let a${a} = source[(row + ${a * side}u) * ${slice + 1}u + i];\nlet b${a} = source[${half}u + (column + ${a * side}u) * ${slice + 1}u + i];`)}
${eachScore((a, b) => `${name}${a}_${b} = fma(a${a}, b${b}, ${name}${a}_${b});`)}
}
}`;

  const chunks = ({ chunks: count }: Width): number[] => range(count);

  /** Declares sums of a thread's rows by every eighth column of `width`. */
  const sums = (name: string, width: Width): string =>
    chunks(width)
      .map((chunk) => eachScore((a, b) => `var ${name}${a}_${chunk * own + b} = 0.0;`))
      .join("\n");

  /** Text for each sum. */
  const eachSum = (width: Width, text: (a: number, column: number) => string): string =>
    chunks(width)
      .map((chunk) => eachScore((a, b) => text(a, chunk * own + b)))
      .join("\n");

  /** Puts a tile of `value`a_b into workgroup memory as [row][column]; products before it waited for all who read the last. */
  const putTile = (to: string, value: string): string =>
    `${eachScore((a, b) => `${to}[(row + ${a * side}u) * ${tile + 1}u + column + ${b * side}u] = ${value}${a}_${b};`)}`;

  /**
   * Text for each element of a tile, shared out in a loop so that what is long stands in a kernel once; it sees `down` and
   * `across`, the element's row and column, and `at`, its index.
   */
  const eachElement = (body: string): string => `workgroupBarrier();
for (var i = lane; i < ${tile * tile}u; i += 64u) {
let down = i / ${tile}u;
let across = i % ${tile}u;
let at = down * ${tile + 1}u + across;
${body}
}`;

  /** Adds a tile in workgroup memory times rows of a matrix to sums. */
  const addProducts = (name: string, weights: string, source: Rows): string =>
    chunks(source.width)
      .map(
        (chunk) => `workgroupBarrier();
${copy("source[", source, tile, `${chunk * tile}u`)}
workgroupBarrier();
for (var i = 0u; i < ${tile}u; i++) {
${eachRow((a) => `let a${a} = ${weights}[(row + ${a * side}u) * ${tile + 1}u + i];\nlet b${a} = source[i * ${tile + 1}u + column + ${a * side}u];`)}
${eachScore((a, b) => `${name}${a}_${chunk * own + b} = fma(a${a}, b${b}, ${name}${a}_${chunk * own + b});`)}
}`,
      )
      .join("\n");

  /** Writes sums to the rows of a matrix, as `value` of their names. */
  const writeSums = ({ name, first, count, width }: Rows, value: (a: number, column: number) => string): string =>
    eachRow(
      (a) => `if (${first} + row + ${a * side}u < ${count}) {
let to = (batch * ${count} + ${first} + row + ${a * side}u) * ${width.name} + column;
${range(width.chunks * own)
  .map((i) => `if (column + ${i * side}u < ${width.name}) { ${name}[to + ${i * side}u] = ${value(a, i)}; }`)
  .join("\n")}
}`,
    );

  /**
   * A whole kernel over tiles along an axis. Parameters: batch, tokens, keys, scale, both widths, 1 for causal, 1 for a mask and
   * its repeat, count, matrix, row, column. The body sees batch, tokens, keys, scale, width, valueWidth, isCausal, lane, row,
   * column, the `first` place of its tile, and hidden(batch, token, key).
   */
  const tileKernel = (
    axis: "tokens" | "keys",
    reads: readonly string[],
    writes: readonly string[],
    { shared, body }: KernelBody,
  ): string => {
    const text = `let tokens = parameter(1);
let keys = parameter(2);
let scale = bitcast<f32>(parameter(3));
let width = parameter(4);
let valueWidth = parameter(5);
let isCausal = parameter(6) != 0u;
let tiles = (${axis} + ${tile - 1}u) / ${tile}u;
let batch = workgroup / tiles;
if (batch >= parameter(0)) { return; }
let first = workgroup % tiles * ${tile}u;
let row = lane / ${side}u;
let column = lane % ${side}u;
${body}`;
    return [
      elementAliases(1),
      ...[...reads, "mask", ...writes].map((name, i) =>
        storage(i, name, name === "mask" ? "u32" : "f32", writes.includes(name) ? "read_write" : "read"),
      ),
      `var<workgroup> source: array<f32, ${2 * half}>;`,
      ...Object.entries(shared).map(([name, size]) => `var<workgroup> ${name}: array<f32, ${size}>;`),
      calledFunctions(text),
      `fn hidden(batch: u32, token: u32, key: u32) -> bool {
  if (token >= parameter(1) || key >= parameter(2) || (parameter(6) != 0u && key > token)) { return true; }
  if (parameter(7) == 0u) { return false; }
  return mask[batch / parameter(8) % parameter(9) * parameter(10) + token * parameter(11) + key * parameter(12)] == 0u;
}`,
      entry(text, side * side),
    ].join("\n");
  };

  return {
    tile,
    chunksOf,
    eachRow,
    eachScore,
    products,
    sums,
    eachSum,
    putTile,
    eachElement,
    addProducts,
    writeSums,
    tileKernel,
  };
};

export type TileText = ReturnType<typeof tileText>;
