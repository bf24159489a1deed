// Applications that are a simpler value. Every rule is exact: it changes no bit of a number, no sign of a zero, and NaN
// where there was none. So x + 0 stays (-0 + 0 is 0), as x * 0 does (NaN, infinity), and x * 2 * 3 (the first may overflow).
import { type Attributes, elementwiseOps, type Shape, sameShape, type TensorType } from "@millrace/kernels";
import { constant } from "./build.ts";
import { type OpNode, opNodeOf, type Value } from "./node.ts";
import { castNames, packedBefore, wideBefore } from "./packed.ts";

/** One application of an op, before it becomes a node. */
export interface Application {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly attributes: Attributes;
  /** Of its first output. */
  readonly type: TensorType;
  /** Applies an op of one output, simplified as well. */
  readonly make: (name: string, inputs: readonly Value[], attributes?: Attributes) => Value;
}

type Rule = (application: Application) => Value | undefined;

const numbers = (value: unknown): number[] => (Array.isArray(value) ? value.map(Number) : []);
const numberOf = (value: Value | undefined): number | undefined =>
  value?.node.kind === "constant" ? value.node.value : undefined;
/** What an op of one input was applied to, if the value is one. */
const under = (name: string, value: Value | undefined): Value | undefined => opNodeOf(value, name)?.inputs[0];

const isBroadcast = ({ op, attributes }: OpNode): boolean =>
  op.name === "map" && Array.isArray(attributes.instructions) && attributes.instructions.length === 0;
/** What a broadcast was made from, or a reshape that only adds axes of one element in front. */
const narrower = (value: Value): Value | undefined => {
  const { node, type } = value;
  if (node.kind !== "op") return undefined;
  const [from] = node.inputs;
  const added = type.shape.length - (from?.type.shape.length ?? 0);
  const isLonger =
    node.op.name === "reshape" &&
    added > 0 &&
    type.shape.every((size, axis) => size === (axis < added ? 1 : from?.type.shape[axis - added]));
  return isLonger || isBroadcast(node) ? from : undefined;
};

/** The shape that inputs broadcast to, of at most that rank; sizes are known to go together. */
const together = (inputs: readonly Value[], rank: number): number[] =>
  Array.from({ length: rank }, (_, axis) =>
    inputs.reduce((size, { type: { shape } }) => {
      const own = shape[axis - rank + shape.length] ?? 1;
      return own === 1 ? size : own;
    }, 1),
  );

/** Reads what a broadcast was made from, where the result is as large without it: a number then is one in the program. */
const readNarrow: Rule = ({ name, inputs, attributes, type, make }) => {
  for (const [i, input] of inputs.entries()) {
    const source = narrower(input);
    if (!source) continue;
    const others = inputs.with(i, source);
    const keepsRank = name === "map" || others.some((other) => other.type.shape.length === type.shape.length);
    if (keepsRank && (name === "map" || sameShape(together(others, type.shape.length), type.shape)))
      return make(name, others, attributes);
  }
  return undefined;
};

/** x in the shape of the result. */
const spread = (x: Value | undefined, { type: { dtype, shape }, make }: Application): Value | undefined =>
  x?.type.dtype === dtype ? make("map", [x], { instructions: [], outputs: [0], shape }) : undefined;

/** The other argument, where one is the number with which the function changes nothing. */
const neutral =
  (value: number, sides: readonly number[] = [0, 1]): Rule =>
  (application) => {
    const at = sides.find((side) => Object.is(numberOf(application.inputs[side]), value));
    return at === undefined ? undefined : spread(application.inputs[1 - at], application);
  };

/** Functions that are rounded to the nearest on every device that promises bits, so that a number may stand for them. */
const folded: Readonly<Record<string, (x: number, y: number) => number>> = {
  add: (x, y) => x + y,
  subtract: (x, y) => x - y,
  multiply: (x, y) => x * y,
  divide: (x, y) => x / y,
  negate: (x) => -x,
  absolute: Math.abs,
  sqrt: Math.sqrt,
};

/** f32 in float64 and rounded once more is f32's own rounding, for these functions (Figueroa 1995). */
const foldNumbers: Rule = ({ name, inputs, type }) => {
  const meaning = folded[name];
  if (!meaning || type.dtype !== "f32") return undefined;
  const [x, y = x] = inputs.map((input) => Math.fround(numberOf(input) ?? Number.NaN));
  const isKnown = x !== undefined && y !== undefined && inputs.every(({ node }) => node.kind === "constant");
  return isKnown ? constant(Math.fround(meaning(x, y))) : undefined;
};

const undoes =
  (name: string): Rule =>
  ({ inputs: [x] }) =>
    under(name, x);
const again =
  (name: string): Rule =>
  ({ inputs: [x] }) =>
    opNodeOf(x, name) && x;
const alike: Rule = (application) => {
  const [x, y] = application.inputs;
  return x?.node === y?.node && x?.index === y?.index ? spread(x, application) : undefined;
};

const chooseKnown: Rule = (application) => {
  const { inputs, attributes, make } = application;
  const [condition, x, y] = inputs;
  const known = numberOf(condition);
  if (known !== undefined) return spread(known === 0 ? y : x, application);
  if (x?.node === y?.node && x?.index === y?.index) return spread(x, application);
  const opposite = under("not", condition);
  return opposite && x && y ? make("select", [opposite, y, x], attributes) : undefined;
};

/** A cast that undoes the one before it without loss leaves what there was; truth is 0 or 1 in every dtype. */
const castRule: Rule = ({ name, inputs: [x], type, make }) => {
  let source = x;
  for (let view = under("reshape", x); view; view = under("reshape", view)) source = view;
  const before = packedBefore(name, x) ?? wideBefore(name, source);
  if (before) return make("reshape", [before], { shape: type.shape });
  const [truth] = x?.node.kind === "op" && x.node.op.name in casts ? x.node.inputs : [];
  if (truth?.type.dtype !== "bool") return undefined;
  return type.dtype === "bool" ? truth : make(name, [truth]);
};

const reshapeRule: Rule = ({ inputs: [x], type, make }) => {
  if (x && sameShape(x.type.shape, type.shape)) return x;
  const source = under("reshape", x);
  return source && make("reshape", [source], { shape: type.shape });
};

/** Axes that stay in order but for those of one element: a view instead of a copy. */
const staysInOrder = (shape: Shape, permutation: readonly number[]): boolean => {
  const moved = permutation.filter((axis) => shape[axis] !== 1);
  return moved.every((axis, i) => i === 0 || axis > (moved[i - 1] ?? 0));
};

const transposeRule: Rule = ({ inputs: [x], attributes, type, make }) => {
  const permutation = numbers(attributes.permutation);
  const before = opNodeOf(x, "transpose");
  const [source] = before?.inputs ?? [];
  if (before && source) {
    const inner = numbers(before.attributes.permutation);
    return make("transpose", [source], { permutation: permutation.map((axis) => inner[axis] ?? 0) });
  }
  return x && staysInOrder(x.type.shape, permutation) ? make("reshape", [x], { shape: type.shape }) : undefined;
};

const sliceRule: Rule = ({ inputs: [x], attributes, type, make }) => {
  if (x && sameShape(x.type.shape, type.shape)) return x;
  const before = opNodeOf(x, "slice");
  const [source] = before?.inputs ?? [];
  if (!before || !source) return undefined;
  const start = numbers(attributes.start);
  return make("slice", [source], {
    start: numbers(before.attributes.start).map((from, axis) => from + (start[axis] ?? 0)),
    size: type.shape,
  });
};

const padRule: Rule = ({ inputs: [x], type }) => (x && sameShape(x.type.shape, type.shape) ? x : undefined);
const concatenateRule: Rule = ({ inputs }) => (inputs.length === 1 ? inputs[0] : undefined);
const broadcastRule: Rule = (application) => {
  const { inputs, attributes, type } = application;
  if (inputs.length !== 1 || !Array.isArray(attributes.instructions) || attributes.instructions.length > 0)
    return undefined;
  const [x] = inputs;
  return x && sameShape(x.type.shape, type.shape) ? x : readNarrow(application);
};

/** True for a permutation that swaps the last two axes and leaves the others. */
const swapsLastTwo = (permutation: readonly number[]): boolean => {
  const { length } = permutation;
  return length >= 2 && permutation.every((axis, i) => axis === (i < length - 2 ? i : 2 * length - 3 - i));
};

/** A product with a transposed matrix reads it transposed instead. */
const matmulRule: Rule = ({ inputs, attributes, make }) => {
  for (const [i, name] of ["transposeA", "transposeB"].entries()) {
    const before = opNodeOf(inputs[i], "transpose");
    const [source] = before?.inputs ?? [];
    if (before && source && swapsLastTwo(numbers(before.attributes.permutation)))
      return make("matmul", inputs.with(i, source), { ...attributes, [name]: attributes[name] !== true });
  }
  return undefined;
};

/**
 * The gradient of a maximum behind a relu: what was cut off is taken out of the windows' gradients, which are fewer than
 * the image's elements. All that a window gave to an element is kept or all of it is not, as its maximum is that element.
 */
const maskWindows: Rule = ({ inputs: [condition, gradient, zero], make }) => {
  const pooled = opNodeOf(gradient, "poolGradient");
  const positive = opNodeOf(condition, "greater");
  const [own, image] = pooled?.inputs ?? [];
  if (!pooled || !own || !image || !positive || !zero || pooled.attributes.function !== "maximum") return undefined;
  const [x, limit] = positive.inputs;
  if (x?.node !== image.node || x.index !== image.index || numberOf(limit) !== 0 || !limit) return undefined;
  if (!Object.is(numberOf(zero), 0)) return undefined;
  const { inputSize: _, ...window } = pooled.attributes;
  const kept = make("greater", [make("pool", [image], window), limit]);
  return make("poolGradient", [make("select", [kept, own, zero]), image], pooled.attributes);
};

const casts: Readonly<Record<string, Rule>> = Object.fromEntries(
  Object.values(castNames).map((name) => [name, castRule]),
);

const rules: Readonly<Record<string, readonly Rule[]>> = {
  ...Object.fromEntries(Object.entries(casts).map(([name, rule]) => [name, [rule]])),
  // x + -0 and x - 0 are x for every x; x + 0 is not for -0.
  add: [neutral(-0)],
  subtract: [neutral(0, [1])],
  multiply: [neutral(1)],
  divide: [neutral(1, [1])],
  negate: [undoes("negate")],
  not: [undoes("not")],
  absolute: [again("absolute")],
  relu: [again("relu")],
  floor: [again("floor")],
  maximum: [alike],
  minimum: [alike],
  and: [alike],
  or: [alike],
  select: [chooseKnown, maskWindows],
  reshape: [reshapeRule],
  transpose: [transposeRule],
  slice: [sliceRule],
  pad: [padRule],
  concatenate: [concatenateRule],
  map: [broadcastRule],
  matmul: [matmulRule],
};

/** A simpler value of the same elements, if a rule knows one. */
export const simplerThan: Rule = (application) => {
  for (const rule of rules[application.name] ?? []) {
    const found = rule(application);
    if (found) return found;
  }
  return elementwiseOps.has(application.name) ? (foldNumbers(application) ?? readNarrow(application)) : undefined;
};
