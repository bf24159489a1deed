// Prediction of rows that come with the request: checked against the signature to the last cell, turned into columns,
// and handed to whatever runs the bundle.
import { InvalidInput } from "../error.ts";
import type { ModelAnswers } from "./answers.ts";
import { MissingField, UnknownCategory, UnknownField, WrongType } from "./errors.ts";
import type { Signature, SignatureInput } from "./record.ts";

export type PredictionCell = { column: string; value: number | string | boolean | null };

/** One column of rows to predict; null is a missing value. */
export type PredictionColumn =
  | { name: string; type: "INTEGER" | "FLOAT"; values: (number | null)[] }
  | { name: string; type: "BOOLEAN"; values: (boolean | null)[] }
  | { name: string; type: "TEXT"; values: (string | null)[] };

/** Runs a model's bundle over columns of equal length; keeps the bundles that it has loaded at hand. */
export type Predictor = (bundleHash: string, columns: readonly PredictionColumn[]) => Promise<ModelAnswers>;

/** Rows of one request: beyond this many, a batch job is the way. */
export const mostRows = 1_000;

const typeName = { INTEGER: "a whole number", FLOAT: "a number", BOOLEAN: "true or false", TEXT: "text" } as const;

/** The largest float32: kernels compute in it. */
const largest = 3.4028234663852886e38;

const checkValue = (row: number, input: SignatureInput, value: number | string | boolean): void => {
  const fits =
    input.type === "TEXT"
      ? typeof value === "string"
      : input.type === "BOOLEAN"
        ? typeof value === "boolean"
        : typeof value === "number" && (input.type === "FLOAT" || Number.isInteger(value));
  if (!fits) {
    const came = typeof value === "string" ? `the text ${JSON.stringify(value)}` : String(value);
    throw new WrongType(row, input.name, `Row ${row}: "${input.name}" takes ${typeName[input.type]}; it got ${came}.`);
  }
  if (typeof value === "number" && Math.abs(value) > largest) {
    throw new WrongType(
      row,
      input.name,
      `Row ${row}: ${value} in "${input.name}" is beyond 3.4e38, as models compute in float32.`,
    );
  }
  if (input.categories && !input.categories.includes(String(value))) {
    throw new UnknownCategory(row, input.name, String(value), input.categories);
  }
};

const checkRow = (
  row: number,
  cells: readonly PredictionCell[],
  inputs: ReadonlyMap<string, SignatureInput>,
): Map<string, PredictionCell["value"]> => {
  const values = new Map<string, PredictionCell["value"]>();
  for (const { column, value } of cells) {
    const input = inputs.get(column);
    if (!input) {
      throw new UnknownField(
        row,
        column,
        `Row ${row}: the model has no column "${column}". It takes: ${[...inputs.keys()].join(", ")}.`,
      );
    }
    if (values.has(column)) throw new InvalidInput(`Row ${row} names "${column}" twice.`, ["rows", row, column]);
    if (value !== null) checkValue(row, input, value);
    values.set(column, value);
  }
  for (const input of inputs.values()) {
    const value = values.get(input.name);
    if (value === undefined) {
      throw new MissingField(
        row,
        input.name,
        `Row ${row} has no "${input.name}": give it${input.nullable ? ", or say {missing: true}" : ""}.`,
      );
    }
    if (value === null && !input.nullable) {
      throw new MissingField(row, input.name, `Row ${row}: "${input.name}" may not be missing, as nothing fills it.`);
    }
  }
  return values;
};

const toColumn = (
  input: SignatureInput,
  rows: readonly ReadonlyMap<string, PredictionCell["value"]>[],
): PredictionColumn => {
  const values = rows.map((row) => row.get(input.name) ?? null);
  switch (input.type) {
    case "TEXT":
      return {
        name: input.name,
        type: input.type,
        values: values.map((value) => (typeof value === "string" ? value : null)),
      };
    case "BOOLEAN":
      return {
        name: input.name,
        type: input.type,
        values: values.map((value) => (typeof value === "boolean" ? value : null)),
      };
    default:
      return {
        name: input.name,
        type: input.type,
        values: values.map((value) => (typeof value === "number" ? value : null)),
      };
  }
};

/**
 * The columns of the rows, in the order of the signature.
 *
 * @throws MissingField, WrongType, UnknownCategory, UnknownField or InvalidInput with the row and column
 */
export const toColumns = (signature: Signature, rows: readonly (readonly PredictionCell[])[]): PredictionColumn[] => {
  if (rows.length === 0 || rows.length > mostRows) {
    throw new InvalidInput(
      `A request predicts 1 to ${mostRows} rows; it got ${rows.length}. Use predictBatch for more.`,
      ["rows"],
    );
  }
  const inputs = new Map(signature.inputs.map((input) => [input.name, input]));
  const checked = rows.map((cells, row) => checkRow(row, cells, inputs));
  return signature.inputs.map((input) => toColumn(input, checked));
};
