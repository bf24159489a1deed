// The types of expressions: resolves names against the schemas of the datasets in play, and refuses what does not fit
// at the node where it stands, before any job is queued.
import type { ColumnTypeName } from "../../data/schema.ts";
import type { InputPath } from "../error.ts";
import { UnknownColumn } from "../pipeline/errors.ts";
import { ExpressionTypeMismatch, UnknownJoin } from "./errors.ts";
import type { ColumnReference, Constant, Expression, TypedExpression } from "./expression.ts";

/** A dataset that columns can be taken from; the derivation's own has no join name. */
export type Source = {
  readonly join: string | undefined;
  readonly schema: readonly { readonly name: string; readonly type: ColumnTypeName }[];
};

const isNumber = (type: ColumnTypeName): boolean => type === "INTEGER" || type === "FLOAT";

/** Finds a column among the sources. @throws UnknownJoin, UnknownColumn */
export const resolveColumn = (
  { name, join }: ColumnReference,
  sources: readonly Source[],
  path: InputPath,
): TypedExpression & { kind: "column" } => {
  const source = sources.findIndex((candidate) => candidate.join === join);
  const schema = sources[source]?.schema;
  if (!schema) {
    const joins = sources.flatMap((candidate) => (candidate.join === undefined ? [] : [candidate.join]));
    throw new UnknownJoin(join ?? "", joins, [...path, "join"]);
  }
  const position = schema.findIndex((column) => column.name === name);
  const column = schema[position];
  if (!column) {
    throw new UnknownColumn(
      name,
      schema.map((candidate) => candidate.name),
      [...path, "name"],
    );
  }
  return { kind: "column", type: column.type, source, position };
};

const typeConstant = (constant: Constant): TypedExpression => {
  if ("integer" in constant) return { kind: "constant", type: "INTEGER", value: constant.integer };
  if ("float" in constant) return { kind: "constant", type: "FLOAT", value: constant.float };
  if ("text" in constant) return { kind: "constant", type: "TEXT", value: constant.text };
  if ("boolean" in constant) return { kind: "constant", type: "BOOLEAN", value: constant.boolean };
  return { kind: "constant", type: "TIMESTAMP", value: constant.timestamp };
};

/** Whether two types can be compared or joined on. */
export const areComparable = (left: ColumnTypeName, right: ColumnTypeName): boolean =>
  left === right || (isNumber(left) && isNumber(right));

/** Types an expression against its sources. @throws UnknownJoin, UnknownColumn, ExpressionTypeMismatch */
export const typeExpression = (
  expression: Expression,
  sources: readonly Source[],
  path: InputPath,
): TypedExpression => {
  const typed = (inner: Expression, ...at: InputPath) => typeExpression(inner, sources, [...path, ...at]);
  const wanted = (inner: TypedExpression, fits: (type: ColumnTypeName) => boolean, what: string, ...at: InputPath) => {
    if (fits(inner.type)) return inner;
    throw new ExpressionTypeMismatch(`${what} is wanted here; this is ${inner.type}.`, [...path, ...at]);
  };
  const number = (inner: Expression, ...at: InputPath) =>
    wanted(typed(inner, ...at), isNumber, "INTEGER or FLOAT", ...at);
  const truth = (inner: Expression, ...at: InputPath) =>
    wanted(typed(inner, ...at), (type) => type === "BOOLEAN", "BOOLEAN", ...at);

  if ("column" in expression) return resolveColumn(expression.column, sources, [...path, "column"]);
  if ("constant" in expression) return typeConstant(expression.constant);
  if ("datePart" in expression) {
    const { part, of } = expression.datePart;
    const moment = wanted(typed(of, "datePart", "of"), (type) => type === "TIMESTAMP", "TIMESTAMP", "datePart", "of");
    return { kind: "datePart", type: "INTEGER", part, of: moment };
  }
  if ("arithmetic" in expression) {
    const { operator } = expression.arithmetic;
    const left = number(expression.arithmetic.left, "arithmetic", "left");
    const right = number(expression.arithmetic.right, "arithmetic", "right");
    const whole = operator !== "DIVIDE" && left.type === "INTEGER" && right.type === "INTEGER";
    return { kind: "arithmetic", type: whole ? "INTEGER" : "FLOAT", operator, left, right };
  }
  if ("compare" in expression) {
    const { operator } = expression.compare;
    const left = typed(expression.compare.left, "compare", "left");
    const right = typed(expression.compare.right, "compare", "right");
    if (!areComparable(left.type, right.type)) {
      throw new ExpressionTypeMismatch(`${left.type} and ${right.type} cannot be compared.`, [...path, "compare"]);
    }
    if (left.type === "BOOLEAN" && operator !== "EQUAL" && operator !== "NOT_EQUAL") {
      throw new ExpressionTypeMismatch("BOOLEAN has no order: compare it with EQUAL or NOT_EQUAL.", [
        ...path,
        "compare",
        "operator",
      ]);
    }
    return { kind: "compare", type: "BOOLEAN", operator, left, right };
  }
  if ("all" in expression) {
    return { kind: "all", type: "BOOLEAN", of: expression.all.map((inner, index) => truth(inner, "all", index)) };
  }
  if ("any" in expression) {
    return { kind: "any", type: "BOOLEAN", of: expression.any.map((inner, index) => truth(inner, "any", index)) };
  }
  if ("not" in expression) return { kind: "not", type: "BOOLEAN", of: truth(expression.not, "not") };
  if ("isMissing" in expression)
    return { kind: "isMissing", type: "BOOLEAN", of: typed(expression.isMissing, "isMissing") };
  if ("firstPresent" in expression) {
    const of = expression.firstPresent.map((inner, index) => typed(inner, "firstPresent", index));
    const type = of.some((inner) => inner.type === "FLOAT") ? "FLOAT" : (of[0]?.type ?? "TEXT");
    const odd = of.findIndex((inner) => !areComparable(inner.type, type));
    if (odd >= 0) {
      throw new ExpressionTypeMismatch(`${type} is wanted here, as before it; this is ${of[odd]?.type}.`, [
        ...path,
        "firstPresent",
        odd,
      ]);
    }
    return { kind: "firstPresent", type, of };
  }
  if ("sine" in expression) {
    const { period, of } = expression.sine;
    return { kind: "sine", type: "FLOAT", period, of: number(of, "sine", "of") };
  }
  if ("cosine" in expression) {
    const { period, of } = expression.cosine;
    return { kind: "cosine", type: "FLOAT", period, of: number(of, "cosine", "of") };
  }
  const { fromLatitude, fromLongitude, toLatitude, toLongitude } = expression.greatCircleDistance;
  return {
    kind: "greatCircleDistance",
    type: "FLOAT",
    of: [
      number(fromLatitude, "greatCircleDistance", "fromLatitude"),
      number(fromLongitude, "greatCircleDistance", "fromLongitude"),
      number(toLatitude, "greatCircleDistance", "toLatitude"),
      number(toLongitude, "greatCircleDistance", "toLongitude"),
    ],
  };
};
