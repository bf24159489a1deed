// A graph as JSON, free of the number of rows: it is traced at two row counts, and every number that differs is kept as
// a linear function of the count. What a bundle holds, and what predicts one row as well as a million.
import {
  ArgumentError,
  type Attributes,
  type AttributeValue,
  type DType,
  MillraceError,
  ops,
  type TensorType,
} from "@millrace/kernels";
import { applyOp, constantValueOf, inputValue, topological, type Value, valueKey } from "./node.ts";

/** A graph under construction: named inputs and named outputs. */
export interface NamedGraph {
  readonly inputs: Readonly<Record<string, Value>>;
  readonly outputs: Readonly<Record<string, Value>>;
}

/** A number, or `[slope, offset]` of the number of rows: slope * rows + offset, tagged so that arrays stay arrays. */
type RowNumber = number | { readonly rows: readonly [number, number] };

type SerialisedAttribute =
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

/** Row counts to trace at: primes, so that no size is taken for another by accident; the third checks the other two. */
const traceRows = [7919, 10007] as const;
const checkRows = 13007;

/**
 * Serialises what `trace` writes for any number of rows.
 * @param trace builds the graph for a row count; called three times
 * @throws ArgumentError when its structure, or a number in it, does not depend on the row count linearly
 */
export const serialiseGraph = (trace: (rows: number) => NamedGraph): SerialisedGraph => {
  const [first, second] = traceRows.map((rows) => flatten(trace(rows)));
  if (first === undefined || second === undefined) throw new ArgumentError("a graph needs at least one trace");
  const merged: SerialisedGraph = JSON.parse(JSON.stringify(merge(first, second, "graph")));
  if (!reproduces(merged, trace))
    throw new ArgumentError(
      "a number in the graph is not a linear function of the rows, so the graph cannot be kept for any number",
    );
  return merged;
};

/** True when the kept graph gives the traced one at a third row count. */
const reproduces = (merged: SerialisedGraph, trace: (rows: number) => NamedGraph): boolean => {
  try {
    return JSON.stringify(flatten(instantiateGraph(merged, checkRows))) === JSON.stringify(flatten(trace(checkRows)));
  } catch (error) {
    if (error instanceof MillraceError) return false;
    throw error;
  }
};

const flatten = (graph: NamedGraph): SerialisedAttribute => {
  const names = new Map(Object.entries(graph.inputs).map(([name, value]) => [valueKey(value), name]));
  const nodes = topological([...Object.values(graph.inputs), ...Object.values(graph.outputs)]);
  const position = new Map(nodes.map((node, i) => [node.id, i]));
  const reference = (value: Value): [number, number] => [position.get(value.node.id) ?? -1, value.index];
  const flat = nodes.map((node): SerialisedAttribute => {
    if (node.kind === "input") {
      const input = names.get(`${node.id}:0`);
      if (input === undefined)
        throw new ArgumentError(
          "a graph to serialise reads a tensor that is not one of its named inputs; pass parameters as inputs",
        );
      return { input, type: { dtype: node.types[0].dtype, shape: [...node.types[0].shape] } };
    }
    if (node.kind === "constant")
      return { constant: Number.isFinite(node.value) ? node.value : String(node.value), dtype: node.types[0].dtype };
    return { op: node.op.name, inputs: node.inputs.map(reference), attributes: node.attributes as SerialisedAttribute };
  });
  return {
    version: 1,
    nodes: flat,
    outputs: Object.fromEntries(Object.entries(graph.outputs).map(([name, value]) => [name, reference(value)])),
  };
};

/** Puts two traces together: equal parts stay, numbers that differ become functions of the row count. */
const merge = (a: SerialisedAttribute, b: SerialisedAttribute, path: string): SerialisedAttribute => {
  if (typeof a === "number" && typeof b === "number") {
    if (a === b) return a;
    const [rowsA, rowsB] = traceRows;
    const slope = (b - a) / (rowsB - rowsA);
    const offset = a - slope * rowsA;
    if (!Number.isInteger(slope) || !Number.isInteger(offset))
      throw new ArgumentError(
        `${path} is ${a} for ${rowsA} rows and ${b} for ${rowsB}: not a linear function of the rows`,
      );
    return { rows: [slope, offset] };
  }
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length)
    return a.map((item, i) => merge(item, b[i], `${path}[${i}]`));
  if (isRecord(a) && isRecord(b) && Object.keys(a).join() === Object.keys(b).join())
    return Object.fromEntries(
      Object.entries(a).map(([key, item]) => [key, merge(item, Reflect.get(b, key), `${path}.${key}`)]),
    );
  if (a === b) return a;
  throw new ArgumentError(`${path} changes with the number of rows, so the graph cannot be kept for any number`);
};

const isRecord = (value: unknown): value is { readonly [name: string]: SerialisedAttribute } =>
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

/** True when every op of a serialised graph is one that this version has. */
export const knowsOps = (graph: SerialisedGraph): boolean =>
  graph.nodes.every((node) => !("op" in node) || ops.has(node.op));

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
