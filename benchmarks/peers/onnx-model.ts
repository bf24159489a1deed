// The few ONNX messages that a benchmark's graph needs, written as protobuf by hand (onnx.proto3, IR version 9, opset 20):
// enough for onnxruntime to have something to run, and no dependency.

/** An attribute: a whole number, a list of them, a number with a fraction (wrapped, as JavaScript has one kind), or a word. */
export type OnnxAttribute = number | readonly number[] | { readonly f32: number } | string;

/** A tensor known when the model is made. A plain number is a scalar f32, or an int64 vector of one (axes). */
export type OnnxConstant =
  | { readonly f32: number }
  | { readonly f32: Float32Array; readonly shape: readonly number[] }
  | { readonly int64: number | readonly number[] };

/** One node: an operator of the default domain. */
export interface OnnxNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  /** One name, or as many as the operator has results. */
  readonly output: string | readonly string[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
}

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly outputs: Readonly<Record<string, readonly number[]>>;
  readonly constants?: Readonly<Record<string, OnnxConstant>>;
}

const join = (parts: readonly Uint8Array[]): Uint8Array => {
  const joined = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
};

const varint = (value: number): Uint8Array => {
  const bytes: number[] = [];
  let rest = value < 0 ? BigInt.asUintN(64, BigInt(value)) : BigInt(value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Uint8Array.of(...bytes, Number(rest));
};
const integer = (field: number, value: number): Uint8Array => join([varint(field * 8), varint(value)]);
const bytes = (field: number, ...content: readonly Uint8Array[]): Uint8Array => {
  const length = content.reduce((size, part) => size + part.length, 0);
  return join([varint(field * 8 + 2), varint(length), ...content]);
};
const text = (field: number, value: string): Uint8Array => bytes(field, new TextEncoder().encode(value));
const raw = (values: Float32Array | BigInt64Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

const float = 1;
const int64 = 7;

/** ValueInfoProto: a named f32 tensor of a fixed shape. */
const valueInfo = (name: string, shape: readonly number[]): Uint8Array => {
  const dimensions = shape.map((size) => bytes(1, integer(1, size)));
  return join([text(1, name), bytes(2, bytes(1, integer(1, float), bytes(2, ...dimensions)))]);
};

/** AttributeProto: its value's field and the number of its type. */
const attributeProto = (name: string, value: OnnxAttribute): Uint8Array => {
  const typed = (type: number, ...content: readonly Uint8Array[]): Uint8Array =>
    join([text(1, name), ...content, integer(20, type)]);
  if (typeof value === "number") return typed(2, integer(3, value));
  if (typeof value === "string") return typed(3, text(4, value));
  if ("f32" in value) return typed(1, varint(2 * 8 + 5), raw(Float32Array.of(value.f32)));
  return typed(7, ...value.map((item) => integer(8, item)));
};

const nodeProto = ({ operator, inputs, output, attributes = {} }: OnnxNode): Uint8Array =>
  join([
    ...inputs.map((name) => text(1, name)),
    ...[output].flat().map((name) => text(2, name)),
    text(4, operator),
    ...Object.entries(attributes).map(([name, value]) => bytes(5, attributeProto(name, value))),
  ]);

const tensorProto = (name: string, value: OnnxConstant): Uint8Array => {
  if ("int64" in value) {
    const items = [value.int64].flat();
    return join([
      integer(1, items.length),
      integer(2, int64),
      text(8, name),
      bytes(9, raw(BigInt64Array.from(items, BigInt))),
    ]);
  }
  const shape = "shape" in value ? value.shape : [];
  const data = typeof value.f32 === "number" ? Float32Array.of(value.f32) : value.f32;
  return join([...shape.map((size) => integer(1, size)), integer(2, float), text(8, name), bytes(9, raw(data))]);
};

/** Encodes a model. */
export const onnxModel = ({ nodes, inputs, outputs, constants = {} }: OnnxGraph): Uint8Array =>
  join([
    integer(1, 9),
    bytes(
      7,
      ...nodes.map((node) => bytes(1, nodeProto(node))),
      text(2, "benchmark"),
      ...Object.entries(constants).map(([name, value]) => bytes(5, tensorProto(name, value))),
      ...Object.entries(inputs).map(([name, shape]) => bytes(11, valueInfo(name, shape))),
      ...Object.entries(outputs).map(([name, shape]) => bytes(12, valueInfo(name, shape))),
    ),
    bytes(8, text(1, ""), integer(2, 20)),
  ]);
