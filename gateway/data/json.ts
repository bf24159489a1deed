// JSON as it lies in jsonb columns, and how a value is handed to one. pg would turn an array into a Postgres array,
// so every jsonb parameter goes in as text.

/** A JSON value. */
export type JsonValue = null | boolean | number | string | JsonArray | JsonObject;
/** A JSON list. */
export type JsonArray = JsonValue[];
/** A JSON object. Undefined members are left out when it is written. */
export type JsonObject = { [name: string]: JsonValue | undefined };

/**
 * The text of a value for a jsonb column.
 *
 * @example
 * database.insertInto("job").values({ input: toJson({ path: "rows.csv" }), ... });
 */
export function toJson(value: object): string {
  return JSON.stringify(value);
}

/** Whether a JSON value is an object (not a list, not null). */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
