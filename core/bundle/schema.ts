// Checks JSON from a file against the form it should have, and names the place where it differs. Small, because core has no
// dependency.
import { BundleError } from "./error.ts";

/** Gives the value back as its type, or throws BundleError naming the path. */
export type Schema<T> = (value: unknown, path: string) => T;

const refuse = (path: string, wanted: string, got: unknown): never => {
  const shown = JSON.stringify(got) ?? String(got);
  throw new BundleError(
    `${path} should be ${wanted}, but is ${shown.length > 60 ? `${shown.slice(0, 60)}...` : shown}`,
  );
};

export const text: Schema<string> = (value, path) =>
  typeof value === "string" ? value : refuse(path, "a text", value);
export const number: Schema<number> = (value, path) =>
  typeof value === "number" && Number.isFinite(value) ? value : refuse(path, "a finite number", value);
export const truth: Schema<boolean> = (value, path) =>
  typeof value === "boolean" ? value : refuse(path, "true or false", value);

/** One of some texts. */
export const oneOf =
  <T extends string>(...allowed: readonly T[]): Schema<T> =>
  (value, path) =>
    allowed.find((own) => own === value) ?? refuse(path, `one of ${allowed.join(", ")}`, value);

export const nullable =
  <T>(schema: Schema<T>): Schema<T | null> =>
  (value, path) =>
    value === null ? null : schema(value, path);

/** A field that may be left out. */
export const optional =
  <T>(schema: Schema<T>): Schema<T | undefined> =>
  (value, path) =>
    value === undefined ? undefined : schema(value, path);

export const list =
  <T>(schema: Schema<T>): Schema<T[]> =>
  (value, path) =>
    Array.isArray(value)
      ? value.map((item: unknown, i) => schema(item, `${path}[${i}]`))
      : refuse(path, "a list", value);

const entriesOf = (value: unknown, path: string): [string, unknown][] =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.entries(value)
    : refuse(path, "a record", value);

/** A record of any names. */
export const dictionary =
  <T>(schema: Schema<T>): Schema<Record<string, T>> =>
  (value, path) =>
    Object.fromEntries(entriesOf(value, path).map(([name, item]) => [name, schema(item, `${path}.${name}`)]));

/** A form for each field. */
type Fields<T> = { readonly [K in keyof T]: Schema<T[K]> };

/** A record of these fields; others are passed over. */
export const record =
  <T extends object>(fields: Fields<T>): Schema<T> =>
  (value, path) => {
    const given = new Map(entriesOf(value, path));
    const read: [string, unknown][] = Object.entries(fields).map(([name, schema]) => [
      name,
      (schema as Schema<unknown>)(given.get(name), `${path}.${name}`),
    ]);
    // Every field of T was read by its own schema.
    return Object.fromEntries(read) as T;
  };

/** A record of the fields that its `kind` has. */
export const byKind =
  <T extends { readonly kind: string }>(
    forms: {
      readonly [Kind in T["kind"]]: Fields<Omit<Extract<T, { kind: Kind }>, "kind">>;
    },
  ): Schema<T> =>
  (value, path) => {
    const kinds: Readonly<Record<string, Fields<object>>> = forms;
    const kind = oneOf(...Object.keys(forms))(new Map(entriesOf(value, path)).get("kind"), `${path}.kind`);
    // The fields are those of its kind.
    return { kind, ...record(kinds[kind] ?? {})(value, path) } as T;
  };

/** A plain value that only travels, of one of some kinds. */
export const ofKind =
  <T extends { readonly kind: string }>(...kinds: readonly T["kind"][]): Schema<T> =>
  (value, path) => {
    record({ kind: oneOf(...kinds) })(value, path);
    return value as T;
  };

/** A text, number or truth. */
export const scalar: Schema<string | number | boolean> = (value, path) =>
  typeof value === "string" || typeof value === "boolean" ? value : number(value, path);

/** Parses JSON text and checks it. */
export const parseJson = <T>(json: string | undefined, name: string, schema: Schema<T>): T => {
  if (json === undefined) throw new BundleError(`the file's metadata lacks "${name}": it is no Millrace bundle`);
  try {
    return schema(JSON.parse(json), name);
  } catch (error) {
    if (error instanceof SyntaxError) throw new BundleError(`the metadata "${name}" is no JSON: ${error.message}`);
    throw error;
  }
};
