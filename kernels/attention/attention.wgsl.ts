// Attention and its gradient on WebGPU. One kernel over blocks of queries gives the result; three give the gradient: a number
// or two for each row, dk and dv over blocks of keys, dq over blocks of queries. Sums run in one order, without atomics.
import { entry, gridOf, gridOfThreads, storage } from "../contract/dispatch.wgsl.ts";
import type { BufferReference, WebGPUKernel, WebGPULaunch } from "../contract/kernel.ts";
import { calledFunctions, elementAliases } from "../map/scalar.wgsl.ts";
import { type AttentionAttributes, type AttentionShape, attentionShape, gradientShape } from "./shape.ts";
import { type KernelBody, type Rows, type TileText, tileText, type Width } from "./tile.wgsl.ts";

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
  readonly body: (text: TileText, width: Width, valueWidth: Width) => KernelBody;
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

const forward = (text: TileText, width: Width, valueWidth: Width): KernelBody => {
  const { tile, eachRow, eachElement, eachSum, products, sums, putTile, addProducts, writeSums } = text;
  const body = `let low = fromBits(0xff800000u);
if (lane < ${tile}u) {
largest[lane] = low;
totals[lane] = 0.0;
}
${sums("sum", valueWidth)}
for (var key = 0u; key < ${reach(text)}; key += ${tile}u) {
${products("s", queries("q", width, "first"), keyRows("k", width, "key"))}
${putTile("weights", "s")}
${eachElement("weights[at] = select(weights[at] * scale, low, hidden(batch, first + down, key + across));")}
workgroupBarrier();
if (lane < ${tile}u) {
var most = largest[lane];
for (var i = 0u; i < ${tile}u; i++) { most = max(most, weights[lane * ${tile + 1}u + i]); }
bases[lane] = select(most, 0.0, most == low);
downs[lane] = exponential(largest[lane] - bases[lane]);
largest[lane] = most;
}
${eachElement("weights[at] = exponential(weights[at] - bases[down]);")}
workgroupBarrier();
if (lane < ${tile}u) {
var total = totals[lane] * downs[lane];
for (var i = 0u; i < ${tile}u; i++) { total += weights[lane * ${tile + 1}u + i]; }
totals[lane] = total;
}
${eachRow((a) => `let down${a} = downs[row + ${a * 8}u];`)}
${eachSum(valueWidth, (a, column) => `sum${a}_${column} *= down${a};`)}
${addProducts("sum", "weights", keyRows("v", valueWidth, "key"))}
}
workgroupBarrier();
if (lane < ${tile}u && first + lane < tokens) {
logarithms[batch * tokens + first + lane] = select(largest[lane] + logarithm(totals[lane]), low, totals[lane] == 0.0);
}
${eachRow((a) => `let over${a} = select(1.0 / totals[row + ${a * 8}u], 0.0, totals[row + ${a * 8}u] == 0.0);`)}
${writeSums(queries("o", valueWidth, "first"), (a, column) => `sum${a}_${column} * over${a}`)}`;
  return { shared: { weights: tile * (tile + 1), largest: tile, totals: tile, bases: tile, downs: tile }, body };
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

const tilesOfBoth = ({ tile }: TileText) => ({ weights: tile * (tile + 1), slopes: tile * (tile + 1) });

/** From products s and d of a tile to its weights and slopes in workgroup memory. */
const slopes = ({ eachElement, putTile }: TileText, token: string, key: string): string => `${putTile("weights", "s")}
${putTile("slopes", "d")}
${eachElement(`let token = ${token};
let numbersAt = 2u * (batch * tokens + min(token, tokens - 1u));
let weight = select(exponential(weights[at] * scale - numbers[numbersAt]), 0.0, hidden(batch, token, ${key}));
weights[at] = weight;
slopes[at] = weight * (slopes[at] - numbers[numbersAt + 1u]) * scale;`)}`;

const queryGradient = (text: TileText, width: Width, valueWidth: Width): KernelBody => {
  const { tile, products, sums, addProducts, writeSums } = text;
  const body = `${sums("sum", width)}
for (var other = 0u; other < ${reach(text)}; other += ${tile}u) {
${products("s", queries("q", width, "first"), keyRows("k", width, "other"))}
${products("d", queries("g", valueWidth, "first"), keyRows("v", valueWidth, "other"))}
${slopes(text, "first + down", "other + across")}
${addProducts("sum", "slopes", keyRows("k", width, "other"))}
}
${writeSums(queries("dq", width, "first"), (a, column) => `sum${a}_${column}`)}`;
  return { shared: tilesOfBoth(text), body };
};

const keyGradient = (text: TileText, width: Width, valueWidth: Width): KernelBody => {
  const { tile, products, sums, addProducts, writeSums } = text;
  const body = `${sums("key", width)}
${sums("value", valueWidth)}
for (var other = select(0u, first, isCausal); other < tokens; other += ${tile}u) {
${products("s", keyRows("k", width, "first"), queries("q", width, "other"))}
${products("d", keyRows("v", valueWidth, "first"), queries("g", valueWidth, "other"))}
${slopes(text, "other + across", "first + down")}
${addProducts("value", "weights", queries("g", valueWidth, "other"))}
${addProducts("key", "slopes", queries("q", width, "other"))}
}
${writeSums(keyRows("dk", width, "first"), (a, column) => `key${a}_${column}`)}
${writeSums(keyRows("dv", valueWidth, "first"), (a, column) => `value${a}_${column}`)}`;
  return { shared: tilesOfBoth(text), body };
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
