// A graph kept as JSON, and back to a graph for any number of rows: what predicting needs. serialise.ts writes it.
import { ArgumentError, type Attributes, type AttributeValue, type DType, type TensorType } from "@millrace/kernels";
import { applyOp, constantValueOf, inputValue, type Value } from "./node.ts";

/** A graph under construction: named inputs and named outputs. */
export interface NamedGraph {
  readonly inputs: Readonly<Record<string, Value>>;
  readonly outputs: Readonly<Record<string, Value>>;
}

/** A number, or `[slope, offset]` of the number of rows: slope * rows + offset, tagged so that arrays stay arrays. */
export type RowNumber = number | { readonly rows: readonly [number, number] };

export type SerialisedAttribute =
  | string
  | boolean
  | null
  | RowNumber
  | readonly SerialisedAttribute[]
  | { readonly [name: string]: SerialisedAttribute };

interface SerialisedType {
  readonly dtype: DType;
  readonly shape: readonly RowNumber[];
}

type SerialisedNode =
  | { readonly input: string; readonly type: SerialisedType }
  | { readonly constant: RowNumber | string; readonly dtype: DType }
  | {
      readonly op: string;
      readonly inputs: readonly (readonly [number, number])[];
      readonly attributes: SerialisedAttribute;
    };

/** What JSON.stringify gets; the version says how to read it. */
export interface SerialisedGraph {
  readonly version: 1;
  readonly nodes: readonly SerialisedNode[];
  readonly outputs: Readonly<Record<string, readonly [number, number]>>;
}

/** True for a JSON object. */
export const isRecord = (value: unknown): value is { readonly [name: string]: SerialisedAttribute } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * The graph of a serialised one for a number of rows.
 * @throws UnknownOpError for an op that this version lacks, ArgumentError for a broken reference
 */
export const instantiateGraph = (graph: SerialisedGraph, rows: number): NamedGraph => {
  const values: Value[][] = [];
  const inputs: Record<string, Value> = {};
  const at = ([node, index]: readonly [number, number]): Value => {
    const value = values[node]?.[index];
    if (!value)
      throw new ArgumentError(
        `the graph refers to output ${index} of node ${node}, which does not come before its use`,
      );
    return value;
  };
  for (const node of graph.nodes) {
    if ("input" in node) {
      const type: TensorType = {
        dtype: node.type.dtype,
        shape: node.type.shape.map((size) => resolveNumber(size, rows)),
      };
      const value = inputValue(type);
      inputs[node.input] = value;
      values.push([value]);
    } else if ("constant" in node)
      values.push([
        constantValueOf(
          typeof node.constant === "string" ? Number(node.constant) : resolveNumber(node.constant, rows),
          node.dtype,
        ),
      ]);
    else values.push(applyOp(node.op, node.inputs.map(at), resolveAttributes(node.attributes, rows)));
  }
  return {
    inputs,
    outputs: Object.fromEntries(Object.entries(graph.outputs).map(([name, reference]) => [name, at(reference)])),
  };
};

const resolveNumber = (value: RowNumber, rows: number): number =>
  typeof value === "number" ? value : value.rows[0] * rows + value.rows[1];

const isRowNumber = (value: SerialisedAttribute): value is { readonly rows: readonly [number, number] } =>
  isRecord(value) && Object.keys(value).length === 1 && Array.isArray(value.rows);

const resolve = (value: SerialisedAttribute, rows: number): AttributeValue => {
  if (isRowNumber(value)) return resolveNumber(value, rows);
  if (Array.isArray(value)) return value.map((item: SerialisedAttribute) => resolve(item, rows));
  if (isRecord(value))
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, rows)]));
  if (typeof value === "object" && value !== null)
    throw new ArgumentError("an attribute is neither a list nor a record");
  return value;
};

const resolveAttributes = (value: SerialisedAttribute, rows: number): Attributes => {
  const resolved = resolve(value, rows);
  if (typeof resolved !== "object" || resolved === null || Array.isArray(resolved))
    throw new ArgumentError("the attributes of a node must be a record");
  return resolved as Attributes;
};
