// One value of a table with its type told, in and out: there is no untyped JSON in the schema.
import { type InputPath, InvalidInput } from "../domain/error.ts";
import { builder } from "./builder.ts";

/** A value of a table; null is a missing one. */
export type CellValue = number | string | boolean | Date | null;

export const Cell = builder.objectRef<{ value: CellValue }>("Cell").implement({
  description: "One value of a table. The field of its type holds it; all are null when it is missing.",
  fields: (t) => ({
    number: t.float({ nullable: true, resolve: ({ value }) => (typeof value === "number" ? value : null) }),
    text: t.string({ nullable: true, resolve: ({ value }) => (typeof value === "string" ? value : null) }),
    boolean: t.boolean({ nullable: true, resolve: ({ value }) => (typeof value === "boolean" ? value : null) }),
    timestamp: t.field({
      type: "DateTime",
      nullable: true,
      resolve: ({ value }) => (value instanceof Date ? value : null),
    }),
  }),
});

export const CellInput = builder.inputType("CellInput", {
  isOneOf: true,
  description: "One value of a table, in the field of its type.",
  fields: (t) => ({
    number: t.float(),
    text: t.string(),
    boolean: t.boolean(),
    missing: t.boolean({ description: "True for a missing value. False says nothing, and is refused." }),
  }),
});

/**
 * The value that an input holds; null when it says that there is none.
 *
 * @throws InvalidInput at `path` for `{missing: false}`
 */
export const toCellValue = (input: typeof CellInput.$inferInput, path: InputPath): number | string | boolean | null => {
  if (input.missing === false) {
    throw new InvalidInput("missing: false says nothing: give the value in number, text or boolean.", path);
  }
  return input.number ?? input.text ?? input.boolean ?? null;
};
