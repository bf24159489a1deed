// One option of an estimator, a step or a metric as a value: its type, its range and what it means. The GraphQL input and
// output, the check and the way to and from core's specification are all made from it.
import type { InputPath } from "../error.ts";

/** Where a number may lie; the bounds named `from` and `to` are allowed themselves. */
export interface Range {
  readonly from?: number;
  readonly above?: number;
  readonly to?: number;
  readonly below?: number;
}

/** Values by name: texts or numbers of core, each a name in the schema. */
export interface Enumeration {
  readonly name: string;
  readonly description: string;
  readonly values: readonly { readonly name: string; readonly value: string | number; readonly description: string }[];
}

/** The type of an option, as GraphQL and as core have it. */
export type Shape =
  | { readonly kind: "int" | "float"; readonly range: Range }
  | { readonly kind: "boolean" | "text" }
  | { readonly kind: "enumeration"; readonly of: Enumeration }
  | { readonly kind: "list"; readonly of: Shape; readonly least: number; readonly most: number }
  /** [from, to] in core, with from below to. */
  | { readonly kind: "span"; readonly range: Range }
  /** One of several types: a one-of input there, a union here; what core gives is of the first that takes it. */
  | { readonly kind: "choice"; readonly of: Choice };

export interface Choice {
  readonly name: string;
  readonly description: string;
  readonly members: Readonly<Record<string, { readonly shape: Shape; readonly description: string }>>;
}

/** An option without the type of its values. */
export interface AnyOption {
  readonly shape: Shape;
  readonly description: string;
  /** What null in GraphQL is in core; undefined where null is refused. */
  readonly absent: null | string | undefined;
  /** True where there is no default and none is chosen by the data: it must be given. */
  readonly required?: boolean;
}

/** An option whose values in core are of a type, no narrower and no wider. */
export interface Option<Value> extends AnyOption {
  readonly takes?: (value: Value) => Value;
}

/** "above 0 and at most 1"; nothing where every number will do. */
export const rangeText = ({ from, above, to, below }: Range): string => {
  if (from !== undefined && to !== undefined) return `from ${from} to ${to}`;
  const least = from !== undefined ? `at least ${from}` : above !== undefined ? `above ${above}` : "";
  const most = to !== undefined ? `at most ${to}` : below !== undefined ? `below ${below}` : "";
  return [least, most].filter((text) => text !== "").join(" and ");
};

const within = (value: number, { from, above, to, below }: Range): boolean =>
  value >= (from ?? Number.NEGATIVE_INFINITY) &&
  value > (above ?? Number.NEGATIVE_INFINITY) &&
  value <= (to ?? Number.POSITIVE_INFINITY) &&
  value < (below ?? Number.POSITIVE_INFINITY);

/** What a value of a shape is, in words. */
export const wantedOf = (shape: Shape): string => {
  switch (shape.kind) {
    case "int":
    case "float": {
      const range = rangeText(shape.range);
      return `${shape.kind === "int" ? "a whole number" : "a number"}${range && ` ${range}`}`;
    }
    case "boolean":
      return "true or false";
    case "text":
      return "a text";
    case "enumeration":
      return `one of ${shape.of.values.map(({ name }) => name).join(", ")}`;
    case "list":
      return `a list of ${shape.most === Number.POSITIVE_INFINITY ? `at least ${shape.least}` : `${shape.least} to ${shape.most}`}, each ${wantedOf(shape.of)}`;
    case "span":
      return `two numbers, the first below the second${rangeText(shape.range) && `, each ${rangeText(shape.range)}`}`;
    case "choice":
      return Object.entries(shape.of.members)
        .map(([name, member]) => `${name}, ${wantedOf(member.shape)}`)
        .join("; or ");
  }
};

/** A value that will not do, where it stands, and what would. */
export interface Fault {
  readonly path: InputPath;
  readonly wanted: string;
  readonly got: unknown;
}

/** What is wrong with a value of core; undefined when nothing is. */
export const faultOf = (shape: Shape, value: unknown, path: InputPath): Fault | undefined => {
  const unless = (holds: boolean): Fault | undefined =>
    holds ? undefined : { path, wanted: wantedOf(shape), got: value };
  switch (shape.kind) {
    case "int":
      return unless(Number.isSafeInteger(value) && within(Number(value), shape.range));
    case "float":
      return unless(typeof value === "number" && Number.isFinite(value) && within(value, shape.range));
    case "boolean":
      return unless(typeof value === "boolean");
    case "text":
      return unless(typeof value === "string");
    case "enumeration":
      return unless(shape.of.values.some((own) => own.value === value));
    case "list":
      if (!Array.isArray(value) || value.length < shape.least || value.length > shape.most) return unless(false);
      return value.map((own, at) => faultOf(shape.of, own, [...path, at])).find((fault) => fault !== undefined);
    case "span": {
      const [from, to, ...more]: unknown[] = Array.isArray(value) ? value : [];
      const inside = (own: unknown): own is number => typeof own === "number" && within(own, shape.range);
      return unless(inside(from) && inside(to) && from < to && more.length === 0);
    }
    case "choice":
      return unless(memberOf(shape.of, value) !== undefined);
  }
};

/** The member of a choice that a value of core is of. */
const memberOf = ({ members }: Choice, value: unknown): string | undefined =>
  Object.entries(members).find(([, { shape }]) => faultOf(shape, value, []) === undefined)?.[0];

const recordOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};

/** The value of core that an input of a shape means, checked. */
export const fromInput = (
  shape: Shape,
  input: unknown,
  path: InputPath,
): { readonly value: unknown; readonly fault?: Fault | undefined } => {
  if (shape.kind === "choice") {
    const given = recordOf(input);
    for (const [name, member] of Object.entries(shape.of.members)) {
      if (given[name] === undefined || given[name] === null) continue;
      return fromInput(member.shape, given[name], [...path, name]);
    }
  }
  const { from, to } = recordOf(input);
  const value = shape.kind === "span" ? [from, to] : Array.isArray(input) ? [...input] : input;
  return { value, fault: faultOf(shape, value, path) };
};

/** What GraphQL has for a value of core: the other way of `fromInput`. */
export const toOutput = (shape: Shape, value: unknown): unknown => {
  if (shape.kind === "span") {
    const [from, to]: unknown[] = Array.isArray(value) ? value : [];
    return { from, to };
  }
  if (shape.kind !== "choice") return value;
  const name = memberOf(shape.of, value);
  const member = name === undefined ? undefined : shape.of.members[name];
  return name === undefined || !member ? undefined : { [name]: toOutput(member.shape, value) };
};

/** The shape of a whole number. */
export const intShape = (range: Range = {}): Shape => ({ kind: "int", range });
/** The shape of a number. */
export const floatShape = (range: Range = {}): Shape => ({ kind: "float", range });

const option = <Value>(shape: Shape, description: string): Option<Value> => ({ shape, description, absent: undefined });

/** A whole number. */
export const int = (range: Range, description: string): Option<number> => option(intShape(range), description);
/** A number. */
export const float = (range: Range, description: string): Option<number> => option(floatShape(range), description);
/** True or false. */
export const truth = (description: string): Option<boolean> => option({ kind: "boolean" }, description);
/** A text. */
export const text = (description: string): Option<string> => option({ kind: "text" }, description);
const anyNumber = Number.POSITIVE_INFINITY;
/** A list of numbers. */
export const list = (of: Shape, description: string, least = 1, most = anyNumber): Option<readonly number[]> =>
  option({ kind: "list", of, least, most }, description);
/** Two numbers of a shape. */
export const pair = (of: Shape, description: string): Option<readonly [number, number]> =>
  option({ kind: "list", of, least: 2, most: 2 }, description);
/** A list of texts. */
export const texts = (description: string): Option<readonly string[]> =>
  option({ kind: "list", of: { kind: "text" }, least: 0, most: anyNumber }, description);
/** Lists of texts. */
export const textLists = (least: number, description: string): Option<readonly (readonly string[])[]> => {
  const of: Shape = { kind: "list", of: { kind: "text" }, least, most: anyNumber };
  return option({ kind: "list", of, least: 1, most: anyNumber }, description);
};
/** Two numbers, the first below the second. */
export const span = (range: Range, description: string): Option<readonly [number, number]> =>
  option({ kind: "span", range }, description);
/** One of several types. */
export const choice = <Value>(of: Choice, description: string): Option<Value> =>
  option({ kind: "choice", of }, description);
/** One value of an enumeration. */
export const oneOf = <Value extends string | number>(of: EnumerationOf<Value>, description: string): Option<Value> =>
  option({ kind: "enumeration", of }, description);
/** A list of values of an enumeration. */
export const listOf = <Value extends string | number>(
  of: EnumerationOf<Value>,
  description: string,
): Option<readonly Value[]> =>
  option({ kind: "list", of: { kind: "enumeration", of }, least: 1, most: anyNumber }, description);

/** The option, or null; `description` says what null does. */
export const nullable = <Value>({ shape, description }: Option<Value>): Option<Value | null> => ({
  shape,
  description,
  absent: null,
});
/** An option without a default. */
export const required = <Value>(own: Option<Value>): Option<Value> => ({ ...own, required: true });
/** The option, or core's own word for its absence, which is null in GraphQL. */
export const leftOut = <Value, Word extends string>(
  { shape, description }: Option<Value>,
  absent: Word,
): Option<Value | Word> => ({ shape, description, absent });

/** An enumeration that remembers its values' type. */
export interface EnumerationOf<Value extends string | number> extends Enumeration {
  readonly takes?: (value: Value) => Value;
}

/** leafWise is LEAF_WISE, "k-means++" is K_MEANS_PLUS_PLUS. */
const enumName = (value: string): string =>
  value
    .replaceAll("+", "_PLUS")
    .replaceAll("-", "_")
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toUpperCase();

/**
 * An enumeration of texts.
 *
 * @example enumeration("TreeGrowth", "Which leaf is split next.", { leafWise: "The one of highest gain.", depthWise: "..." });
 */
export const enumeration = <Value extends string>(
  name: string,
  description: string,
  values: Readonly<Record<Value, string>>,
): EnumerationOf<Value> => ({
  name,
  description,
  values: Object.entries<string>(values).map(([value, meaning]) => ({
    name: enumName(value),
    value,
    description: meaning,
  })),
});
