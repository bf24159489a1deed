// What a derived column may compute: a small closed language in place of SQL, so that every name is checked and every
// constant is a value. Each node has exactly one member, which GraphQL carries as a @oneOf input.
import type { ColumnTypeName } from "../../data/schema.ts";
import { type InputPath, InvalidInput } from "../error.ts";

/** A column of the dataset itself, or of a join when one is named. */
export type ColumnReference = { readonly name: string; readonly join?: string | undefined };

/** A constant; exactly one member. A timestamp is ISO 8601. */
export type Constant =
  | { readonly integer: number }
  | { readonly float: number }
  | { readonly text: string }
  | { readonly boolean: boolean }
  | { readonly timestamp: string };

/** DAY_OF_WEEK counts from Monday = 1 (ISO 8601); times are UTC. */
export const dateParts = [
  "YEAR",
  "MONTH",
  "DAY",
  "DAY_OF_WEEK",
  "DAY_OF_YEAR",
  "HOUR",
  "MINUTE",
  "MINUTE_OF_DAY",
] as const;
export type DatePart = (typeof dateParts)[number];

export const arithmeticOperators = ["ADD", "SUBTRACT", "MULTIPLY", "DIVIDE"] as const;
export type ArithmeticOperator = (typeof arithmeticOperators)[number];

export const compareOperators = ["LESS", "LESS_OR_EQUAL", "EQUAL", "NOT_EQUAL", "GREATER_OR_EQUAL", "GREATER"] as const;
export type CompareOperator = (typeof compareOperators)[number];

/**
 * An expression. A missing operand gives a missing result, except in `isMissing`, `firstPresent` and the logic of
 * `all` and `any`, which is three-valued as in SQL.
 */
export type Expression =
  | { readonly column: ColumnReference }
  | { readonly constant: Constant }
  | { readonly datePart: { readonly part: DatePart; readonly of: Expression } }
  /** DIVIDE gives FLOAT, and missing where the divisor is 0. The others give INTEGER for two INTEGERs. */
  | {
      readonly arithmetic: {
        readonly operator: ArithmeticOperator;
        readonly left: Expression;
        readonly right: Expression;
      };
    }
  /** Two numbers, or two of one type. TEXT is compared by Unicode code point. */
  | { readonly compare: { readonly operator: CompareOperator; readonly left: Expression; readonly right: Expression } }
  | { readonly all: readonly Expression[] }
  | { readonly any: readonly Expression[] }
  | { readonly not: Expression }
  | { readonly isMissing: Expression }
  | { readonly firstPresent: readonly Expression[] }
  /** sin(2 pi value / period): with `cosine`, a place on a circle, so that 23:59 is near 00:00. */
  | { readonly sine: { readonly of: Expression; readonly period: number } }
  | { readonly cosine: { readonly of: Expression; readonly period: number } }
  /** Kilometres on a sphere of radius 6371.0088 (IUGG mean), from degrees: R. W. Sinnott, "Virtues of the Haversine", 1984. */
  | {
      readonly greatCircleDistance: {
        readonly fromLatitude: Expression;
        readonly fromLongitude: Expression;
        readonly toLatitude: Expression;
        readonly toLongitude: Expression;
      };
    };

const deepest = 32;

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown, path: InputPath): Fields => {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw new InvalidInput(`An object is wanted here; it got ${JSON.stringify(value) ?? "nothing"}.`, path);
};

/** The one member that is given. */
const onlyMember = (value: unknown, path: InputPath): [string, unknown] => {
  const given = Object.entries(fieldsOf(value, path)).filter(([, member]) => member !== undefined && member !== null);
  const [first, second] = given;
  if (first && !second) return first;
  const names = given.map(([name]) => name).join(", ");
  throw new InvalidInput(`Exactly one member is wanted here; it got ${names === "" ? "none" : names}.`, path);
};

const textOf = (value: unknown, path: InputPath): string => {
  if (typeof value === "string" && !value.includes("\0")) return value;
  throw new InvalidInput(`A text without NUL is wanted here; it got ${JSON.stringify(value) ?? "nothing"}.`, path);
};

const numberOf = (value: unknown, path: InputPath): number => {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new InvalidInput(`A finite number is wanted here; it got ${JSON.stringify(value) ?? "nothing"}.`, path);
};

const oneOf = <Value extends string>(values: readonly Value[], value: unknown, path: InputPath): Value => {
  const found = values.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  throw new InvalidInput(
    `One of ${values.join(", ")} is wanted here; it got ${JSON.stringify(value) ?? "nothing"}.`,
    path,
  );
};

/** Reads a column reference. @throws InvalidInput */
export const parseColumnReference = (value: unknown, path: InputPath): ColumnReference => {
  const { name, join } = fieldsOf(value, path);
  const named = textOf(name, [...path, "name"]);
  return join === undefined || join === null ? { name: named } : { name: named, join: textOf(join, [...path, "join"]) };
};

const parseConstant = (value: unknown, path: InputPath): Constant => {
  const [kind, member] = onlyMember(value, path);
  const at = [...path, kind];
  switch (kind) {
    case "integer":
      if (Number.isSafeInteger(member)) return { integer: numberOf(member, at) };
      throw new InvalidInput(`A whole number within 2^53 - 1 is wanted here; it got ${JSON.stringify(member)}.`, at);
    case "float":
      return { float: numberOf(member, at) };
    case "text":
      return { text: textOf(member, at) };
    case "boolean":
      if (typeof member === "boolean") return { boolean: member };
      throw new InvalidInput(`true or false is wanted here; it got ${JSON.stringify(member)}.`, at);
    case "timestamp": {
      const moment = member instanceof Date ? member : new Date(textOf(member, at));
      if (!Number.isNaN(moment.getTime())) return { timestamp: moment.toISOString() };
      throw new InvalidInput(`An ISO 8601 time is wanted here; it got ${JSON.stringify(member)}.`, at);
    }
    default:
      throw new InvalidInput(`A constant is integer, float, text, boolean or timestamp; it got ${kind}.`, path);
  }
};

const listOf = (value: unknown, path: InputPath, depth: number): Expression[] => {
  if (!Array.isArray(value) || value.length === 0 || value.length > 100) {
    throw new InvalidInput("A list of 1 to 100 expressions is wanted here.", path);
  }
  return value.map((member: unknown, index) => parseExpression(member, [...path, index], depth));
};

/**
 * Reads an expression from JSON or a GraphQL input (whose absent members are null or undefined).
 *
 * @throws InvalidInput at the node at fault
 */
export const parseExpression = (value: unknown, path: InputPath, depth = 0): Expression => {
  if (depth > deepest) throw new InvalidInput(`An expression is nested at most ${deepest} deep.`, path);
  const [kind, member] = onlyMember(value, path);
  const at = [...path, kind];
  const inner = (field: string): Expression => parseExpression(fieldsOf(member, at)[field], [...at, field], depth + 1);
  const operator = () => fieldsOf(member, at).operator;
  switch (kind) {
    case "column":
      return { column: parseColumnReference(member, at) };
    case "constant":
      return { constant: parseConstant(member, at) };
    case "datePart":
      return { datePart: { part: oneOf(dateParts, fieldsOf(member, at).part, [...at, "part"]), of: inner("of") } };
    case "arithmetic": {
      const found = oneOf(arithmeticOperators, operator(), [...at, "operator"]);
      return { arithmetic: { operator: found, left: inner("left"), right: inner("right") } };
    }
    case "compare": {
      const found = oneOf(compareOperators, operator(), [...at, "operator"]);
      return { compare: { operator: found, left: inner("left"), right: inner("right") } };
    }
    case "all":
      return { all: listOf(member, at, depth + 1) };
    case "any":
      return { any: listOf(member, at, depth + 1) };
    case "not":
      return { not: parseExpression(member, at, depth + 1) };
    case "isMissing":
      return { isMissing: parseExpression(member, at, depth + 1) };
    case "firstPresent":
      return { firstPresent: listOf(member, at, depth + 1) };
    case "sine":
    case "cosine": {
      const period = numberOf(fieldsOf(member, at).period, [...at, "period"]);
      if (period === 0) throw new InvalidInput("A period is not 0.", [...at, "period"]);
      return kind === "sine" ? { sine: { of: inner("of"), period } } : { cosine: { of: inner("of"), period } };
    }
    case "greatCircleDistance":
      return {
        greatCircleDistance: {
          fromLatitude: inner("fromLatitude"),
          fromLongitude: inner("fromLongitude"),
          toLatitude: inner("toLatitude"),
          toLongitude: inner("toLongitude"),
        },
      };
    default:
      throw new InvalidInput(`There is no expression "${kind}".`, path);
  }
};

/** An expression whose names are resolved and whose types are known: nothing about it can fail but the data. */
export type TypedExpression = { readonly type: ColumnTypeName } & (
  | { readonly kind: "column"; readonly source: number; readonly position: number }
  | { readonly kind: "constant"; readonly value: number | string | boolean }
  | { readonly kind: "datePart"; readonly part: DatePart; readonly of: TypedExpression }
  | {
      readonly kind: "arithmetic";
      readonly operator: ArithmeticOperator;
      readonly left: TypedExpression;
      readonly right: TypedExpression;
    }
  | {
      readonly kind: "compare";
      readonly operator: CompareOperator;
      readonly left: TypedExpression;
      readonly right: TypedExpression;
    }
  | { readonly kind: "all" | "any" | "firstPresent"; readonly of: readonly TypedExpression[] }
  | { readonly kind: "not" | "isMissing"; readonly of: TypedExpression }
  | { readonly kind: "sine" | "cosine"; readonly of: TypedExpression; readonly period: number }
  | { readonly kind: "greatCircleDistance"; readonly of: readonly TypedExpression[] }
);
