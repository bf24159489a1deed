// A recorded case of ONNX as an operator sees it: inputs as tensors or plain numbers, attributes with defaults.
import { type Tensor, tensor } from "@millrace/core";

/** What an operator throws for a case that asks for more than Millrace has. */
export class Unsupported extends Error {}

export interface RecordedArray {
  readonly dtype: "f32" | "i32" | "u32" | "bool";
  readonly shape: readonly number[];
  /** Place in the list of elements. */
  readonly elements: number;
}

export interface RecordedCase {
  readonly name: string;
  readonly operator: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly inputs: readonly (RecordedArray | null)[];
  readonly outputs: readonly (RecordedArray | null)[];
}

export interface Node {
  readonly attributes: Readonly<Record<string, unknown>>;
  /** All inputs that are there. */
  readonly inputs: readonly Tensor[];
  readonly input: (at: number) => Tensor;
  readonly optional: (at: number) => Tensor | undefined;
  /** An input's elements as numbers. */
  readonly values: (at: number) => number[];
  readonly number: (attribute: string, otherwise: number) => number;
  readonly numbers: (attribute: string) => number[];
  readonly text: (attribute: string, otherwise: string) => string;
  /** Number of outputs asked for. */
  readonly results: number;
}

/** The elements of a recorded array as they were stored: little-endian. */
export const elementsOf = (
  array: RecordedArray,
  pool: readonly string[],
): Float32Array | Int32Array | Uint32Array | Uint8Array => {
  const bytes = Uint8Array.from(Buffer.from(pool[array.elements] ?? "", "base64"));
  if (array.dtype === "bool") return bytes;
  if (array.dtype === "i32") return new Int32Array(bytes.buffer);
  return array.dtype === "u32" ? new Uint32Array(bytes.buffer) : new Float32Array(bytes.buffer);
};

export const nodeOf = ({ name, attributes, inputs, outputs }: RecordedCase, pool: readonly string[]): Node => {
  const tensors = inputs.map((array) => array && tensor(elementsOf(array, pool), array.shape, array.dtype));
  const attribute = <T>(key: string, otherwise: T, isKind: (value: unknown) => value is T): T => {
    const value = attributes[key] ?? otherwise;
    if (!isKind(value)) throw new Error(`${name}: attribute ${key} is ${JSON.stringify(value)}`);
    return value;
  };
  const optional = (at: number): Tensor | undefined => tensors[at] ?? undefined;
  return {
    attributes,
    inputs: tensors.filter((x) => x !== null),
    optional,
    input: (at) => {
      const x = optional(at);
      if (!x) throw new Error(`${name} has no input ${at}`);
      return x;
    },
    values: (at) => {
      const array = inputs[at];
      if (!array) throw new Error(`${name} has no input ${at}`);
      return Array.from(elementsOf(array, pool));
    },
    number: (key, otherwise) => attribute(key, otherwise, (value) => typeof value === "number"),
    text: (key, otherwise) => attribute(key, otherwise, (value) => typeof value === "string"),
    numbers: (key) => attribute<number[]>(key, [], (value): value is number[] => Array.isArray(value)),
    results: outputs.length,
  };
};
