// The vocabulary in which graphs are written: one function an idea, over values. Tensor methods and gradient rules use it.
import {
  type Activation,
  ArgumentError,
  type DType,
  type ReduceFunction,
  type Shape,
  ShapeError,
  sameShape,
  sizeOf,
  type TensorType,
} from "@millrace/kernels";
import { apply, constantValueOf, type Value } from "./node.ts";
import { castNames } from "./packed.ts";

const call1 =
  (name: string) =>
  (x: Value): Value =>
    apply(name, [x]);
const call2 =
  (name: string) =>
  (x: Value, y: Value): Value =>
    apply(name, [x, y]);

export const add = call2("add");
export const subtract = call2("subtract");
export const multiply = call2("multiply");
export const divide = call2("divide");
export const power = call2("power");
export const maximum = call2("maximum");
export const minimum = call2("minimum");
export const equal = call2("equal");
export const greater = call2("greater");
export const less = call2("less");
export const negate = call1("negate");
export const log = call1("log");
export const sqrt = call1("sqrt");
export const sin = call1("sin");
export const cos = call1("cos");
export const sign = call1("sign");
export const select = (condition: Value, x: Value, y: Value): Value => apply("select", [condition, x, y]);

/** A scalar constant of a dtype. */
export const constant = (value: number, dtype: DType = "f32"): Value => constantValueOf(value, dtype);

/** A value converted to a dtype; itself when it has it. */
export const cast = (x: Value, dtype: DType): Value => (x.type.dtype === dtype ? x : apply(castNames[dtype], [x]));

/** A value broadcast to a shape; itself when it has it. */
export const broadcastTo = (x: Value, shape: Shape): Value =>
  sameShape(x.type.shape, shape) ? x : apply("map", [x], { instructions: [], outputs: [0], shape });

export const reshape = (x: Value, shape: Shape): Value =>
  sameShape(x.type.shape, shape) ? x : apply("reshape", [x], { shape });

/** Axes reordered; the value itself for the identity. */
export const transpose = (x: Value, permutation: readonly number[]): Value =>
  permutation.every((axis, i) => axis === i) ? x : apply("transpose", [x], { permutation });

export const slice = (x: Value, start: readonly number[], size: readonly number[]): Value =>
  apply("slice", [x], { start, size });
export const pad = (x: Value, before: readonly number[], after: readonly number[], value = 0): Value =>
  apply("pad", [x], { before, after, value });
export const concatenate = (values: readonly Value[], axis: number): Value => {
  const [first] = values;
  if (!first) throw new ArgumentError("concatenate and stack take at least one tensor, but got an empty list");
  return apply("concatenate", values, { axis: normaliseAxis("concatenate", first.type, axis) });
};

export interface MatmulOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  readonly activation?: Activation;
  readonly bias?: Value;
}

export const matmul = (a: Value, b: Value, options: MatmulOptions = {}): Value =>
  apply("matmul", options.bias ? [a, b, options.bias] : [a, b], {
    transposeA: options.transposeA ?? false,
    transposeB: options.transposeB ?? false,
    activation: options.activation ?? "none",
  });

/** An axis counted from 0; negative axes count from the end. @throws ShapeError when there is no such axis. */
export const normaliseAxis = (name: string, type: TensorType | undefined, axis: number): number => {
  const rank = type?.shape.length ?? 0;
  const result = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || result < 0 || result >= rank)
    throw new ShapeError(
      `${name} of [${type?.shape.join(", ") ?? ""}]: there is no axis ${axis}; it must lie between ${-rank} and ${rank - 1}`,
    );
  return result;
};

/** Reduces any set of axes (all when left out): runs of neighbours one kernel each, from the last. */
export const reduce = (name: ReduceFunction, x: Value, axes?: readonly number[], keepDimensions = false): Value => {
  const wanted = (axes ?? x.type.shape.map((_, axis) => axis))
    .map((axis) => normaliseAxis(name, x.type, axis))
    .sort((a, b) => a - b);
  if (new Set(wanted).size !== wanted.length)
    throw new ArgumentError(`${name}: the axes [${wanted.join(", ")}] name one twice`);
  const runs: number[][] = [];
  for (const axis of wanted) {
    const run = runs[runs.length - 1];
    if (run && run[run.length - 1] === axis - 1) run.push(axis);
    else runs.push([axis]);
  }
  return runs.reduceRight((value, run) => apply("reduce", [value], { function: name, axes: run, keepDimensions }), x);
};

export interface ScanOptions {
  /** Axis along which values accumulate, counted from 0. */
  readonly axis: number;
  readonly exclusive: boolean;
  readonly reverse: boolean;
}

/** Running reduction along an axis. */
export const scan = (name: ReduceFunction, x: Value, { axis, exclusive, reverse }: ScanOptions): Value =>
  apply("scan", [x], { function: name, axis, exclusive, reverse });

/** An axis moved behind all others. */
export const toLast = (x: Value, axis: number): Value =>
  transpose(x, [...[...x.type.shape.keys()].filter((own) => own !== axis), axis]);

/** The last axis moved back to its place; undoes toLast. */
export const fromLast = (x: Value, axis: number): Value => {
  const last = x.type.shape.length - 1;
  return transpose(
    x,
    [...x.type.shape.keys()].map((own) => (own === axis ? last : own < axis ? own : own - 1)),
  );
};

/** Elements at i32 indices along the last axis, row by row. */
export const takeAlong = (x: Value, indices: Value): Value => apply("takeAlong", [x, indices]);

/** Zeros with updates added at i32 indices along the last axis, row by row. */
export const scatterAddAlong = (indices: Value, updates: Value, size: number): Value =>
  apply("scatterAddAlong", [indices, updates], { size });

/** Sums a gradient back to the shape that was broadcast to it. */
export const sumTo = (x: Value, shape: Shape): Value => {
  if (sameShape(x.type.shape, shape)) return x;
  const extra = x.type.shape.length - shape.length;
  const axes = x.type.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < extra || (shape[axis - extra] === 1 && x.type.shape[axis] !== 1));
  return reshape(axes.length > 0 ? reduce("sum", x, axes, true) : x, shape);
};

/** The mean over axes; NaN over none, as 0 / 0. Of f16 it is rounded once, as the sum may be past what f16 holds. */
export const mean = (x: Value, axes?: readonly number[], keepDimensions = false): Value => {
  if (x.type.dtype === "f16") return cast(mean(cast(x, "f32"), axes, keepDimensions), "f16");
  const sum = reduce("sum", x, axes, keepDimensions);
  const count = sizeOf(
    (axes ?? x.type.shape.map((_, axis) => axis)).map((axis) => x.type.shape[normaliseAxis("mean", x.type, axis)] ?? 1),
  );
  return divide(sum, constant(count));
};
