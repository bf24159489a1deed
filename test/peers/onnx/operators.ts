// ONNX's operators in Millrace's public words. An operator's attributes keep ONNX's names and defaults; inputs that are read
// as plain numbers (axes, shapes) come from the fixture. A case that asks for what Millrace has not throws Unsupported.

import type { Tensor } from "@millrace/core";
import * as m from "@millrace/core";
import type { Node } from "./node.ts";
import { Unsupported } from "./node.ts";
import { windowOperators } from "./windows.ts";

/** The results that Millrace has of the operator's; undefined where it has not. */
type Results = Tensor | readonly (Tensor | undefined)[];
export type Operator = (node: Node) => Results | Promise<Results>;

const unary =
  (fn: (x: Tensor) => Tensor): Operator =>
  ({ input }) =>
    fn(input(0));
const binary =
  (fn: (a: Tensor, b: Tensor) => Tensor): Operator =>
  ({ input }) =>
    fn(input(0), input(1));
const variadic =
  (fn: (a: Tensor, b: Tensor) => Tensor): Operator =>
  ({ inputs }) =>
    inputs.reduce(fn);

/** Runs a function of the last axis along another. */
const along = (x: Tensor, axis: number, fn: (x: Tensor) => Tensor): Tensor => {
  const own = axis < 0 ? axis + x.rank : axis;
  return m.swapAxes(fn(m.swapAxes(x, own, -1)), own, -1);
};

const reduction =
  (fn: (x: Tensor, options: m.ReduceOptions) => Tensor): Operator =>
  (node) => {
    const given = node.optional(1) ? node.values(1) : node.attributes.axes === undefined ? [] : node.numbers("axes");
    const keepDimensions = node.number("keepdims", 1) === 1;
    if (given.length === 0 && node.number("noop_with_empty_axes", 0) === 1) return fn(node.input(0), { axis: [] });
    return fn(node.input(0), { ...(given.length > 0 ? { axis: given } : {}), keepDimensions });
  };

const sizeAlong = (x: Tensor, axis: number): number => x.shape[axis < 0 ? axis + x.rank : axis] ?? 0;

const position =
  (fn: (x: Tensor, options: m.ArgumentOptions) => Tensor): Operator =>
  (node) => {
    const x = node.input(0);
    const axis = node.number("axis", 0);
    const options = { axis, keepDimensions: node.number("keepdims", 1) === 1 };
    if (node.number("select_last_index", 0) === 0) return fn(x, options);
    // The last of equals is the first from behind.
    return fn(m.flip(x, [axis]), options)
      .negate()
      .add(sizeAlong(x, axis) - 1);
  };

const running =
  (fn: (x: Tensor, options: m.CumulativeOptions) => Tensor): Operator =>
  (node) =>
    fn(node.input(0), {
      axis: node.values(1)[0] ?? 0,
      exclusive: node.number("exclusive", 0) === 1,
      reverse: node.number("reverse", 0) === 1,
    });

const common = (a: Tensor, b: readonly number[]): number[] => {
  const rank = Math.max(a.rank, b.length);
  const size = (shape: readonly number[], axis: number): number => shape[shape.length - rank + axis] ?? 1;
  return Array.from({ length: rank }, (_, axis) => Math.max(size(a.shape, axis), size(b, axis)));
};

/** NumPy's rule: vectors become rows and columns, leading axes broadcast. */
const matmul: Operator = ({ input }) => {
  const [a, b] = [input(0), input(1)];
  const left = a.rank === 1 ? a.reshape([1, a.size]) : a;
  const right = b.rank === 1 ? b.reshape([b.size, 1]) : b;
  const lead = common(left.sum({ axis: [-2, -1] }), right.shape.slice(0, -2));
  const product = left
    .broadcastTo([...lead, ...left.shape.slice(-2)])
    .matmul(right.broadcastTo([...lead, ...right.shape.slice(-2)]));
  const shape = [
    ...lead,
    ...(a.rank === 1 ? [] : left.shape.slice(-2, -1)),
    ...(b.rank === 1 ? [] : right.shape.slice(-1)),
  ];
  return product.reshape(shape);
};

const gemm: Operator = (node) => {
  const product = node
    .input(0)
    .matmul(node.input(1), { transposeA: node.number("transA", 0) === 1, transposeB: node.number("transB", 0) === 1 })
    .multiply(node.number("alpha", 1));
  const c = node.optional(2);
  return c ? product.add(c.multiply(node.number("beta", 1))) : product;
};

const slice: Operator = (node) => {
  const x = node.input(0);
  const [starts, ends] = [node.values(1), node.values(2)];
  const axes = node.optional(3) ? node.values(3) : starts.map((_, i) => i);
  if (node.optional(4) && node.values(4).some((step) => step !== 1)) throw new Unsupported("a stride");
  const start = x.shape.map(() => 0);
  const size = [...x.shape];
  axes.forEach((axis, i) => {
    const own = axis < 0 ? axis + x.rank : axis;
    const total = x.shape[own] ?? 0;
    const place = (at: number): number => Math.min(Math.max(at < 0 ? at + total : at, 0), total);
    start[own] = place(starts[i] ?? 0);
    size[own] = Math.max(0, place(ends[i] ?? total) - (start[own] ?? 0));
  });
  return x.slice(start, size);
};

const pad: Operator = (node) => {
  if (node.text("mode", "constant") !== "constant") throw new Unsupported("padding by what is inside");
  const x = node.input(0);
  const pads = node.values(1);
  const axes = node.optional(3) ? node.values(3).map((axis) => (axis < 0 ? axis + x.rank : axis)) : [...x.shape.keys()];
  const side = (from: number): number[] => x.shape.map((_, axis) => pads[from + axes.indexOf(axis)] ?? 0);
  const before = side(0).map((value, axis) => (axes.includes(axis) ? value : 0));
  const after = side(axes.length).map((value, axis) => (axes.includes(axis) ? value : 0));
  return x.pad(before, after, node.optional(2) ? (node.values(2)[0] ?? 0) : 0);
};

const reshape: Operator = (node) => {
  const x = node.input(0);
  const zero = node.number("allowzero", 0) === 1;
  return x.reshape(node.values(1).map((size, axis) => (size === 0 && !zero ? (x.shape[axis] ?? 0) : size)));
};

const flatten: Operator = (node) => {
  const x = node.input(0);
  const axis = node.number("axis", 1);
  const rows = x.shape.slice(0, axis < 0 ? axis + x.rank : axis).reduce((product, size) => product * size, 1);
  return x.reshape([rows, x.size / rows]);
};

const unsqueeze: Operator = (node) => {
  const x = node.input(0);
  const axes = node.values(1);
  const rank = x.rank + axes.length;
  return axes
    .map((axis) => (axis < 0 ? axis + rank : axis))
    .sort((a, b) => a - b)
    .reduce((result, axis) => m.expandDimensions(result, axis), x);
};

const split: Operator = (node) => {
  const x = node.input(0);
  const axis = node.number("axis", 0);
  if (node.optional(1)) return m.split(x, node.values(1), axis);
  const total = x.shape[axis < 0 ? axis + x.rank : axis] ?? 0;
  const parts = node.number("num_outputs", node.results);
  const size = Math.ceil(total / parts);
  return m.split(
    x,
    Array.from({ length: parts }, (_, i) => Math.min(size, total - i * size)),
    axis,
  );
};

/** Indices counted from the end become those from the front. */
const fromFront = (indices: Tensor, size: number): Tensor => indices.less(0).where(indices.add(size), indices);

const oneHot: Operator = (node) => {
  const depth = node.values(1)[0] ?? 0;
  const values = node.input(2);
  const axis = node.number("axis", -1);
  const hot = fromFront(node.input(0).to("i32"), depth).oneHot(depth);
  const off = values.slice([0], [1]).reshape([]);
  const on = values.slice([1], [1]).reshape([]);
  const chosen = hot.equal(1).where(on, off);
  const to = axis < 0 ? axis + chosen.rank : axis;
  const order = [...chosen.shape.keys()].slice(0, -1);
  return chosen.transpose([...order.slice(0, to), chosen.rank - 1, ...order.slice(to)]);
};

const scatterElements: Operator = (node) => {
  if (node.text("reduction", "none") !== "add")
    throw new Unsupported("setting, multiplying or comparing along an axis");
  const x = node.input(0);
  const axis = node.number("axis", 0);
  const indices = fromFront(node.input(1), sizeAlong(x, axis));
  return x.add(m.scatterAddAlongAxis(indices, node.input(2), sizeAlong(x, axis), axis));
};

const crossEntropy: Operator = (node) => {
  const [scores, labels] = [node.input(0), node.input(1)];
  const order = [0, ...[...scores.shape.keys()].slice(2), 1];
  const reduction = node.text("reduction", "mean");
  const ignored = node.attributes.ignore_index;
  const counted = typeof ignored === "number" ? labels.equal(ignored).where(-1, labels) : labels;
  const logits = scores.transpose(order);
  const loss = m.crossEntropyLoss(logits, counted, {
    classWeights: node.optional(2),
    reduction: reduction === "none" || reduction === "sum" ? reduction : "mean",
  });
  const back = [0, scores.rank - 1, ...[...scores.shape.keys()].slice(1, -1)];
  return [loss, logits.logSoftmax().transpose(back)];
};

const layerNorm =
  (fn: (x: Tensor, options: m.LayerNormOptions) => Tensor): Operator =>
  (node) => {
    const x = node.input(0);
    const first = node.number("axis", -1);
    const axes = [...x.shape.keys()].slice(first < 0 ? first + x.rank : first);
    return [fn(x, { axes, scale: node.input(1), shift: node.optional(2), epsilon: node.number("epsilon", 1e-5) })];
  };

const attention: Operator = (node) => {
  const mask = node.optional(3);
  const added = mask && mask.dtype !== "bool";
  const scale = node.attributes.scale;
  return m.scaledDotProductAttention(node.input(0), node.input(1), node.input(2), {
    causal: node.number("is_causal", 0) === 1,
    ...(added ? { bias: mask } : { mask }),
    ...(typeof scale === "number" ? { scale } : {}),
  });
};

/** Numbers stand as pairs, or alone when real, along the last axis. */
const fourier: Operator = (node) => {
  const x = node.input(0);
  const given = node.optional(2) ? (node.values(2)[0] ?? -2) : node.number("axis", -2);
  const last = x.rank - 2;
  const moved = m.swapAxes(x, given, last);
  const inverse = node.number("inverse", 0) === 1;
  const oneSided = node.number("onesided", 0) === 1;
  const alone = (): Tensor => moved.reshape(moved.shape.slice(0, -1));
  const result = (): Tensor => {
    if (oneSided && inverse) return m.expandDimensions(m.inverseRealFft(moved), -1);
    if (oneSided) return m.realFft(alone());
    const pairs = moved.shape[moved.rank - 1] === 1 ? m.concatenate([moved, moved.multiply(0)], -1) : moved;
    return inverse ? m.inverseFft(pairs) : m.fft(pairs);
  };
  return m.swapAxes(result(), given, last);
};

const whole = (x: Tensor): Tensor => (x.dtype === "f32" ? x : x.to("f32"));

export const operators: Readonly<Record<string, Operator>> = {
  Abs: unary((x) => x.absolute()),
  Acos: unary(m.acos),
  Acosh: unary(m.acosh),
  Asin: unary(m.asin),
  Asinh: unary(m.asinh),
  Atan: unary(m.atan),
  Atanh: unary(m.atanh),
  BitwiseNot: unary(m.bitNot),
  Ceil: unary((x) => x.ceil()),
  Cos: unary((x) => x.cos()),
  Cosh: unary(m.cosh),
  DFT: fourier,
  Det: unary(m.determinant),
  Erf: unary(m.erf),
  Exp: unary((x) => x.exp()),
  Floor: unary((x) => x.floor()),
  HardSwish: unary(m.hardSwish),
  Identity: unary((x) => x),
  IsNaN: unary((x) => x.isNaN()),
  Log: unary((x) => x.log()),
  Neg: unary((x) => x.negate()),
  Not: unary((x) => x.not()),
  Reciprocal: unary((x) => m.tensor(1).divide(x)),
  Relu: unary((x) => x.relu()),
  Round: unary((x) => x.round()),
  Sigmoid: unary((x) => x.sigmoid()),
  Sign: unary((x) => x.sign()),
  Sin: unary((x) => x.sin()),
  Sinh: unary(m.sinh),
  Softplus: unary(m.softplus),
  Sqrt: unary((x) => x.sqrt()),
  Tan: unary(m.tan),
  Tanh: unary((x) => x.tanh()),
  Celu: (node) => m.elu(node.input(0).divide(node.number("alpha", 1))).multiply(node.number("alpha", 1)),
  Elu: (node) => m.elu(node.input(0), node.number("alpha", 1)),
  Gelu: (node) => (node.text("approximate", "none") === "tanh" ? m.geluTanh : m.gelu)(node.input(0)),
  HardSigmoid: (node) => m.clip(node.input(0).multiply(node.number("alpha", 0.2)).add(node.number("beta", 0.5)), 0, 1),
  IsInf: (node) => {
    if (node.number("detect_negative", 1) === 0) return node.input(0).equal(Number.POSITIVE_INFINITY);
    if (node.number("detect_positive", 1) === 0) return node.input(0).equal(Number.NEGATIVE_INFINITY);
    return node.input(0).isFinite().or(node.input(0).isNaN()).not();
  },
  LeakyRelu: (node) => m.leakyRelu(node.input(0), node.number("alpha", 0.01)),
  PRelu: binary((x, slope) => x.greater(0).where(x, x.multiply(slope))),
  Selu: (node) =>
    m.elu(node.input(0), node.number("alpha", 1.6732632423543772)).multiply(node.number("gamma", 1.0507009873554805)),
  Swish: (node) => {
    if (node.number("alpha", 1) !== 1) throw new Unsupported("a factor inside the sigmoid");
    return m.silu(node.input(0));
  },
  Clip: (node) => {
    const low = node.optional(1) ? node.values(1)[0] : undefined;
    const high = node.optional(2) ? node.values(2)[0] : undefined;
    return m.clip(node.input(0), low ?? Number.NEGATIVE_INFINITY, high ?? Number.POSITIVE_INFINITY);
  },

  Add: binary((a, b) => a.add(b)),
  Sub: binary((a, b) => a.subtract(b)),
  Mul: binary((a, b) => a.multiply(b)),
  Div: binary((a, b) => {
    if (a.dtype !== "f32") throw new Unsupported("a quotient of integers");
    return a.divide(b);
  }),
  Pow: binary((a, b) => {
    const power = whole(a).power(whole(b));
    return a.dtype === "f32" ? power : power.round().to(a.dtype);
  }),
  Mod: (node) => {
    if (node.number("fmod", 0) === 1) throw new Unsupported("a remainder with the sign of the dividend");
    return node.input(0).remainder(node.input(1));
  },
  And: binary((a, b) => a.and(b)),
  Or: binary((a, b) => a.or(b)),
  Xor: binary((a, b) => a.xor(b)),
  BitwiseAnd: binary(m.bitAnd),
  BitwiseOr: binary(m.bitOr),
  BitwiseXor: binary(m.bitXor),
  BitShift: (node) =>
    (node.text("direction", "") === "LEFT" ? m.shiftLeft : m.shiftRight)(node.input(0), node.input(1)),
  Equal: binary((a, b) => a.equal(b)),
  Greater: binary((a, b) => a.greater(b)),
  GreaterOrEqual: binary((a, b) => a.greaterEqual(b)),
  Less: binary((a, b) => a.less(b)),
  LessOrEqual: binary((a, b) => a.lessEqual(b)),
  Max: variadic((a, b) => a.maximum(b)),
  Min: variadic((a, b) => a.minimum(b)),
  Sum: variadic((a, b) => a.add(b)),
  Mean: ({ inputs }) => inputs.reduce((a, b) => a.add(b)).divide(inputs.length),
  Where: ({ input }) => input(0).where(input(1), input(2)),

  ReduceL1: reduction((x, options) => m.norm(x, { ...options, order: 1 })),
  ReduceL2: reduction((x, options) => m.norm(x, options)),
  ReduceLogSumExp: reduction(m.logSumExp),
  ReduceMax: reduction((x, options) => (x.dtype === "bool" ? m.any(x, options) : x.max(options))),
  ReduceMin: reduction((x, options) => (x.dtype === "bool" ? m.all(x, options) : x.min(options))),
  ReduceMean: reduction((x, options) => x.mean(options)),
  ReduceProd: reduction((x, options) => x.product(options)),
  ReduceSum: reduction((x, options) => x.sum(options)),
  ArgMax: position(m.argMax),
  ArgMin: position(m.argMin),
  CumSum: running(m.cumulativeSum),
  CumProd: running(m.cumulativeProduct),
  Softmax: (node) => along(node.input(0), node.number("axis", -1), (x) => x.softmax()),
  LogSoftmax: (node) => along(node.input(0), node.number("axis", -1), (x) => x.logSoftmax()),
  TopK: (node) => {
    const { values, indices } = m.topK(node.input(0), node.values(1)[0] ?? 0, {
      axis: node.number("axis", -1),
      smallest: node.number("largest", 1) === 0,
    });
    return [values, indices];
  },
  Unique: async (node) => {
    if (node.attributes.axis !== undefined) throw new Unsupported("distinct slices along an axis");
    if (node.number("sorted", 1) === 0) throw new Unsupported("distinct elements in the order of their appearance");
    const { values, inverse, counts } = await m.unique(node.input(0));
    return [values, undefined, inverse.reshape([inverse.size]), counts];
  },

  MatMul: matmul,
  Gemm: gemm,
  Einsum: (node) => m.einsum(node.text("equation", ""), ...node.inputs),
  Attention: attention,
  LayerNormalization: layerNorm(m.layerNorm),
  RMSNormalization: layerNorm(m.rmsNorm),
  SoftmaxCrossEntropyLoss: crossEntropy,

  Concat: (node) => m.concatenate(node.inputs, node.number("axis", 0)),
  Expand: (node) => node.input(0).broadcastTo(common(node.input(0), node.values(1))),
  Flatten: flatten,
  Gather: (node) => {
    const axis = node.number("axis", 0);
    return m.take(node.input(0), fromFront(node.input(1), sizeAlong(node.input(0), axis)), axis);
  },
  GatherElements: (node) => {
    const axis = node.number("axis", 0);
    return m.takeAlongAxis(node.input(0), fromFront(node.input(1), sizeAlong(node.input(0), axis)), axis);
  },
  OneHot: oneHot,
  Pad: pad,
  Reshape: reshape,
  ScatterElements: scatterElements,
  Slice: slice,
  Split: split,
  Squeeze: (node) => m.squeeze(node.input(0), node.optional(1) ? node.values(1) : undefined),
  Tile: (node) => m.tile(node.input(0), node.values(1)),
  Transpose: (node) =>
    node.attributes.perm === undefined ? node.input(0).transpose() : node.input(0).transpose(node.numbers("perm")),
  Unsqueeze: unsqueeze,
  ...windowOperators,
};
