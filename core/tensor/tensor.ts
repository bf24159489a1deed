// The handle a user holds. A tensor is lazy: its methods write graph, and data() plans and runs it. The file is long
// because it is the one page on which every method of a tensor can be read.
import { ArgumentError, type DType, type Shape, ShapeError, scalarFunction, sizeOf } from "@millrace/kernels";
import type { Device } from "../device/device.ts";
import * as build from "../graph/build.ts";
import { apply, type Value } from "../graph/node.ts";
import { evaluate } from "./evaluate.ts";
import {
  broadcastsTo,
  checkDType,
  checkShape,
  dtypeOfHostArray,
  type HostArray,
  hostArray,
  narrowInto,
  needsNarrowing,
  type SourceArray,
} from "./host-array.ts";
import { forgetStorage, leafOf, Storage, storageOf } from "./storage.ts";

/** What a method takes beside a tensor: a number becomes a scalar of this tensor's dtype. */
export type Operand = Tensor | number | boolean;

/** Nested arrays of numbers or booleans, as toArray() gives. */
export type NestedArray = number | boolean | readonly NestedArray[];

/** Axes of a reduction; all when left out. Negative axes count from the end. */
export interface ReduceOptions {
  readonly axis?: number | readonly number[];
  /** Keep reduced axes with size 1. Default false. */
  readonly keepDimensions?: boolean;
}

const axesOf = (options: ReduceOptions): readonly number[] | undefined =>
  typeof options.axis === "number" ? [options.axis] : options.axis;

/** A dense array of one dtype, on any device. Immutable; memory is freed by `using`, dispose(), or collection. */
export class Tensor implements Disposable {
  #value: Value;

  /** Wraps a value of the graph; make tensors with `tensor(...)`. */
  constructor(value: Value) {
    this.#value = value;
  }

  /** The value of the graph that this handle stands for. */
  get value(): Value {
    return this.#value;
  }
  /** Sizes of the axes, outermost first. */
  get shape(): Shape {
    return this.#value.type.shape;
  }
  /** Type of the elements. */
  get dtype(): DType {
    return this.#value.type.dtype;
  }
  /** Number of axes. */
  get rank(): number {
    return this.shape.length;
  }
  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }
  /** The device that holds its elements now, if it has been computed or used on one. */
  get device(): Device | undefined {
    return storageOf(this.#value.node)?.device;
  }

  /** x + y, broadcast. */
  add(other: Operand): Tensor {
    return this.#binary("add", other);
  }
  /** x - y, broadcast. */
  subtract(other: Operand): Tensor {
    return this.#binary("subtract", other);
  }
  /** x * y element by element, broadcast. */
  multiply(other: Operand): Tensor {
    return this.#binary("multiply", other);
  }
  /** x / y for f32, broadcast. */
  divide(other: Operand): Tensor {
    return this.#binary("divide", other);
  }
  /** x to the power y for f32; NaN for a negative x and a y that is not whole. */
  power(other: Operand): Tensor {
    return this.#binary("power", other);
  }
  /** The larger of two; NaN if either is. */
  maximum(other: Operand): Tensor {
    return this.#binary("maximum", other);
  }
  /** The smaller of two; NaN if either is. */
  minimum(other: Operand): Tensor {
    return this.#binary("minimum", other);
  }
  /** x = y, as bool. */
  equal(other: Operand): Tensor {
    return this.#binary("equal", other);
  }
  /** x unequal to y, as bool; true where either is NaN. */
  notEqual(other: Operand): Tensor {
    return this.#binary("notEqual", other);
  }
  /** x < y, as bool. */
  less(other: Operand): Tensor {
    return this.#binary("less", other);
  }
  /** x <= y, as bool. */
  lessEqual(other: Operand): Tensor {
    return this.#binary("lessEqual", other);
  }
  /** x > y, as bool. */
  greater(other: Operand): Tensor {
    return this.#binary("greater", other);
  }
  /** x >= y, as bool. */
  greaterEqual(other: Operand): Tensor {
    return this.#binary("greaterEqual", other);
  }
  /** Both, for bool. */
  and(other: Operand): Tensor {
    return this.#binary("and", other);
  }
  /** Either, for bool. */
  or(other: Operand): Tensor {
    return this.#binary("or", other);
  }
  /** One but not both, for bool. */
  xor(other: Operand): Tensor {
    return this.#binary("xor", other);
  }
  /** The other truth value, for bool. */
  not(): Tensor {
    return this.#unary("not");
  }
  /** -x. */
  negate(): Tensor {
    return this.#unary("negate");
  }
  /** x without its sign. */
  absolute(): Tensor {
    return this.#unary("absolute");
  }
  /** -1, 0 or 1. */
  sign(): Tensor {
    return this.#unary("sign");
  }
  /** The largest whole number not above x. */
  floor(): Tensor {
    return this.#unary("floor");
  }
  /** The smallest whole number not below x. */
  ceil(): Tensor {
    return this.#unary("ceil");
  }
  /** To the nearest whole number, halves to the even one. */
  round(): Tensor {
    return this.#unary("round");
  }
  /** Toward zero. */
  truncate(): Tensor {
    return this.#unary("truncate");
  }
  /** x - y floor(x / y), exact and with the sign of y (Python's %); NaN (0 for integers) where y is 0. */
  remainder(other: Operand): Tensor {
    return this.#binary("remainder", other);
  }
  /** Square root; NaN below 0. */
  sqrt(): Tensor {
    return this.#unary("sqrt");
  }
  /** x * x. */
  square(): Tensor {
    return this.multiply(this);
  }
  /** e to the power x. */
  exp(): Tensor {
    return this.#unary("exp");
  }
  /** Natural logarithm. */
  log(): Tensor {
    return this.#unary("log");
  }
  /** Sine of x in radians. */
  sin(): Tensor {
    return this.#unary("sin");
  }
  /** Cosine of x in radians. */
  cos(): Tensor {
    return this.#unary("cos");
  }
  /** Hyperbolic tangent. */
  tanh(): Tensor {
    return this.#unary("tanh");
  }
  /** 1 / (1 + exp(-x)). */
  sigmoid(): Tensor {
    return this.#unary("sigmoid");
  }
  /** max(x, 0). */
  relu(): Tensor {
    return this.#unary("relu");
  }
  /** True where x is NaN. */
  isNaN(): Tensor {
    return this.#unary("isNaN");
  }
  /** True where x is neither NaN nor infinite. */
  isFinite(): Tensor {
    return this.#unary("isFinite");
  }
  /**
   * Elements converted to a dtype: to integers toward zero and saturating, NaN to 0; to f16 the nearest, halves to the even
   * one, from 65,520 on infinity; to bool "not zero".
   */
  to(dtype: DType): Tensor {
    return new Tensor(build.cast(this.#value, checkDType(dtype)));
  }
  /** x where this is true, y elsewhere; this must be bool. */
  where(x: Operand, y: Operand): Tensor {
    const typed = x instanceof Tensor ? x : y instanceof Tensor ? y : undefined;
    const dtype = typed?.dtype ?? (typeof x === "boolean" ? "bool" : "f32");
    return new Tensor(build.select(this.#value, operandValue(x, dtype), operandValue(y, dtype)));
  }

  /** Sum over axes. */
  sum(options: ReduceOptions = {}): Tensor {
    return new Tensor(build.reduce("sum", this.#value, axesOf(options), options.keepDimensions));
  }
  /** Mean over axes, f32. */
  mean(options: ReduceOptions = {}): Tensor {
    return new Tensor(build.mean(this.#value, axesOf(options), options.keepDimensions));
  }
  /** Product over axes. */
  product(options: ReduceOptions = {}): Tensor {
    return new Tensor(build.reduce("product", this.#value, axesOf(options), options.keepDimensions));
  }
  /** Largest over axes; -Infinity over none. */
  max(options: ReduceOptions = {}): Tensor {
    return new Tensor(build.reduce("maximum", this.#value, axesOf(options), options.keepDimensions));
  }
  /** Smallest over axes; Infinity over none. */
  min(options: ReduceOptions = {}): Tensor {
    return new Tensor(build.reduce("minimum", this.#value, axesOf(options), options.keepDimensions));
  }

  /** Softmax along the last axis, f32. */
  softmax(): Tensor {
    return new Tensor(apply("softmax", [this.#value], { logarithm: false }));
  }
  /** Logarithm of the softmax along the last axis, f32. */
  logSoftmax(): Tensor {
    return new Tensor(apply("softmax", [this.#value], { logarithm: true }));
  }
  /** Loss of each row of logits [rows, classes] against i32 labels [rows]; rows labelled -1 give 0. */
  crossEntropy(labels: Tensor): Tensor {
    return new Tensor(apply("crossEntropy", [this.#value, labels.value]));
  }
  /** Matrix product of the last two axes; batch axes equal, or one side a single matrix. */
  matmul(other: Tensor, options: { readonly transposeA?: boolean; readonly transposeB?: boolean } = {}): Tensor {
    return new Tensor(build.matmul(this.#value, other.value, options));
  }
  /** Rows of this table at i32 indices: [...indices, ...row]; NaN or 0 for an index out of range. */
  gather(indices: Tensor): Tensor {
    return new Tensor(apply("gather", [this.#value, indices.value]));
  }
  /** f32 rows with 1 at each i32 label; zeros for a label outside 0..depth-1. */
  oneHot(depth: number): Tensor {
    return new Tensor(apply("oneHot", [this.#value], { depth }));
  }

  /** The same elements under another shape; one size may be -1 and is worked out. */
  reshape(shape: Shape): Tensor {
    return new Tensor(build.reshape(this.#value, completeShape(shape, this.size)));
  }
  /** Axes in another order; reversed when left out. */
  transpose(permutation?: readonly number[]): Tensor {
    const order =
      permutation?.map((axis) => build.normaliseAxis("transpose", this.#value.type, axis)) ??
      [...this.shape.keys()].reverse();
    return new Tensor(build.transpose(this.#value, order));
  }
  /** A block: `size` elements of each axis from `start`. */
  slice(start: readonly number[], size: readonly number[]): Tensor {
    return new Tensor(build.slice(this.#value, start, size));
  }
  /** A border of `value` around, in elements before and after on each axis. */
  pad(before: readonly number[], after: readonly number[], value = 0): Tensor {
    return new Tensor(build.pad(this.#value, before, after, value));
  }
  /** Repeated along axes of size 1 and new leading axes to a shape. */
  broadcastTo(shape: Shape): Tensor {
    if (!broadcastsTo(this.shape, checkShape(shape)))
      throw new ShapeError(
        `broadcastTo of [${this.shape.join(", ")}] to [${shape.join(", ")}]: from the last axis on, each size must be the same or 1`,
      );
    return new Tensor(build.broadcastTo(this.#value, shape));
  }

  /** Computes it if need be and copies its elements out, row-major. */
  async data(device?: Device): Promise<HostArray> {
    await this.evaluate(device);
    return this.#storage().read();
  }
  /** The one element of a tensor of size 1, as a number (bool: 0 or 1). */
  async item(): Promise<number> {
    if (this.size !== 1)
      throw new ShapeError(
        `item() needs one element, but the shape is [${this.shape.join(", ")}]; read many with data() or toArray()`,
      );
    const [first] = await this.data();
    return first ?? Number.NaN;
  }
  /** Its elements as nested arrays; bool as true and false. */
  async toArray(): Promise<NestedArray> {
    const data = await this.data();
    const scalar = this.dtype === "bool" ? (i: number) => data[i] === 1 : (i: number) => data[i] ?? Number.NaN;
    const nest = (axis: number, offset: number): NestedArray => {
      if (axis === this.rank) return scalar(offset);
      const stride = sizeOf(this.shape.slice(axis + 1));
      return Array.from({ length: this.shape[axis] ?? 0 }, (_, i) => nest(axis + 1, offset + i * stride));
    };
    return nest(0, 0);
  }
  /** Computes it on a device and keeps the result there; what it was computed from can then be freed. */
  async evaluate(device?: Device): Promise<this> {
    const [leaf] = await evaluate([this.#value], device);
    if (leaf) this.#value = leaf;
    return this;
  }

  /** Frees its memory now. Using it afterwards throws. */
  dispose(): void {
    const storage = storageOf(this.#value.node);
    if (!storage) return;
    storage.release();
    forgetStorage(storage);
  }
  [Symbol.dispose](): void {
    this.dispose();
  }

  #storage(): Storage {
    const storage = storageOf(this.#value.node);
    if (!storage)
      throw new ArgumentError(
        "this tensor stands for an argument of a function that is being traced; it has no elements yet",
      );
    return storage;
  }
  #unary(name: string): Tensor {
    return new Tensor(apply(name, [this.#value]));
  }
  #binary(name: string, other: Operand): Tensor {
    return new Tensor(apply(name, [this.#value, operandValue(other, this.dtype)]));
  }
}

/** A tensor's value, or a number as a scalar constant of a dtype. */
const operandValue = (operand: Operand, dtype: DType): Value =>
  operand instanceof Tensor ? operand.value : build.constant(Number(operand), dtype);

const completeShape = (shape: Shape, size: number): Shape => {
  const open = shape.indexOf(-1);
  if (shape.lastIndexOf(-1) !== open)
    throw new ShapeError(`reshape to [${shape.join(", ")}]: only one size may be -1, which stands for what is left`);
  if (open < 0) return checkShape(shape);
  const known = shape.reduce((product, axis, i) => (i === open ? product : product * axis), 1);
  if (known === 0 || size % known !== 0)
    throw new ShapeError(`reshape to [${shape.join(", ")}]: ${size} elements do not divide by ${known}`);
  return shape.map((axis, i) => (i === open ? size / known : axis));
};

/**
 * Makes a tensor from a number, nested arrays, or a typed array (which is copied) with a shape.
 * The dtype follows the data (numbers: f32, booleans: bool, typed arrays: their own, so that a Uint8Array is u8) unless
 * given; with "bool" any number but 0 is true, and f16 is rounded to the nearest, halves to the even one.
 * @throws ShapeError when the lists are ragged or the shape does not hold the elements; ArgumentError for elements that
 * u8 cannot hold
 * @example
 * const x = tensor([[1, 2], [3, 4]]);
 * await x.matmul(x).toArray(); // [[7, 10], [15, 22]]
 */
export const tensor = (data: NestedArray | SourceArray, shape?: Shape, dtype?: DType): Tensor => {
  const typed = ArrayBuffer.isView(data);
  const own = typed ? [data.length] : nestedShape(data);
  if (!typed && sizeOf(own) > 0 && !["number", "boolean"].includes(firstOf(data)))
    throw new ArgumentError(
      `a tensor is made of numbers or booleans, but got a ${firstOf(data)}; turn it into numbers first`,
    );
  const type = checkDType(dtype ?? (typed ? dtypeOfHostArray(data) : firstOf(data) === "boolean" ? "bool" : "f32"));
  const wanted = completeShape(shape ?? own, sizeOf(own));
  if (sizeOf(wanted) !== sizeOf(own))
    throw new ShapeError(
      `${sizeOf(own)} elements do not fill the shape [${wanted.join(", ")}], which takes ${sizeOf(wanted)}; leave one size -1 to have it worked out`,
    );
  const host = hostArray(type, sizeOf(own));
  const isPlain = typed && type === dtypeOfHostArray(data);
  const values = isPlain || !needsNarrowing(type) ? host : new Float64Array(host.length);
  if (typed) values.set(data);
  else fillNested(values, data, own, 0, 0);
  if (values !== host) narrowInto(host, values, type);
  return fromHost(host, wanted, type);
};

const fromHost = (host: HostArray, shape: Shape, dtype: DType): Tensor =>
  new Tensor(leafOf(new Storage({ dtype, shape }, { host })));

const isList = (data: NestedArray): data is readonly NestedArray[] => Array.isArray(data);

const firstOf = (data: NestedArray): string =>
  isList(data) ? (data[0] === undefined ? "number" : firstOf(data[0])) : typeof data;

const nestedShape = (data: NestedArray): number[] =>
  isList(data) ? [data.length, ...(data[0] === undefined ? [] : nestedShape(data[0]))] : [];

const fillNested = (
  host: HostArray | Float64Array,
  data: NestedArray,
  shape: Shape,
  axis: number,
  offset: number,
): void => {
  if (!isList(data)) {
    if (axis !== shape.length)
      throw new ShapeError(`the lists are ragged: a number where a list of ${shape[axis]} is wanted`);
    host[offset] = Number(data);
    return;
  }
  if (data.length !== shape[axis])
    throw new ShapeError(
      `the lists are ragged: one has ${data.length} elements where the first has ${shape[axis] ?? "none"}; make them alike, or pad them`,
    );
  const stride = sizeOf(shape.slice(axis + 1));
  data.forEach((item, i) => {
    fillNested(host, item, shape, axis + 1, offset + i * stride);
  });
};

/** A tensor of one value. @example full([2, 3], 0.5) */
export const full = (shape: Shape, value: number, dtype: DType = "f32"): Tensor =>
  new Tensor(build.broadcastTo(build.constant(value, checkDType(dtype)), checkShape(shape)));
/** Zeros of a shape. */
export const zeros = (shape: Shape, dtype: DType = "f32"): Tensor => full(shape, 0, dtype);
/** Ones of a shape. */
export const ones = (shape: Shape, dtype: DType = "f32"): Tensor => full(shape, 1, dtype);
/** 0, 1, ... count - 1. */
export const range = (count: number, dtype: DType = "i32"): Tensor =>
  fromHost(
    hostArray(checkDType(dtype), sizeOf(checkShape([count]))).map((_, i) => i),
    [count],
    dtype,
  );
/** Tensors behind one another along an axis (default 0). */
export const concatenate = (tensors: readonly Tensor[], axis = 0): Tensor =>
  new Tensor(
    build.concatenate(
      tensors.map((t) => t.value),
      axis,
    ),
  );
/** f32 [rows, ...] of zeros with updates [...indices, ...] added at i32 indices. */
export const scatterAdd = (indices: Tensor, updates: Tensor, rows: number): Tensor =>
  new Tensor(apply("scatterAdd", [indices.value, updates.value], { rows }));
/** An element-wise function by its name in the kernels' table. */
export const elementwise = (name: string, ...inputs: readonly Tensor[]): Tensor =>
  new Tensor(
    apply(
      scalarFunction(name).name,
      inputs.map((t) => t.value),
    ),
  );
