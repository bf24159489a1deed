// What makes an estimator, a step or a metric a part of the schema: its constructor in core, what it is, and its options.
// Everything else (the input and the output of GraphQL, the defaults, the check, the specification) comes from this.
import { type InputPath, InvalidInput } from "../error.ts";
import { type AnyOption, faultOf, fromInput, type Option } from "./option.ts";

type Kind = { readonly kind: string };

/** An option for each member of a specification, of the very type that it has in core. */
export type OptionsOf<Specification> = {
  readonly [Name in Exclude<keyof Specification, "kind">]-?: Option<Exclude<Specification[Name], undefined>>;
};

/** One kind. */
export interface Declaration<Specification extends Kind> {
  readonly kind: Specification["kind"];
  /** Its field in the one-of input. */
  readonly field: string;
  readonly description: string;
  readonly options: Readonly<Record<string, AnyOption>>;
  /** As core's constructor gives it. */
  readonly defaults: Specification;
}

/** Kinds by name. */
export type Table<Specification extends Kind> = ReadonlyMap<string, Declaration<Specification>>;

/** KMeans is kMeans, MLPClassifier is mlpClassifier, DBSCAN is dbscan: as core's constructors are called. */
export const fieldOf = (kind: string): string =>
  kind.replace(/^[A-Z]+(?=[A-Z][a-z]|$)|^[A-Z]/, (capitals) => capitals.toLowerCase());

/**
 * Declares a kind. Its defaults are those of its constructor in core; the compiler asks for every option of its type.
 *
 * @example declare(ridge, "Least squares with an L2 penalty.", { alpha: float({ from: 0 }, "..."), fitIntercept: truth("...") });
 */
export const declare = <Specification extends Kind>(
  make: () => Specification,
  description: string,
  options: OptionsOf<Specification>,
): Declaration<Specification> => {
  const defaults = make();
  return {
    kind: defaults.kind,
    field: fieldOf(defaults.kind),
    description,
    options: Object.fromEntries(Object.entries<AnyOption>(options)),
    defaults,
  };
};

/** A table of declarations. */
export const tableOf = <Specification extends Kind>(
  declarations: readonly Declaration<Specification>[],
): Table<Specification> => new Map(declarations.map((own) => [own.kind, own]));

/** The default of an option; undefined where it must be given, or core chooses by the data. */
export const defaultOf = ({ defaults, options }: Declaration<Kind>, name: string): unknown =>
  options[name]?.required ? undefined : Object.entries(defaults).find(([own]) => own === name)?.[1];

/** Whether GraphQL takes and gives null for an option. */
export const takesNull = (declaration: Declaration<Kind>, name: string): boolean => {
  const option = declaration.options[name];
  return option?.absent !== undefined || (!option?.required && defaultOf(declaration, name) === undefined);
};

const shown = (value: unknown): string => JSON.stringify(value) ?? String(value);

const conforms = <Specification extends Kind>(
  { kind, options }: Declaration<Specification>,
  value: Kind,
): value is Specification =>
  value.kind === kind &&
  Object.entries(value).every(([name, own]) => {
    const option = options[name];
    return name === "kind" || (option && (own === option.absent || faultOf(option.shape, own, []) === undefined));
  });

/** The kind that an input of a one-of names, with its options. */
export interface Chosen {
  readonly field: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * The specification that an input means, every option checked.
 *
 * @param path where the one-of stands in the input
 * @throws InvalidInput at the option, such as estimator.ridge.alpha
 */
export const specify = <Specification extends Kind>(
  table: Table<Specification>,
  chosen: Chosen,
  path: InputPath,
): Specification => {
  const declaration = [...table.values()].find(({ field }) => field === chosen.field);
  if (!declaration) throw new InvalidInput(`There is no "${chosen.field}" here.`, path);
  const entries = Object.entries(declaration.options).flatMap(([name, option]): [string, unknown][] => {
    const given = chosen.options[name] ?? null;
    if (given === null)
      return option.absent === undefined || !Object.hasOwn(declaration.defaults, name) ? [] : [[name, option.absent]];
    const { value, fault } = fromInput(option.shape, given, [...path, declaration.field, name]);
    if (!fault) return [[name, value]];
    throw new InvalidInput(`${fault.path.at(-1)} is ${fault.wanted}; it got ${shown(fault.got)}.`, fault.path);
  });
  const specification = { kind: declaration.kind, ...Object.fromEntries(entries) };
  if (conforms(declaration, specification)) return specification;
  throw new TypeError(`the options of ${declaration.kind} are not of its type`);
};

/**
 * The specification that is stored; options that it was stored without have their defaults.
 *
 * @throws TypeError when it is not one of the table's
 */
export const restore = <Specification extends Kind>(table: Table<Specification>, stored: unknown): Specification => {
  const kind = typeof stored === "object" && stored !== null && "kind" in stored ? stored.kind : undefined;
  const declaration = typeof kind === "string" ? table.get(kind) : undefined;
  if (!declaration) throw new TypeError(`there is no kind ${shown(kind)}`);
  const specification = { ...declaration.defaults, ...Object(stored) };
  if (conforms(declaration, specification)) return specification;
  throw new TypeError(`a stored ${declaration.kind} is not one: ${shown(stored)}`);
};
