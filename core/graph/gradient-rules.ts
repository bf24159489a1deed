// The reverse-mode rules, one line an op: from the gradient of the output to the gradient of each input that has one.
// Where a rule can use the output instead of the input it does, so that a fused kernel need not keep its insides.
import type { Attributes } from "@millrace/kernels";
import {
  add,
  broadcastTo,
  cast,
  constant,
  cos,
  divide,
  equal,
  greater,
  log,
  matmul,
  multiply,
  negate,
  pad,
  power,
  reduce,
  reshape,
  select,
  sign,
  sin,
  slice,
  subtract,
  sumTo,
  transpose,
} from "./build.ts";
import { activationGradient } from "./gradient/activation.ts";
import { scatterAddAlongRule, sortRule, takeAlongRule } from "./gradient/along.ts";
import { attentionGradientRule, attentionRule } from "./gradient/attention.ts";
import {
  convolutionInputGradientRule,
  convolutionRule,
  convolutionWeightGradientRule,
} from "./gradient/convolution.ts";
import { fftRule } from "./gradient/fft.ts";
import { choleskyRule, qrRule, svdRule, symmetricEigenRule, triangularSolveRule } from "./gradient/linear-algebra.ts";
import { normaliseGradientRule, normaliseRule } from "./gradient/normalise.ts";
import { poolGradientRule, poolRule } from "./gradient/pool.ts";
import { quantizedMatmulRule } from "./gradient/quantize.ts";
import { resizeGradientRule, resizeRule } from "./gradient/resize.ts";
import { scanRule } from "./gradient/scan.ts";
import { scatterRule } from "./gradient/scatter.ts";
import { apply, type Value } from "./node.ts";

/** What a rule sees: inputs x, y, z; output out; upstream gradient g; the op's attributes. */
export interface RuleContext {
  readonly inputs: readonly Value[];
  readonly out: Value;
  /** For an op with several outputs: the gradient of each, undefined where the loss does not depend on it. */
  readonly upstreams: readonly (Value | undefined)[];
  readonly attributes: Attributes;
}

/** Gradients of the inputs, in their order; undefined where an input has none (labels, conditions). */
export type GradientRule = (g: Value, context: RuleContext) => readonly (Value | undefined)[];

const one = constant(1);
const zero = constant(0);

const unary =
  (rule: (g: Value, x: Value, y: Value) => Value): GradientRule =>
  (g, { inputs: [x], out }) =>
    x ? [rule(g, x, out)] : [];
/** Both inputs' gradients, each summed back over the axes that were broadcast. */
const binary =
  (rule: (g: Value, x: Value, y: Value, out: Value) => readonly [Value, Value]): GradientRule =>
  (g, { inputs: [x, y], out }) => {
    if (!x || !y) return [];
    const [gx, gy] = rule(g, x, y, out);
    return [sumTo(gx, x.type.shape), sumTo(gy, y.type.shape)];
  };
/** Between f32 and f16 the gradient is cast back; integers have none. */
const castRule: GradientRule = (g, { inputs: [x] }) =>
  x?.type.dtype === "f32" || x?.type.dtype === "f16" ? [cast(g, x.type.dtype)] : [];
const half = constant(0.5);
const numbers = (value: unknown): number[] => (Array.isArray(value) ? value.map(Number) : []);

/** Half of the gradient to each side where two values tie, as PyTorch and JAX do. */
const extremum = (g: Value, x: Value, y: Value, out: Value): readonly [Value, Value] => {
  const share = select(equal(x, y), multiply(g, half), g);
  return [select(equal(x, out), share, zero), select(equal(y, out), share, zero)];
};

/** A reduced value set back to the rank that it had, each reduced axis as 1. */
const restore = (value: Value, x: Value, axes: readonly number[]): Value =>
  reshape(
    value,
    x.type.shape.map((size, axis) => (axes.includes(axis) ? 1 : size)),
  );

const swapLast = (x: Value): Value =>
  transpose(
    x,
    [...x.type.shape.keys()].map((axis, i, all) =>
      i === all.length - 2 ? axis + 1 : i === all.length - 1 ? axis - 1 : axis,
    ),
  );

const matmulRule: GradientRule = (upstream, { inputs: [a, b, bias], out, attributes }) => {
  if (!a || !b) return [];
  const { transposeA, transposeB, activation } = attributes;
  const g = activationGradient(upstream, out, activation);
  const ga = transposeA
    ? matmul(transposeB ? swapLast(b) : b, g, { transposeB: true })
    : matmul(g, b, { transposeB: !transposeB });
  const gb = transposeB
    ? matmul(g, transposeA ? swapLast(a) : a, { transposeA: true })
    : matmul(a, g, { transposeA: !transposeA });
  return [sumTo(ga, a.type.shape), sumTo(gb, b.type.shape), ...(bias ? [sumTo(g, bias.type.shape)] : [])];
};

const reduceRule: GradientRule = (g, { inputs: [x], out, attributes }) => {
  if (!x) return [];
  const axes = numbers(attributes.axes);
  const upstream = broadcastTo(restore(g, x, axes), x.type.shape);
  if (attributes.function === "sum") return [upstream];
  const result = restore(out, x, axes);
  if (attributes.function === "product") return [productGradient(upstream, x, axes)];
  const hits = cast(equal(x, result), "f32");
  return [divide(multiply(upstream, hits), reduce("sum", hits, axes, true))];
};

/** Gradient of a product without dividing by its terms, so that zeros are right: the product with each term left out. */
const productGradient = (upstream: Value, x: Value, axes: readonly number[]): Value => {
  const zeros = cast(equal(x, zero), "f32");
  const filled = select(equal(x, zero), one, x);
  const product = reduce("product", filled, axes, true);
  const count = reduce("sum", zeros, axes, true);
  const others = subtract(count, zeros);
  return multiply(upstream, select(equal(others, zero), divide(product, filled), zero));
};

const softmaxRule: GradientRule = (g, { out, attributes }) => {
  const last = [out.type.shape.length - 1];
  if (attributes.logarithm === true) return [subtract(g, multiply(apply("exp", [out]), reduce("sum", g, last, true)))];
  const weighted = multiply(g, out);
  return [subtract(weighted, multiply(out, reduce("sum", weighted, last, true)))];
};

/** Derivative of crossEntropyGradient: through the softmax for the logits, and the product rule for the upstream. */
const crossEntropyGradientRule: GradientRule = (g, { inputs: [logits, labels, upstream] }) => {
  if (!logits || !labels || !upstream) return [];
  const softmax = apply("softmax", [logits], { logarithm: false });
  const inRange = reduce("maximum", apply("oneHot", [labels], { depth: logits.type.shape[1] ?? 0 }), [1], true);
  const scaled = multiply(multiply(g, reshape(upstream, [upstream.type.shape[0] ?? 0, 1])), inRange);
  const weighted = multiply(scaled, softmax);
  const toLogits = subtract(weighted, multiply(softmax, reduce("sum", weighted, [1], true)));
  const unit = apply("crossEntropyGradient", [logits, labels, broadcastTo(one, upstream.type.shape)]);
  return [toLogits, undefined, reduce("sum", multiply(g, unit), [1])];
};

const mapRule: GradientRule = (g, { inputs: [x] }) => (x ? [sumTo(g, x.type.shape)] : []);

const concatenateRule: GradientRule = (g, { inputs, attributes }) => {
  const axis = Number(attributes.axis);
  let offset = 0;
  return inputs.map((input) => {
    const start = g.type.shape.map((_, i) => (i === axis ? offset : 0));
    offset += input.type.shape[axis] ?? 0;
    return slice(g, start, input.type.shape);
  });
};

const sliceRule: GradientRule = (g, { inputs: [x], attributes }) => {
  const start = numbers(attributes.start);
  const after = (x?.type.shape ?? []).map((size, axis) => size - (start[axis] ?? 0) - (g.type.shape[axis] ?? 0));
  return [pad(g, start, after)];
};

const inverse = (permutation: readonly number[]): number[] => permutation.map((_, axis) => permutation.indexOf(axis));

/** Rules by op name. An op without an entry has a stated reason in `withoutGradient`. */
export const gradientRules: Readonly<Record<string, GradientRule>> = {
  add: binary((g) => [g, g]),
  subtract: binary((g) => [g, negate(g)]),
  multiply: binary((g, x, y) => [multiply(g, y), multiply(g, x)]),
  divide: binary((g, _, y, out) => [divide(g, y), negate(divide(multiply(g, out), y))]),
  power: binary((g, x, y, out) => [
    multiply(g, multiply(y, power(x, subtract(y, one)))),
    multiply(g, multiply(out, select(greater(x, zero), log(x), zero))),
  ]),
  maximum: binary(extremum),
  minimum: binary(extremum),
  negate: unary((g) => negate(g)),
  absolute: unary((g, x) => multiply(g, sign(x))),
  sqrt: unary((g, _, y) => divide(multiply(g, half), y)),
  exp: unary((g, _, y) => multiply(g, y)),
  log: unary((g, x) => divide(g, x)),
  sin: unary((g, x) => multiply(g, cos(x))),
  cos: unary((g, x) => negate(multiply(g, sin(x)))),
  erf: unary((g, x) => multiply(g, multiply(constant(2 / Math.sqrt(Math.PI)), apply("exp", [negate(multiply(x, x))])))),
  expm1: unary((g, _, y) => multiply(g, add(y, one))),
  log1p: unary((g, x) => divide(g, add(x, one))),
  atan: unary((g, x) => divide(g, add(multiply(x, x), one))),
  atan2: binary((g, y, x) => {
    const part = divide(g, add(multiply(x, x), multiply(y, y)));
    return [multiply(part, x), negate(multiply(part, y))];
  }),
  remainder: binary((g, x, y, out) => [g, negate(multiply(g, divide(subtract(x, out), y)))]),
  tanh: unary((g, _, y) => multiply(g, subtract(one, multiply(y, y)))),
  sigmoid: unary((g, _, y) => multiply(g, multiply(y, subtract(one, y)))),
  relu: unary((g, _, y) => select(greater(y, zero), g, zero)),
  select: (g, { inputs: [condition, x, y] }) =>
    condition && x && y
      ? [undefined, sumTo(select(condition, g, zero), x.type.shape), sumTo(select(condition, zero, g), y.type.shape)]
      : [],
  toF32: castRule,
  toF16: castRule,
  map: mapRule,
  matmul: matmulRule,
  quantizedMatmul: quantizedMatmulRule,
  convolution: convolutionRule,
  convolutionInputGradient: convolutionInputGradientRule,
  convolutionWeightGradient: convolutionWeightGradientRule,
  pool: poolRule,
  poolGradient: poolGradientRule,
  resize: resizeRule,
  resizeGradient: resizeGradientRule,
  cholesky: choleskyRule,
  triangularSolve: triangularSolveRule,
  qr: qrRule,
  symmetricEigen: symmetricEigenRule,
  svd: svdRule,
  fft: fftRule,
  reduce: reduceRule,
  scan: scanRule,
  sort: sortRule,
  topK: sortRule,
  scatter: scatterRule,
  takeAlong: takeAlongRule,
  scatterAddAlong: scatterAddAlongRule,
  softmax: softmaxRule,
  attention: attentionRule,
  attentionGradient: attentionGradientRule,
  crossEntropy: (g, { inputs: [logits, labels] }) =>
    logits && labels ? [apply("crossEntropyGradient", [logits, labels, g]), undefined] : [],
  crossEntropyGradient: crossEntropyGradientRule,
  normalise: normaliseRule,
  normaliseGradient: normaliseGradientRule,
  gather: (g, { inputs: [table, indices] }) =>
    table && indices ? [apply("scatterAdd", [indices, g], { rows: table.type.shape[0] ?? 0 }), undefined] : [],
  scatterAdd: (g, { inputs: [indices] }) => (indices ? [undefined, selectRows(g, indices)] : []),
  identity: (g) => [g],
  reshape: (g, { inputs: [x] }) => (x ? [reshape(g, x.type.shape)] : []),
  transpose: (g, { attributes }) => [transpose(g, inverse(numbers(attributes.permutation)))],
  slice: sliceRule,
  pad: (g, { inputs: [x], attributes }) => (x ? [slice(g, numbers(attributes.before), x.type.shape)] : []),
  concatenate: concatenateRule,
};

/** Rows of g at indices, with zeros for indices out of range (whose updates scatterAdd had left out). */
const selectRows = (g: Value, indices: Value): Value => {
  const rows = apply("gather", [g, indices]);
  const padded = [...indices.type.shape, ...g.type.shape.slice(1).map(() => 1)];
  const inside = apply("and", [
    apply("greaterEqual", [indices, constant(0, "i32")]),
    less32(indices, g.type.shape[0] ?? 0),
  ]);
  return select(reshape(inside, padded), rows, zero);
};
const less32 = (x: Value, limit: number): Value => apply("less", [x, constant(limit, "i32")]);

/** Ops whose gradient is zero or has no meaning, and why. */
export const withoutGradient: Readonly<Record<string, string>> = {
  sign: "piecewise constant",
  floor: "piecewise constant",
  round: "piecewise constant",
  truncate: "piecewise constant",
  bitAnd: "integer output",
  bitOr: "integer output",
  bitXor: "integer output",
  bitNot: "integer output",
  shiftLeft: "integer output",
  shiftRight: "integer output",
  xor: "boolean output",
  isFinite: "boolean output",
  ceil: "piecewise constant",
  equal: "boolean output",
  notEqual: "boolean output",
  less: "boolean output",
  lessEqual: "boolean output",
  greater: "boolean output",
  greaterEqual: "boolean output",
  and: "boolean output",
  or: "boolean output",
  not: "boolean output",
  isNaN: "boolean output",
  toI32: "integer output",
  toU32: "integer output",
  toU8: "integer output",
  toBool: "boolean output",
  oneHot: "integer input",
  searchSorted: "integer output",
  binCount: "integer output",
  treePredict: "piecewise constant",
  poolIndices: "integer output",
  dequantize: "quantised weights are constants: train the layer, then quantise it",
  random: "depends on a key only",
};
