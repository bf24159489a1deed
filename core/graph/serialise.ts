// A graph as JSON, free of the number of rows: it is traced at two row counts, and every number that differs is kept as
// a linear function of the count. What a bundle holds, and what predicts one row as well as a million.
import { ArgumentError, MillraceError } from "@millrace/kernels";
import {
  instantiateGraph,
  isRecord,
  type NamedGraph,
  type SerialisedAttribute,
  type SerialisedGraph,
} from "./instantiate.ts";
import { topological, type Value, valueKey } from "./node.ts";

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
