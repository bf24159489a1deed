// The few ONNX messages that a benchmark's graph needs, written as protobuf by hand (onnx.proto3, IR version 8, opset 17):
// enough for onnxruntime-web to have something to run, and no dependency.

const varint = (value: number): number[] => {
  const bytes: number[] = [];
  let rest = value < 0 ? BigInt.asUintN(64, BigInt(value)) : BigInt(value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
};
const integer = (field: number, value: number): number[] => [...varint(field * 8), ...varint(value)];
const bytes = (field: number, content: readonly number[]): number[] => [
  ...varint(field * 8 + 2),
  ...varint(content.length),
  ...content,
];
const text = (field: number, value: string): number[] => bytes(field, [...new TextEncoder().encode(value)]);

const float = 1;
const int64 = 7;

/** ValueInfoProto: a named f32 tensor of a fixed shape. */
const valueInfo = (name: string, shape: readonly number[]): number[] => {
  const dimensions = shape.flatMap((size) => bytes(1, integer(1, size)));
  return [...text(1, name), ...bytes(2, bytes(1, [...integer(1, float), ...bytes(2, dimensions)]))];
};

/** One node: an operator of the default domain. */
export interface OnnxNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly output: string;
  /** Integer attributes. */
  readonly attributes?: Readonly<Record<string, number>>;
}

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly outputs: Readonly<Record<string, readonly number[]>>;
  /** Scalars by name: f32, or int64 vectors of one (axes). */
  readonly constants?: Readonly<Record<string, { readonly f32: number } | { readonly int64: number }>>;
}

const nodeProto = ({ operator, inputs, output, attributes = {} }: OnnxNode): number[] => [
  ...inputs.flatMap((name) => text(1, name)),
  ...text(2, output),
  ...text(4, operator),
  ...Object.entries(attributes).flatMap(([name, value]) =>
    // AttributeProto: name, i, type INT.
    bytes(5, [...text(1, name), ...integer(3, value), ...integer(20, 2)]),
  ),
];

const tensorProto = (name: string, value: { readonly f32: number } | { readonly int64: number }): number[] =>
  "f32" in value
    ? [...integer(2, float), ...text(8, name), ...bytes(9, [...new Uint8Array(Float32Array.of(value.f32).buffer)])]
    : [
        ...integer(1, 1),
        ...integer(2, int64),
        ...text(8, name),
        ...bytes(9, [...new Uint8Array(BigInt64Array.of(BigInt(value.int64)).buffer)]),
      ];

/** Encodes a model. */
export const onnxModel = ({ nodes, inputs, outputs, constants = {} }: OnnxGraph): Uint8Array => {
  const graph = [
    ...nodes.flatMap((node) => bytes(1, nodeProto(node))),
    ...text(2, "benchmark"),
    ...Object.entries(constants).flatMap(([name, value]) => bytes(5, tensorProto(name, value))),
    ...Object.entries(inputs).flatMap(([name, shape]) => bytes(11, valueInfo(name, shape))),
    ...Object.entries(outputs).flatMap(([name, shape]) => bytes(12, valueInfo(name, shape))),
  ];
  return new Uint8Array([...integer(1, 8), ...bytes(7, graph), ...bytes(8, [...text(1, ""), ...integer(2, 17)])]);
};
