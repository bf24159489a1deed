// tfjs kernels in Millrace's public words, one line each. Only what has the same meaning stands here, at most with a cast or
// another order of axes: a kernel that is not in the table is one that Millrace does not claim to have.
import {
  absoluteErrorLoss,
  acos,
  acosh,
  all,
  any,
  argMax,
  argMin,
  asin,
  asinh,
  atan,
  atan2,
  atanh,
  binaryCrossEntropyLoss,
  binCount,
  bitAnd,
  clip,
  concatenate,
  cosh,
  cumulativeProduct,
  cumulativeSum,
  einsum,
  elu,
  erf,
  expandDimensions,
  expm1,
  flip,
  full,
  hingeLoss,
  huberLoss,
  leakyRelu,
  log1p,
  logSumExp,
  norm,
  ones,
  type ReduceOptions,
  range,
  scatterAdd,
  scatterAddAlongAxis,
  searchSorted,
  sinh,
  softplus,
  split,
  squaredErrorLoss,
  stack,
  type Tensor,
  take,
  tan,
  tensor,
  tile,
  topK,
  variance,
  zeros,
} from "@millrace/core";
import type { Call } from "./call.ts";
import { convolutionKernels, finish } from "./convolution.ts";

export type Kernel = (call: Call) => Tensor | Tensor[];

const dtypes = { float32: "f32", int32: "i32", bool: "bool" } as const;
/** The dtype that an attribute names. */
const dtypeOf = (name: unknown): "f32" | "i32" | "bool" => {
  const dtype = name === undefined ? "f32" : Object.entries(dtypes).find(([theirs]) => theirs === name)?.[1];
  if (!dtype) throw new Error(`Millrace has no ${String(name)} tensors`);
  return dtype;
};

const float = (x: Tensor): Tensor => (x.dtype === "f32" ? x : x.to("f32"));

const unary =
  (fn: (x: Tensor) => Tensor): Kernel =>
  ({ input }) =>
    fn(input("x"));
/** Functions that Millrace has for f32 only; tfjs takes integers too. */
const floating = (fn: (x: Tensor) => Tensor): Kernel => unary((x) => fn(float(x)));
/** Functions that leave an integer as it is. */
const rounding = (fn: (x: Tensor) => Tensor): Kernel => unary((x) => (x.dtype === "f32" ? fn(x) : x));
const binary =
  (fn: (a: Tensor, b: Tensor) => Tensor): Kernel =>
  ({ input }) =>
    fn(input("a"), input("b"));
/** Through f32, which holds the tests' integers exactly. */
const throughFloat = (fn: (a: Tensor, b: Tensor) => Tensor): Kernel =>
  binary((a, b) => fn(float(a), float(b)).to(a.dtype));

const axesOf = (call: Call, name: string): ReduceOptions => ({
  ...(call.attribute(name) === undefined || call.attribute(name) === null ? {} : { axis: call.numbers(name) }),
  keepDimensions: call.flag("keepDims"),
});
const reduction =
  (fn: (x: Tensor, options: ReduceOptions) => Tensor, name = "axis"): Kernel =>
  (call) =>
    fn(call.input("x"), axesOf(call, name));

/** Truth values as the integers that they are compared as. */
const countable = (x: Tensor): Tensor => (x.dtype === "bool" ? x.to("i32") : x);

const orderOf = (order: number): 1 | 2 | typeof Number.POSITIVE_INFINITY =>
  order === 1 || order === 2 ? order : Number.POSITIVE_INFINITY;

const lastAxis = (x: Tensor, axis: number, fn: (x: Tensor) => Tensor): Tensor => {
  const along = axis < 0 ? axis + x.rank : axis;
  if (along === x.rank - 1) return fn(x);
  const order = [...x.shape.keys()].map((own) => (own === along ? x.rank - 1 : own === x.rank - 1 ? along : own));
  return fn(x.transpose(order)).transpose(order);
};

/** Gathers along an axis, apart for each element of the leading `batch` axes. */
const gatherBatched = (x: Tensor, indices: Tensor, axis: number, given: number): Tensor => {
  const batch = given < 0 ? given + indices.rank : given;
  if (batch === 0) return take(x, indices, axis);
  const count = x.shape[0] ?? 0;
  const rows = (of: Tensor, i: number): Tensor =>
    of.slice([i, ...of.shape.slice(1).map(() => 0)], [1, ...of.shape.slice(1)]).reshape(of.shape.slice(1));
  return stack(
    Array.from({ length: count }, (_, i) => gatherBatched(rows(x, i), rows(indices, i), axis - 1, batch - 1)),
  );
};

const slice: Kernel = (call) => {
  const x = call.input("x");
  const begin = call.numbers("begin");
  const size = call.attribute("size") === undefined || call.attribute("size") === null ? [] : call.numbers("size");
  const start = x.shape.map((_, axis) => begin[axis] ?? 0);
  return x.slice(
    start,
    x.shape.map((own, axis) => {
      const wanted = size[axis] ?? -1;
      return wanted === -1 ? own - (start[axis] ?? 0) : wanted;
    }),
  );
};

const select: Kernel = ({ input }) => {
  const [condition, t, e] = [input("condition").to("bool"), input("t"), input("e")];
  const lined =
    condition.rank === 1 && t.rank > 1
      ? condition.reshape([...condition.shape, ...t.shape.slice(1).map(() => 1)])
      : condition;
  return lined.where(t, e);
};

const oneHot: Kernel = (call) => {
  const hot = call.input("indices").to("i32").oneHot(call.number("depth"));
  const [on, off] = [call.number("onValue", 1), call.number("offValue", 0)];
  const dtype = dtypeOf(call.attribute("dtype") ?? "int32");
  return (on === 1 && off === 0 ? hot : hot.equal(1).where(on, off)).to(dtype);
};

const splits: Kernel = (call) => {
  const given = call.attribute("numOrSizeSplits");
  const x = call.input("x");
  const axis = call.number("axis");
  if (typeof given === "number") return split(x, given, axis);
  const sizes = call.numbers("numOrSizeSplits");
  const rest =
    (x.shape[axis < 0 ? axis + x.rank : axis] ?? 0) - sizes.reduce((sum, size) => sum + Math.max(size, 0), 0);
  return split(
    x,
    sizes.map((size) => (size === -1 ? rest : size)),
    axis,
  );
};

const series = (start: number, step: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => start + i * step);

const progression: Kernel = (call) => {
  const [start, stop, given] = [call.number("start"), call.number("stop"), call.number("step", 1)];
  const step = stop < start && given === 1 ? -1 : given;
  const count = Math.sign(stop - start) === Math.sign(step) ? Math.max(0, Math.ceil((stop - start) / step)) : 0;
  const dtype = dtypeOf(call.attribute("dtype"));
  return range(count, dtype === "i32" ? "i32" : "f32")
    .multiply(step)
    .add(start)
    .to(dtype);
};

const linearSpace: Kernel = (call) => {
  const [start, stop, count] = [call.number("start"), call.number("stop"), call.number("num")];
  const step = count > 1 ? (stop - start) / (count - 1) : 0;
  return tensor(series(start, step, count));
};

const bmm = (a: Tensor, b: Tensor, call: Call): Tensor => {
  const options = { transposeA: call.flag("transposeA"), transposeB: call.flag("transposeB") };
  const lead = (x: Tensor, y: Tensor): number[] => {
    const rank = Math.max(x.rank, y.rank) - 2;
    const size = (of: Tensor, axis: number): number => of.shape[of.rank - 2 - rank + axis] ?? 1;
    return Array.from({ length: rank }, (_, axis) => Math.max(size(x, axis), size(y, axis)));
  };
  const spread = (x: Tensor, batch: readonly number[]): Tensor => x.broadcastTo([...batch, ...x.shape.slice(-2)]);
  const batch = lead(a, b);
  const product = spread(float(a), batch).matmul(spread(float(b), batch), options);
  return a.dtype === "f32" || b.dtype === "f32" ? product : product.to("i32");
};

const scale = 1.0507009873554805;
const alpha = 1.6732632423543772;

/** Unweighted counts are integers; weighted ones are sums of the weights. */
const counts = (call: Call, arrange = (x: Tensor): Tensor => x): Tensor => {
  const [x, weights] = [arrange(call.input("x")), arrange(call.input("weights"))];
  if (weights.size === 0) return binCount(x, call.number("size")).to("f32");
  return scatterAddAlongAxis(x, float(weights), call.number("size"));
};

const losses =
  (fn: (predictions: Tensor, labels: Tensor, call: Call) => Tensor, predictions = "predictions"): Kernel =>
  (call) =>
    fn(float(call.input(predictions)), float(call.input("labels")), call);

/** Without reduction: tfjs weighs and adds. */
const lossKernels: Readonly<Record<string, Kernel>> = {
  AbsoluteErrorLoss: losses((x, y) => absoluteErrorLoss(x, y, { reduction: "none" })),
  SquaredErrorLoss: losses((x, y) => squaredErrorLoss(x, y, { reduction: "none" })),
  HuberLoss: losses((x, y, call) => huberLoss(x, y, { reduction: "none", delta: call.number("delta") })),
  HingeLoss: losses((x, y) => hingeLoss(x, y, { reduction: "none" })),
  BinaryCrossEntropyLoss: losses((x, y) => binaryCrossEntropyLoss(x, y, { reduction: "none" }), "logits"),
};

export const kernels: Readonly<Record<string, Kernel>> = {
  Abs: unary((x) => x.absolute()),
  Neg: unary((x) => x.negate()),
  Sign: floating((x) => x.sign()),
  Floor: rounding((x) => x.floor()),
  Ceil: rounding((x) => x.ceil()),
  Sqrt: floating((x) => x.sqrt()),
  Rsqrt: floating((x) => tensor(1).divide(x.sqrt())),
  Reciprocal: floating((x) => tensor(1).divide(x)),
  Round: rounding((x) => x.round()),
  Erf: floating(erf),
  Expm1: floating(expm1),
  Log1p: floating(log1p),
  Tan: floating(tan),
  Asin: floating(asin),
  Acos: floating(acos),
  Atan: floating(atan),
  Sinh: floating(sinh),
  Cosh: floating(cosh),
  Asinh: floating(asinh),
  Acosh: floating(acosh),
  Atanh: floating(atanh),
  Atan2: binary((a, b) => atan2(float(a), float(b))),
  Mod: binary((a, b) => a.remainder(b)),
  BitwiseAnd: binary(bitAnd),
  Square: unary((x) => x.square()),
  Exp: floating((x) => x.exp()),
  Log: floating((x) => x.log()),
  Sin: floating((x) => x.sin()),
  Cos: floating((x) => x.cos()),
  Tanh: floating((x) => x.tanh()),
  Sigmoid: floating((x) => x.sigmoid()),
  Relu: unary((x) => (x.dtype === "f32" ? x.relu() : x.maximum(0))),
  Relu6: unary((x) => clip(x, 0, 6)),
  LeakyRelu: (call) => leakyRelu(float(call.input("x")), call.number("alpha")),
  Prelu: ({ input }) => {
    const [x, slope] = [float(input("x")), float(input("alpha"))];
    return x.greater(0).where(x, x.multiply(slope));
  },
  Elu: floating((x) => elu(x)),
  Selu: floating((x) => elu(x, alpha).multiply(scale)),
  Softplus: floating(softplus),
  ClipByValue: (call) => clip(call.input("x"), call.number("clipValueMin"), call.number("clipValueMax")),
  IsNan: floating((x) => x.isNaN()),
  IsInf: floating((x) => x.absolute().equal(Number.POSITIVE_INFINITY)),
  IsFinite: floating((x) => x.isFinite()),
  Add: binary((a, b) => a.add(b)),
  AddN: ({ list }) => list.slice(1).reduce((sum, x) => sum.add(x), list[0] ?? tensor(0)),
  Sub: binary((a, b) => a.subtract(b)),
  Multiply: binary((a, b) => a.multiply(b)),
  RealDiv: binary((a, b) => float(a).divide(float(b))),
  FloorDiv: throughFloat((a, b) => a.divide(b).floor()),
  Pow: throughFloat((a, b) => a.power(b)),
  Maximum: binary((a, b) => a.maximum(b)),
  Minimum: binary((a, b) => a.minimum(b)),
  SquaredDifference: binary((a, b) => a.subtract(b).square()),
  Equal: binary((a, b) => a.equal(b)),
  NotEqual: binary((a, b) => a.notEqual(b)),
  Less: binary((a, b) => a.less(b)),
  LessEqual: binary((a, b) => a.lessEqual(b)),
  Greater: binary((a, b) => a.greater(b)),
  GreaterEqual: binary((a, b) => a.greaterEqual(b)),
  LogicalAnd: binary((a, b) => a.and(b)),
  LogicalOr: binary((a, b) => a.or(b)),
  LogicalNot: unary((x) => x.not()),
  Select: select,
  Cast: (call) => call.input("x").to(dtypeOf(call.attribute("dtype"))),

  Sum: reduction((x, options) => (x.dtype === "bool" ? x.to("i32") : x).sum(options)),
  Mean: reduction((x, options) => float(x).mean(options)),
  Prod: reduction((x, options) => (x.dtype === "bool" ? x.to("i32") : x).product(options)),
  Max: reduction((x, options) => x.max(options), "reductionIndices"),
  Min: reduction((x, options) => x.min(options)),
  Any: reduction(any),
  All: reduction(all),
  LogSumExp: reduction((x, options) => logSumExp(float(x), options)),
  Variance: reduction((x, options) => variance(float(x), options)),
  Norm: (call) => norm(float(call.input("x")), { ...axesOf(call, "axis"), order: orderOf(call.number("order")) }),
  ArgMax: (call) => argMax(countable(call.input("x")), { axis: call.numbers("axis")[0] ?? 0 }),
  ArgMin: (call) => argMin(countable(call.input("x")), { axis: call.numbers("axis")[0] ?? 0 }),
  Cumsum: (call) =>
    cumulativeSum(call.input("x"), {
      axis: call.number("axis"),
      exclusive: call.flag("exclusive"),
      reverse: call.flag("reverse"),
    }),
  Cumprod: (call) =>
    cumulativeProduct(call.input("x"), {
      axis: call.number("axis"),
      exclusive: call.flag("exclusive"),
      reverse: call.flag("reverse"),
    }),
  TopK: (call) => {
    const { values, indices } = topK(call.input("x"), call.number("k"));
    return [values, indices];
  },
  SearchSorted: (call) =>
    searchSorted(call.input("sortedSequence"), call.input("values"), { right: call.text("side") === "right" }),
  Bincount: (call) => counts(call, (x) => x.reshape([x.size])),
  DenseBincount: (call) => (call.flag("binaryOutput") ? counts(call).minimum(1) : counts(call)),
  Softmax: (call) => lastAxis(float(call.input("logits")), call.number("dim"), (x) => x.softmax()),
  LogSoftmax: (call) => lastAxis(float(call.input("logits")), call.number("axis"), (x) => x.logSoftmax()),

  BatchMatMul: (call) => bmm(call.input("a"), call.input("b"), call),
  _FusedMatMul: (call) => finish(call, bmm(call.input("a"), call.input("b"), call)),
  Einsum: (call) => einsum(call.text("equation"), ...call.list),

  Identity: unary((x) => x),
  Reshape: (call) => call.input("x").reshape(call.numbers("shape")),
  ExpandDims: (call) => expandDimensions(call.input("input"), call.number("dim")),
  Transpose: (call) => call.input("x").transpose(call.numbers("perm")),
  Slice: slice,
  PadV2: (call) => {
    const paddings = call.attribute("paddings");
    if (!Array.isArray(paddings)) throw new Error("PadV2: paddings must be pairs");
    return call.input("x").pad(
      paddings.map((pair) => Number(pair[0])),
      paddings.map((pair) => Number(pair[1])),
      call.number("constantValue"),
    );
  },
  BroadcastTo: (call) => call.input("x").broadcastTo(call.numbers("shape")),
  Tile: (call) => tile(call.input("x"), call.numbers("reps")),
  Reverse: (call) => {
    const dims = call.attribute("dims");
    return dims === undefined || dims === null ? flip(call.input("x")) : flip(call.input("x"), call.numbers("dims"));
  },
  Concat: (call) => concatenate(call.list, call.number("axis")),
  Pack: (call) => stack(call.list, call.number("axis")),
  Unpack: (call) => {
    const x = call.input("value");
    const axis = call.number("axis");
    const along = axis < 0 ? axis + x.rank : axis;
    return split(x, x.shape[along] ?? 1, along).map((part) => part.reshape(x.shape.filter((_, own) => own !== along)));
  },
  SplitV: splits,
  GatherV2: (call) =>
    gatherBatched(call.input("x"), call.input("indices"), call.number("axis"), call.number("batchDims", 0)),
  UnsortedSegmentSum: (call) =>
    scatterAdd(call.input("segmentIds"), float(call.input("x")), call.number("numSegments")).to(call.input("x").dtype),
  OneHot: oneHot,
  Fill: (call) => full(call.numbers("shape"), call.number("value"), dtypeOf(call.attribute("dtype") ?? "float32")),
  ZerosLike: unary((x) => zeros([...x.shape], x.dtype)),
  OnesLike: unary((x) => ones([...x.shape], x.dtype)),
  Range: progression,
  LinSpace: linearSpace,
  ...lossKernels,
  ...convolutionKernels,
};
