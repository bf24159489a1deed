// Attention and its gradient on WebGPU. One kernel over blocks of queries gives the result; three give the gradient: a number
// or two for each row, dk and dv over blocks of keys, dq over blocks of queries. Sums run in one order, without atomics.
import { entry, gridOf, gridOfThreads, storage } from "../contract/dispatch.wgsl.ts";
import type { BufferReference, WebGPUKernel, WebGPULaunch } from "../contract/kernel.ts";
import { calledFunctions, elementAliases } from "../map/scalar.wgsl.ts";
import { type AttentionAttributes, type AttentionShape, attentionShape, gradientShape } from "./shape.ts";
import { type Rows, type TileText, tileText, type Width } from "./tile.wgsl.ts";

const bitsOf = (value: number): number => new Uint32Array(Float32Array.of(value).buffer)[0] ?? 0;

const large = tileText(4);
const small = tileText(2);
/** Tiles of 32 rows below which those of 16 are taken. */
const enoughTiles = 64;

type Axis = "tokens" | "keys";
type Buffers = Readonly<Record<string, BufferReference>>;

/** What a pass over the tiles along an axis is made of; its body is given its texts and both widths. */
interface Pass {
  readonly axis: Axis;
  readonly sizes: AttentionShape;
  readonly attributes: AttentionAttributes;
  readonly maskInput: number;
  readonly reads: Buffers;
  readonly writes: Buffers;
  readonly body: (text: TileText, width: Width, valueWidth: Width) => string;
}

const launch = ({ axis, sizes, attributes, maskInput, reads, writes, body }: Pass): WebGPULaunch => {
  const { batch, tokens, keys, width, valueWidth, mask } = sizes;
  const count = axis === "tokens" ? tokens : keys;
  const text = batch * Math.ceil(count / large.tile) < enoughTiles ? small : large;
  // As many sums for both widths, for fewer texts.
  const chunks = text.chunksOf(Math.max(width, valueWidth));
  return {
    source: text.tileKernel(
      axis,
      Object.keys(reads),
      Object.keys(writes),
      body(text, { name: "width", chunks }, { name: "valueWidth", chunks }),
    ),
    // Without a mask its place is taken by the queries, which nobody reads as one.
    bindings: [...Object.values(reads), { input: mask ? maskInput : 0 }, ...Object.values(writes)],
    workgroups: gridOf(batch * Math.ceil(count / text.tile)),
    parameters: [
      ...[batch, tokens, keys, bitsOf(attributes.scale), width, valueWidth, attributes.causal ? 1 : 0],
      ...(mask ? [1, mask.repeat, mask.count, mask.matrix, mask.row, mask.column] : [0, 1, 1, 0, 0, 0]),
    ],
  };
};

const queries = (name: string, width: Width, first: string): Rows => ({ name, first, count: "tokens", width });
const keyRows = (name: string, width: Width, first: string): Rows => ({ name, first, count: "keys", width });
/** The end of the keys that a tile of queries sees. */
const reach = ({ tile }: TileText): string => `select(keys, min(keys, first + ${tile}u), isCausal)`;

/** Each thread holds the sums of its own four columns of a row; those of all eight threads of a row are in `source`. */
const acrossRow = (
  { eachRow }: TileText,
  result: string,
  value: string,
  combine: (x: string, y: string) => string,
): string => `workgroupBarrier();
${eachRow((a) => `source[(row + ${a * 8}u) * 8u + column] = ${value}${a};`)}
workgroupBarrier();
${eachRow(
  (a) => `var ${result}${a} = source[(row + ${a * 8}u) * 8u];
for (var i = 1u; i < 8u; i++) { ${result}${a} = ${combine(`${result}${a}`, `source[(row + ${a * 8}u) * 8u + i]`)}; }`,
)}`;

const forward = (text: TileText, width: Width, valueWidth: Width): string => {
  const { tile, eachRow, eachScore, eachSum, products, sums, place, putTile, addProducts, writeSums } = text;
  const last = tile / 8;
  const scores =
    (combine: (x: string, y: string) => string) =>
    (a: number): string =>
      Array.from({ length: last }, (_, b) => `s${a}_${b}`).reduce(combine);
  return `let low = fromBits(0xff800000u);
${eachRow((a) => `var largest${a} = low;\nvar total${a} = 0.0;`)}
${sums("sum", valueWidth)}
for (var key = 0u; key < ${reach(text)}; key += ${tile}u) {
${products("s", queries("q", width, "first"), keyRows("k", width, "key"))}
${eachScore((a, b) => `s${a}_${b} = select(s${a}_${b} * scale, low, hidden(batch, ${place("first", "row", a)}, ${place("key", "column", b)}));`)}
${eachRow((a) => `let most${a} = ${scores((x, y) => `max(${x}, ${y})`)(a)};`)}
${acrossRow(text, "tallest", "most", (x, y) => `max(${x}, ${y})`)}
${eachRow(
  (a) => `tallest${a} = max(tallest${a}, largest${a});
let base${a} = select(tallest${a}, 0.0, tallest${a} == low);
let down${a} = exponential(largest${a} - base${a});
largest${a} = tallest${a};`,
)}
${eachScore((a, b) => `s${a}_${b} = exponential(s${a}_${b} - base${a});`)}
${eachRow((a) => `total${a} = total${a} * down${a} + (${scores((x, y) => `${x} + ${y}`)(a)});`)}
${eachSum(valueWidth, (a, column) => `sum${a}_${column} *= down${a};`)}
${putTile("s")}
${addProducts("sum", keyRows("v", valueWidth, "key"))}
}
${acrossRow(text, "whole", "total", (x, y) => `${x} + ${y}`)}
${eachRow(
  (a) => `let over${a} = select(1.0 / whole${a}, 0.0, whole${a} == 0.0);
if (column == 0u && ${place("first", "row", a)} < tokens) {
logarithms[batch * tokens + ${place("first", "row", a)}] = select(largest${a} + logarithm(whole${a}), low, whole${a} == 0.0);
}`,
)}
${writeSums(queries("o", valueWidth, "first"), (a, column) => `sum${a}_${column} * over${a}`)}`;
};

export const attentionWebGPU: WebGPUKernel<AttentionAttributes>[] = [
  {
    device: "webgpu",
    name: "tiles",
    lower: ({ inputs, attributes }) => {
      const sizes = attentionShape("attention", inputs, inputs[3], attributes);
      if (sizes.batch * sizes.tokens === 0) return { launches: [] };
      const reads = { q: { input: 0 }, k: { input: 1 }, v: { input: 2 } };
      const writes = { o: { output: 0 }, logarithms: { output: 1 } };
      return {
        launches: [launch({ axis: "tokens", sizes, attributes, maskInput: 3, reads, writes, body: forward })],
      };
    },
  },
];

/** For each row its logarithm, Infinity in place of -Infinity so that no weight is left of it, and the sum of g o. */
const rowNumbers = (rows: number, width: number): WebGPULaunch => {
  const text = `if (index >= parameter(0)) { return; }
var sum = 0.0;
for (var i = 0u; i < parameter(1); i++) { sum = fma(o[index * parameter(1) + i], g[index * parameter(1) + i], sum); }
numbers[index * 2u] = select(logarithms[index], fromBits(0x7f800000u), logarithms[index] == fromBits(0xff800000u));
numbers[index * 2u + 1u] = sum;`;
  return {
    source: [
      elementAliases(1),
      ...["o", "logarithms", "g"].map((name, i) => storage(i, name, "f32")),
      storage(3, "numbers", "f32", "read_write"),
      calledFunctions(text),
      entry(text),
    ].join("\n"),
    bindings: [{ input: 3 }, { input: 4 }, { input: 5 }, { scratch: 0 }],
    workgroups: gridOfThreads(rows),
    parameters: [rows, width],
  };
};

/** Weights p and slopes d of a tile whose queries are its rows or its columns. */
const slopes = ({ eachRow, eachScore, place }: TileText, axis: "row" | "column"): string => {
  const [queryFirst, keyFirst] = axis === "row" ? ["first", "other"] : ["other", "first"];
  const across = axis === "row" ? "column" : "row";
  return `${eachRow(
    (i) => `let at${i} = 2u * (batch * tokens + min(${place(queryFirst, axis, i)}, tokens - 1u));
let log${i} = numbers[at${i}];
let level${i} = numbers[at${i} + 1u];`,
  )}
${eachScore((a, b) => {
  const [query, key] = axis === "row" ? [a, b] : [b, a];
  return `s${a}_${b} = select(exponential(s${a}_${b} * scale - log${query}), 0.0, hidden(batch, ${place(queryFirst, axis, query)}, ${place(keyFirst, across, key)}));
d${a}_${b} = s${a}_${b} * (d${a}_${b} - level${query}) * scale;`;
})}`;
};

const queryGradient = (text: TileText, width: Width, valueWidth: Width): string => {
  const { tile, products, sums, putTile, addProducts, writeSums } = text;
  return `${sums("sum", width)}
for (var other = 0u; other < ${reach(text)}; other += ${tile}u) {
${products("s", queries("q", width, "first"), keyRows("k", width, "other"))}
${products("d", queries("g", valueWidth, "first"), keyRows("v", valueWidth, "other"))}
${slopes(text, "row")}
${putTile("d")}
${addProducts("sum", keyRows("k", width, "other"))}
}
${writeSums(queries("dq", width, "first"), (a, column) => `sum${a}_${column}`)}`;
};

const keyGradient = (text: TileText, width: Width, valueWidth: Width): string => {
  const { tile, products, sums, putTile, addProducts, writeSums } = text;
  return `${sums("key", width)}
${sums("value", valueWidth)}
for (var other = select(0u, first, isCausal); other < tokens; other += ${tile}u) {
${products("s", keyRows("k", width, "first"), queries("q", width, "other"))}
${products("d", keyRows("v", valueWidth, "first"), queries("g", valueWidth, "other"))}
${slopes(text, "column")}
${putTile("s")}
${addProducts("value", queries("g", valueWidth, "other"))}
${putTile("d")}
${addProducts("key", queries("q", width, "other"))}
}
${writeSums(keyRows("dk", width, "first"), (a, column) => `key${a}_${column}`)}
${writeSums(keyRows("dv", valueWidth, "first"), (a, column) => `value${a}_${column}`)}`;
};

export const attentionGradientWebGPU: WebGPUKernel<AttentionAttributes>[] = [
  {
    device: "webgpu",
    name: "tiles",
    lower: ({ inputs, attributes }) => {
      const sizes = gradientShape(inputs, attributes);
      const { batch, tokens, keys, valueWidth } = sizes;
      const reads = { q: { input: 0 }, k: { input: 1 }, v: { input: 2 }, g: { input: 5 }, numbers: { scratch: 0 } };
      const pass = { sizes, attributes, maskInput: 6, reads };
      return {
        scratch: [8 * Math.max(1, batch * tokens)],
        launches: [
          ...(batch * tokens > 0 ? [rowNumbers(batch * tokens, valueWidth)] : []),
          ...(batch * keys > 0
            ? [launch({ ...pass, axis: "keys", writes: { dk: { output: 1 }, dv: { output: 2 } }, body: keyGradient })]
            : []),
          ...(batch * tokens > 0
            ? [launch({ ...pass, axis: "tokens", writes: { dq: { output: 0 } }, body: queryGradient })]
            : []),
        ],
      };
    },
  },
];
