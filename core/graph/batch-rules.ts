// The batching rules, one line an op: the op written for one example becomes the op for B of them along a new first axis.
// A rule gets each input either batched ([B, ...]) or shared by all examples, and gives the batched output.
import type { Attributes, Shape, TensorType } from "@millrace/kernels";
import { attentionBatchRule } from "./batch/attention.ts";
import { convolutionWeightGradientRule, imagesRule } from "./batch/convolution.ts";
import { normaliseGradientRule, normaliseRule } from "./batch/normalise.ts";
import { byImages, poolIndicesRule } from "./batch/pool.ts";
import { spread } from "./batch/spread.ts";
import { add, broadcastTo, cast, concatenate, constant, reshape, select, slice, transpose } from "./build.ts";
import { apply, applyOp, inputValue, type Value } from "./node.ts";

/** What a rule sees. `types` are the inputs' types for one example; `out` the output's. */
export interface BatchContext {
  readonly inputs: readonly Value[];
  readonly batched: readonly boolean[];
  readonly types: readonly TensorType[];
  readonly out: TensorType;
  readonly attributes: Attributes;
  /** Number of examples. */
  readonly count: number;
}

/** Gives the output, or all of them for an op with several. */
export type BatchRule = (context: BatchContext) => Value | readonly Value[];

const numbers = (value: unknown): number[] => (Array.isArray(value) ? value.map(Number) : []);

/** All inputs with the batch axis. */
const spreadAll = ({ inputs, batched, count }: BatchContext): Value[] =>
  inputs.map((input, i) => spread(input, batched[i], count));

/** Batched inputs with ones after the batch axis, so that they broadcast as one example's did. */
const aligned = ({ inputs, batched, out }: BatchContext): Value[] =>
  inputs.map((input, i) => {
    if (!batched[i]) return input;
    const [count = 0, ...own] = input.type.shape;
    return reshape(input, [count, ...new Array<number>(Math.max(0, out.shape.length - own.length)).fill(1), ...own]);
  });

const elementwise =
  (name: string): BatchRule =>
  (context) =>
    apply(name, aligned(context));

/** Rows of all examples as the rows of one: [B, n, ...] -> [B * n, ...]. */
const joinRows = (value: Value): Value => {
  const [count = 0, rows = 0, ...rest] = value.type.shape;
  return reshape(value, [count * rows, ...rest]);
};

const splitRows = (value: Value, { count, out }: BatchContext): Value => reshape(value, [count, ...out.shape]);

/** Row-wise losses: examples are more rows. */
const byRows =
  (name: string): BatchRule =>
  (context) =>
    splitRows(apply(name, spreadAll(context).map(joinRows), context.attributes), context);

/** i32 [B, ...] holding b * step at example b. */
const offsets = (count: number, step: number, shape: Shape): Value => {
  const rows = Array.from({ length: count }, (_, b) => broadcastTo(constant(b * step, "i32"), [1, ...shape]));
  return concatenate(rows, 0);
};

/** Indices of example b moved to block b of a table of `rows` rows; those out of range stay out of range. */
const blockIndices = (indices: Value, rows: number, count: number): Value => {
  const inside = apply("and", [
    apply("greaterEqual", [indices, constant(0, "i32")]),
    apply("less", [indices, constant(rows, "i32")]),
  ]);
  return select(inside, add(indices, offsets(count, rows, indices.type.shape.slice(1))), constant(-1, "i32"));
};

const gatherRule: BatchRule = (context) => {
  const [table, indices] = context.inputs;
  if (!table || !indices) throw new RangeError("gather takes two inputs");
  if (!context.batched[0]) return apply("gather", [table, indices]);
  const rows = context.types[0]?.shape[0] ?? 0;
  return apply("gather", [
    joinRows(table),
    blockIndices(spread(indices, context.batched[1], context.count), rows, context.count),
  ]);
};

const scatterAddRule: BatchRule = (context) => {
  const [indices, updates] = spreadAll(context);
  const rows = Number(context.attributes.rows);
  if (!indices || !updates) throw new RangeError("scatterAdd takes two inputs");
  return splitRows(
    apply("scatterAdd", [blockIndices(indices, rows, context.count), updates], { rows: rows * context.count }),
    context,
  );
};

const scatterRule: BatchRule = (context) => {
  const [base, indices, updates] = spreadAll(context);
  if (!base || !indices || !updates) throw new RangeError("scatter takes three inputs");
  const moved = blockIndices(indices, base.type.shape[1] ?? 0, context.count);
  return splitRows(apply("scatter", [joinRows(base), moved, updates], context.attributes), context);
};

/**
 * One matrix for each example on either side; matrices that had batch axes of their own are repeated. A bias of each example's
 * own is added behind the product, which takes one for all: in f32, so that an f16 result is rounded once.
 */
const matmulRule: BatchRule = (context) => {
  const { attributes, batched, inputs, types, count, out } = context;
  const [a, b, bias] = inputs;
  const [aType, bType] = types;
  if (!a || !b || !aType || !bType) throw new RangeError("matmul takes two inputs");
  const lift = (value: Value, isBatched: boolean | undefined, type: TensorType): Value => {
    const inner = type.shape.slice(-2);
    if (!isBatched && type.shape.length === 2) return value;
    const whole = spread(value, isBatched, count);
    const outer = out.shape.slice(0, -2);
    if (type.shape.length - 2 === outer.length) return whole;
    return broadcastTo(reshape(whole, [count, ...outer.map(() => 1), ...inner]), [count, ...outer, ...inner]);
  };
  const [left, right] = [lift(a, batched[0], aType), lift(b, batched[1], bType)];
  if (!bias || !batched[2]) return apply("matmul", bias ? [left, right, bias] : [left, right], attributes);
  const { activation } = attributes;
  const product = apply("matmul", [cast(left, "f32"), cast(right, "f32")], { ...attributes, activation: "none" });
  const row = reshape(cast(bias, "f32"), [count, ...out.shape.slice(1).map(() => 1), bias.type.shape[1] ?? 0]);
  const sum = add(product, row);
  return cast(typeof activation === "string" && activation !== "none" ? apply(activation, [sum]) : sum, out.dtype);
};

/** A fused program over all examples: the same instructions, one more axis. */
const mapRule: BatchRule = (context) =>
  applyOp("map", aligned(context), { ...context.attributes, shape: [context.count, ...context.out.shape] });

/** Each example by itself, where inputs that differ leave nothing to share. */
const apart =
  (name: string): BatchRule =>
  ({ inputs, batched, types, attributes, out, count }) =>
    concatenate(
      Array.from({ length: count }, (_, b) => {
        const own = inputs.map((input, i) => {
          const shape = types[i]?.shape ?? [];
          return batched[i] ? reshape(slice(input, [b, ...shape.map(() => 0)], [1, ...shape]), shape) : input;
        });
        return reshape(apply(name, own, attributes), [1, ...out.shape]);
      }),
      0,
    );

/** Examples are more rows of one ensemble; ensembles of their own are apart. */
const treePredictRule: BatchRule = (context) =>
  context.batched.slice(1).includes(true)
    ? apart("treePredict")(context)
    : splitRows(
        apply("treePredict", [joinRows(first(context)), ...context.inputs.slice(1)], context.attributes),
        context,
      );

/** Rows of x are all one product; tables of weights are not. */
const quantizedRule: BatchRule = (context) =>
  context.batched.slice(1).includes(true)
    ? apart("quantizedMatmul")(context)
    : apply("quantizedMatmul", context.inputs, context.attributes);

/** Each example draws from its own key. */
const randomRule: BatchRule = ({ inputs: [keys], attributes, out, count }) => {
  if (!keys) throw new RangeError("random takes a key");
  const draws = Array.from({ length: count }, (_, b) =>
    reshape(apply("random", [reshape(slice(keys, [b, 0], [1, 2]), [2])], attributes), [1, ...out.shape]),
  );
  return concatenate(draws, 0);
};

/** Ops that take any leading axes: the batch is one more. */
const leading =
  (name: string): BatchRule =>
  (context) =>
    applyOp(name, spreadAll(context), context.attributes);
const first = ({ inputs: [x] }: BatchContext): Value => x ?? inputValue({ dtype: "f32", shape: [] });

/** Rules by op name; every element-wise function has the same one. */
export const batchRules: Readonly<Record<string, BatchRule>> = {
  map: mapRule,
  matmul: matmulRule,
  quantizedMatmul: quantizedRule,
  dequantize: apart("dequantize"),
  convolution: imagesRule("convolution"),
  convolutionInputGradient: imagesRule("convolutionInputGradient"),
  convolutionWeightGradient: convolutionWeightGradientRule,
  pool: byImages("pool"),
  poolIndices: poolIndicesRule,
  poolGradient: byImages("poolGradient"),
  resize: byImages("resize"),
  resizeGradient: byImages("resizeGradient"),
  cholesky: leading("cholesky"),
  triangularSolve: leading("triangularSolve"),
  qr: leading("qr"),
  symmetricEigen: leading("symmetricEigen"),
  svd: leading("svd"),
  fft: leading("fft"),
  reduce: (context) =>
    apply("reduce", [first(context)], {
      ...context.attributes,
      axes: numbers(context.attributes.axes).map((axis) => axis + 1),
    }),
  scan: (context) =>
    apply("scan", [first(context)], { ...context.attributes, axis: Number(context.attributes.axis) + 1 }),
  topK: (context) => applyOp("topK", [first(context)], context.attributes),
  sort: (context) => applyOp("sort", [first(context)], context.attributes),
  searchSorted: (context) => apply("searchSorted", spreadAll(context), context.attributes),
  binCount: (context) => apply("binCount", [first(context)], context.attributes),
  treePredict: treePredictRule,
  scatter: scatterRule,
  takeAlong: (context) => apply("takeAlong", spreadAll(context)),
  scatterAddAlong: (context) => apply("scatterAddAlong", spreadAll(context), context.attributes),
  attention: attentionBatchRule("attention", 3),
  attentionGradient: attentionBatchRule("attentionGradient", 6),
  softmax: (context) => apply("softmax", [first(context)], context.attributes),
  crossEntropy: byRows("crossEntropy"),
  crossEntropyGradient: byRows("crossEntropyGradient"),
  normalise: normaliseRule,
  normaliseGradient: normaliseGradientRule,
  gather: gatherRule,
  scatterAdd: scatterAddRule,
  oneHot: (context) => apply("oneHot", [first(context)], context.attributes),
  random: randomRule,
  identity: (context) => apply("identity", [spread(context.inputs[0], context.batched[0], context.count)]),
  reshape: (context) => reshape(first(context), [context.count, ...context.out.shape]),
  transpose: (context) =>
    transpose(first(context), [0, ...numbers(context.attributes.permutation).map((axis) => axis + 1)]),
  slice: (context) =>
    slice(first(context), [0, ...numbers(context.attributes.start)], [context.count, ...context.out.shape]),
  pad: (context) =>
    apply("pad", [first(context)], {
      ...context.attributes,
      before: [0, ...numbers(context.attributes.before)],
      after: [0, ...numbers(context.attributes.after)],
    }),
  concatenate: (context) => concatenate(spreadAll(context), Number(context.attributes.axis) + 1),
};

/** The rule of an op, if it has one. */
export const batchRule = (name: string, isElementwise: boolean): BatchRule | undefined =>
  batchRules[name] ?? (isElementwise ? elementwise(name) : undefined);
