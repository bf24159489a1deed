// What a derived dataset is made of: one dataset version, joins to others, output columns, a filter and an order.
// Parsed from GraphQL or a stored job, then checked against the schemas, so that a job that runs cannot be ill-formed.
import type { ColumnTypeName } from "../../data/schema.ts";
import { type InputPath, InvalidInput } from "../error.ts";
import { checkName } from "../name.ts";
import { DuplicateJoin, DuplicateOutputColumn, ExpressionTypeMismatch } from "./errors.ts";
import {
  type ColumnReference,
  type Expression,
  parseColumnReference,
  parseExpression,
  type TypedExpression,
} from "./expression.ts";
import { areComparable, resolveColumn, type Source, typeExpression } from "./typing.ts";

export const joinKinds = ["INNER", "LEFT"] as const;
export type JoinKind = (typeof joinKinds)[number];
export const directions = ["ASCENDING", "DESCENDING"] as const;
export type Direction = (typeof directions)[number];

/** A dataset version beside the others. A key that is missing matches nothing; a key that comes twice on the right gives two rows, in the right's order. */
export type Join = {
  readonly datasetVersionId: string;
  /** What column references call it. */
  readonly name: string;
  readonly kind: JoinKind;
  /** All pairs must be equal. `left` is a column of the dataset or of an earlier join, `right` one of this join. */
  readonly on: readonly { readonly left: ColumnReference; readonly right: string }[];
};

/** A derivation. Without `orderBy` the rows keep the dataset's order. */
export type Derivation = {
  readonly datasetVersionId: string;
  readonly joins: readonly Join[];
  readonly columns: readonly { readonly name: string; readonly expression: Expression }[];
  /** Rows for which it is true stay. */
  readonly where?: Expression | undefined;
  /** Missing values come last. Rows that are equal keep their order. */
  readonly orderBy?: readonly { readonly expression: Expression; readonly direction: Direction }[] | undefined;
};

const fieldsOf = (value: unknown, path: InputPath): Readonly<Record<string, unknown>> => {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw new InvalidInput("An object is wanted here.", path);
};

const listOf = (value: unknown, path: InputPath, most: number): readonly unknown[] => {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value) && value.length <= most) return value;
  throw new InvalidInput(`A list of at most ${most} is wanted here.`, path);
};

const textOf = (value: unknown, path: InputPath): string => {
  if (typeof value === "string" && value !== "" && !value.includes("\0")) return value;
  throw new InvalidInput("A text that is not empty is wanted here.", path);
};

const parseJoin = (value: unknown, path: InputPath): Join => {
  const { datasetVersionId, name, kind, on } = fieldsOf(value, path);
  const found = joinKinds.find((candidate) => candidate === kind);
  if (!found) throw new InvalidInput(`A join is ${joinKinds.join(" or ")}.`, [...path, "kind"]);
  const pairs = listOf(on, [...path, "on"], 16).map((pair, index) => {
    const at = [...path, "on", index];
    const { left, right } = fieldsOf(pair, at);
    return { left: parseColumnReference(left, [...at, "left"]), right: textOf(right, [...at, "right"]) };
  });
  if (pairs.length === 0) throw new InvalidInput("A join needs at least one pair of columns.", [...path, "on"]);
  return {
    datasetVersionId: textOf(datasetVersionId, [...path, "datasetVersionId"]),
    name: checkName(textOf(name, [...path, "name"]), [...path, "name"]),
    kind: found,
    on: pairs,
  };
};

/**
 * Reads a derivation from a stored job or a GraphQL input.
 *
 * @throws InvalidInput with the path of the field at fault
 */
export const parseDerivation = (value: unknown, path: InputPath = []): Derivation => {
  const { datasetVersionId, joins, columns, where, orderBy } = fieldsOf(value, path);
  const outputs = listOf(columns, [...path, "columns"], 1000).map((column, index) => {
    const at = [...path, "columns", index];
    const { name, expression } = fieldsOf(column, at);
    return { name: textOf(name, [...at, "name"]), expression: parseExpression(expression, [...at, "expression"]) };
  });
  if (outputs.length === 0)
    throw new InvalidInput("A derived dataset needs at least one column.", [...path, "columns"]);
  return {
    datasetVersionId: textOf(datasetVersionId, [...path, "datasetVersionId"]),
    joins: listOf(joins, [...path, "joins"], 16).map((join, index) => parseJoin(join, [...path, "joins", index])),
    columns: outputs,
    where: where === undefined || where === null ? undefined : parseExpression(where, [...path, "where"]),
    orderBy: listOf(orderBy, [...path, "orderBy"], 16).map((term, index) => {
      const at = [...path, "orderBy", index];
      const { expression, direction } = fieldsOf(term, at);
      const found = directions.find((candidate) => candidate === (direction ?? "ASCENDING"));
      if (!found) throw new InvalidInput(`A direction is ${directions.join(" or ")}.`, [...at, "direction"]);
      return { expression: parseExpression(expression, [...at, "expression"]), direction: found };
    }),
  };
};

/** The ids of the dataset versions that a derivation reads, the dataset itself first. */
export const inputsOf = ({ datasetVersionId, joins }: Derivation): string[] => [
  datasetVersionId,
  ...joins.map((join) => join.datasetVersionId),
];

/** A derivation whose names are resolved and types known. Sources are numbered: 0 the dataset, 1 the first join. */
export type TypedDerivation = {
  readonly joins: readonly {
    readonly kind: JoinKind;
    readonly on: readonly { readonly left: TypedExpression; readonly right: TypedExpression }[];
  }[];
  readonly columns: readonly { readonly name: string; readonly expression: TypedExpression }[];
  readonly where: TypedExpression | undefined;
  readonly orderBy: readonly { readonly expression: TypedExpression; readonly direction: Direction }[];
};

type Schema = readonly { readonly name: string; readonly type: ColumnTypeName }[];

/**
 * Checks a derivation against the schemas of its inputs, in the order of `inputsOf`.
 *
 * @throws UnknownColumn, UnknownJoin, DuplicateJoin, DuplicateOutputColumn, ExpressionTypeMismatch
 */
export const typeDerivation = (
  derivation: Derivation,
  schemas: readonly Schema[],
  path: InputPath = [],
): TypedDerivation => {
  const sources: Source[] = [{ join: undefined, schema: schemas[0] ?? [] }];
  const joins = derivation.joins.map(({ name, kind, on }, index) => {
    const at = [...path, "joins", index];
    if (sources.some(({ join }) => join === name)) throw new DuplicateJoin(name, [...at, "name"]);
    const right: Source = { join: name, schema: schemas[index + 1] ?? [] };
    const pairs = on.map((pair, position) => {
      const pairPath = [...at, "on", position];
      const left = resolveColumn(pair.left, sources, [...pairPath, "left"]);
      // A bare name on the right: its path has no "name" below it.
      const found = resolveColumn({ name: pair.right }, [{ ...right, join: undefined }], [...pairPath, "right"]);
      if (!areComparable(left.type, found.type)) {
        throw new ExpressionTypeMismatch(
          `${left.type} "${pair.left.name}" cannot equal ${found.type} "${pair.right}".`,
          pairPath,
        );
      }
      return { left, right: { ...found, source: index + 1 } };
    });
    sources.push(right);
    return { kind, on: pairs };
  });
  const seen = new Set<string>();
  const columns = derivation.columns.map(({ name, expression }, index) => {
    const at = [...path, "columns", index];
    if (name.trim() === "") throw new InvalidInput("A column's name is not blank.", [...at, "name"]);
    if (seen.has(name.toLowerCase())) throw new DuplicateOutputColumn(name, [...at, "name"]);
    seen.add(name.toLowerCase());
    return { name, expression: typeExpression(expression, sources, [...at, "expression"]) };
  });
  const where = derivation.where && typeExpression(derivation.where, sources, [...path, "where"]);
  if (where && where.type !== "BOOLEAN") {
    throw new ExpressionTypeMismatch(`A filter is BOOLEAN; this is ${where.type}.`, [...path, "where"]);
  }
  const orderBy = (derivation.orderBy ?? []).map(({ expression, direction }, index) => ({
    direction,
    expression: typeExpression(expression, sources, [...path, "orderBy", index, "expression"]),
  }));
  return { joins, columns, where, orderBy };
};
