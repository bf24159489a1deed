// GraphQL types from tables of declarations: a one-of input with a field a kind, and an object a kind under one union. Every
// option of every estimator, step, split and metric is written once, in domain/pipeline.
import { type Chosen, type Declaration, defaultOf, type Table, takesNull } from "../../domain/pipeline/declaration.ts";
import { type Choice, type Enumeration, rangeText, type Shape, toOutput } from "../../domain/pipeline/option.ts";
import { builder } from "../builder.ts";

type Types = typeof builder extends PothosSchemaTypes.SchemaBuilder<infer Own> ? Own : never;
type InputFields = PothosSchemaTypes.InputFieldBuilder<Types, "InputObject">;
type Kind = { readonly kind: string };
/** A value of core by its members. */
export type Members = Readonly<Record<string, unknown>>;
/** What makes the fields of an object of members. */
export type OutputFields = Parameters<
  NonNullable<Parameters<ReturnType<typeof builder.objectRef<Members>>["implement"]>[0]["fields"]>
>[0];

/** Makes a type of a name once. */
const once = <Argument extends { readonly name: string }, Made>(
  make: (of: Argument) => Made,
): ((of: Argument) => Made) => {
  const made = new Map<string, Made>();
  return (of) => {
    const own = made.get(of.name) ?? make(of);
    made.set(of.name, own);
    return own;
  };
};

/** The enumeration of the schema, made once a name. */
export const enumOf = once(({ name, description, values }: Enumeration) =>
  builder.enumType(name, {
    description,
    values: Object.fromEntries(values.map((own) => [own.name, { value: own.value, description: own.description }])),
  }),
);

const rangeOf = (shape: Shape): string =>
  "range" in shape ? rangeText(shape.range) : shape.kind === "list" ? rangeOf(shape.of) : "";

/** What an option means, and its range in words. */
const describe = (description: string, shape: Shape): string => {
  const range = rangeOf(shape);
  return range === "" ? description : `${description} ${range.charAt(0).toUpperCase()}${range.slice(1)}.`;
};

type InputTypeOf = Parameters<InputFields["listRef"]>[0];

const SpanInput = builder.inputType("SpanInput", {
  description: "Two numbers, the first below the second.",
  fields: (t) => ({ from: t.float({ required: true }), to: t.float({ required: true }) }),
});
const Span = builder.objectRef<Members>("Span").implement({
  description: "Two numbers, the first below the second.",
  fields: (t) => ({
    from: t.float({ resolve: ({ from }) => Number(from) }),
    to: t.float({ resolve: ({ to }) => Number(to) }),
  }),
});

const inputTypeOf = (t: InputFields, shape: Shape): InputTypeOf => {
  switch (shape.kind) {
    case "int":
      return "Int";
    case "float":
      return "Float";
    case "boolean":
      return "Boolean";
    case "text":
      return "String";
    case "enumeration":
      return enumOf(shape.of);
    case "list":
      return t.listRef(inputTypeOf(t, shape.of));
    case "span":
      return SpanInput;
    case "choice":
      return choiceInput(shape.of);
  }
};

interface InputField {
  readonly shape: Shape;
  readonly description: string;
  readonly required: boolean;
  /** As core has it; undefined where there is none. */
  readonly defaultValue?: unknown;
}

const inputField = (t: InputFields, { shape, description, required, defaultValue }: InputField) =>
  t.field({
    type: inputTypeOf(t, shape),
    required,
    description: describe(description, shape),
    ...(defaultValue === undefined || defaultValue === null ? {} : { defaultValue: toOutput(shape, defaultValue) }),
  });

const choiceInput = once(({ name, description, members }: Choice) =>
  builder.inputType(`${name}Input`, {
    isOneOf: true,
    description,
    fields: (t) =>
      Object.fromEntries(
        Object.entries(members).map(([field, member]) => [field, inputField(t, { ...member, required: false })]),
      ),
  }),
);

const kindInput = (declaration: Declaration<Kind>, name: string) =>
  builder.inputType(name, {
    description: declaration.description,
    fields: (t) =>
      Object.fromEntries(
        Object.entries(declaration.options).map(([option, { shape, description, absent }]) => {
          const own = defaultOf(declaration, option);
          const required = !takesNull(declaration, option);
          return [
            option,
            inputField(t, { shape, description, required, defaultValue: own === absent ? undefined : own }),
          ];
        }),
      ),
  });

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/**
 * The one-of input of a table: a field a kind. A kind without options is chosen by `true`.
 *
 * @example const EstimatorInput = oneOfInput({ name: "EstimatorInput", description: "What is trained." }, estimators, (kind) => `${kind}Input`);
 */
export const oneOfInput = (
  { name, description }: { readonly name: string; readonly description: string },
  table: Table<Kind>,
  inputName: (kind: string) => string = (kind) => `${capitalised(kind)}Input`,
) => {
  const inputs = [...table.values()].map((declaration) => ({
    declaration,
    type:
      Object.keys(declaration.options).length === 0 ? undefined : kindInput(declaration, inputName(declaration.kind)),
  }));
  return builder.inputType(name, {
    isOneOf: true,
    description,
    fields: (t) =>
      Object.fromEntries(
        inputs.map(({ declaration, type }) => [
          declaration.field,
          type
            ? t.field({ type, description: declaration.description })
            : t.boolean({ description: `${declaration.description} True chooses it.` }),
        ]),
      ),
  });
};

/** The kind that a one-of input holds, and its options; undefined when it holds none, or false. */
export const chosenOf = (input: Members): Chosen | undefined => {
  const [entry] = Object.entries(input).filter(([, value]) => value !== undefined && value !== null && value !== false);
  if (!entry) return undefined;
  const [field, options] = entry;
  return {
    field,
    options: typeof options === "object" && options !== null ? Object.fromEntries(Object.entries(options)) : {},
  };
};

type OutputTypeOf = Parameters<OutputFields["listRef"]>[0];

/** The type of a list's items. */
const itemTypeOf = (t: OutputFields, shape: Shape): OutputTypeOf => {
  switch (shape.kind) {
    case "int":
      return "Int";
    case "float":
      return "Float";
    case "boolean":
      return "Boolean";
    case "text":
      return "String";
    case "enumeration":
      return enumOf(shape.of);
    case "list":
      return t.listRef(itemTypeOf(t, shape.of));
    case "span":
      return Span;
    case "choice":
      return choiceOutput(shape.of);
  }
};

const isNumber = (value: unknown): value is number => typeof value === "number";
const isTruth = (value: unknown): value is boolean => typeof value === "boolean";
const isText = (value: unknown): value is string => typeof value === "string";
const isName = (value: unknown): value is string | number => isText(value) || isNumber(value);
const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
const isObject = (value: unknown): value is Members => typeof value === "object" && value !== null;

interface OutputField {
  readonly shape: Shape;
  readonly description: string;
  readonly nullable: boolean;
  /** What GraphQL has for it; null where there is none. */
  readonly read: (own: Members) => unknown;
}

/** A field that is read from a value of core. */
export const outputField = (
  t: OutputFields,
  { shape, description, nullable, read }: OutputField,
): PothosSchemaTypes.FieldRef<Types, unknown, "Object"> => {
  const own = { description: describe(description, shape) };
  const optional =
    <Value>(is: (value: unknown) => value is Value) =>
    (from: Members): Value | null => {
      const value = read(from);
      return is(value) ? value : null;
    };
  const given =
    <Value>(is: (value: unknown) => value is Value) =>
    (from: Members): Value => {
      const value = read(from);
      if (is(value)) return value;
      throw new TypeError(`an option (${description}) has no value`);
    };
  switch (shape.kind) {
    case "int":
      return nullable
        ? t.int({ ...own, nullable: true, resolve: optional(isNumber) })
        : t.int({ ...own, resolve: given(isNumber) });
    case "float":
      return nullable
        ? t.float({ ...own, nullable: true, resolve: optional(isNumber) })
        : t.float({ ...own, resolve: given(isNumber) });
    case "boolean":
      return nullable
        ? t.boolean({ ...own, nullable: true, resolve: optional(isTruth) })
        : t.boolean({ ...own, resolve: given(isTruth) });
    case "text":
      return nullable
        ? t.string({ ...own, nullable: true, resolve: optional(isText) })
        : t.string({ ...own, resolve: given(isText) });
    case "enumeration":
      return nullable
        ? t.field({ ...own, type: enumOf(shape.of), nullable: true, resolve: optional(isName) })
        : t.field({ ...own, type: enumOf(shape.of), resolve: given(isName) });
    case "list": {
      const type = t.listRef(itemTypeOf(t, shape.of));
      return nullable
        ? t.field({ ...own, type, nullable: true, resolve: optional(isList) })
        : t.field({ ...own, type, resolve: given(isList) });
    }
    case "span":
    case "choice": {
      const type = shape.kind === "span" ? Span : choiceOutput(shape.of);
      return nullable
        ? t.field({ ...own, type, nullable: true, resolve: optional(isObject) })
        : t.field({ ...own, type, resolve: given(isObject) });
    }
  }
};

const choiceOutput = once((choice: Choice) => {
  const output = builder.objectRef<Members>(choice.name);
  output.implement({
    description: choice.description,
    fields: (t) =>
      Object.fromEntries(
        Object.entries(choice.members).map(([field, { shape, description }]) => [
          field,
          outputField(t, { shape, description, nullable: true, read: (own) => own[field] ?? null }),
        ]),
      ),
  });
  return output;
});

/**
 * The union of a table's kinds as they are read back: an object a kind.
 *
 * @example const Estimator = unionOf({ name: "Estimator", description: "What is trained." }, estimators);
 */
export const unionOf = (
  { name, description }: { readonly name: string; readonly description: string },
  table: Table<Kind>,
) =>
  builder.unionType(name, {
    description,
    types: [...table.values()].map((declaration) => {
      const output = builder.objectRef<Kind>(declaration.kind);
      output.implement({
        description: declaration.description,
        fields: (t) => ({
          kind: t.exposeString("kind", { description: "What it is: the same as __typename." }),
          ...Object.fromEntries(
            Object.entries(declaration.options).map(([option, { shape, description: meaning, absent }]) => [
              option,
              outputField(t, {
                shape,
                description: meaning,
                nullable: takesNull(declaration, option),
                read: (own) => {
                  const value = own[option];
                  return value === undefined || value === absent ? null : toOutput(shape, value);
                },
              }),
            ]),
          ),
        }),
      });
      return output;
    }),
    resolveType: (own) => own.kind,
  });
