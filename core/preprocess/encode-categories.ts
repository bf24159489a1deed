// Categories of a column to codes at the door: of features for one-hot, of rows for a table.
import { type Column, type DictionaryColumn, isValid, valueAt } from "../frame/column.ts";
import { ColumnKindError } from "../frame/error.ts";
import { columnOf, type Frame } from "../frame/frame.ts";
import { bitAt } from "../frame/validity.ts";
import { doorForms } from "./door-forms.ts";
import { MissingValueError, UnknownCategoryError } from "./error.ts";
import type { CategoricalColumn, TableColumn } from "./fitted.ts";
import type { Category } from "./statistics.ts";

/** Code of a missing value at the door; the graph puts what stands for it in its place. */
export const missingCode = -1;
/** Code of a row that has no feature: an unknown category that is ignored, or one that is left out. */
export const noFeature = -2;

/** The row that a message names for a row of the table. */
export type RowName = (row: number) => number;

/** What a column's values become; null is refused. */
interface Codes {
  readonly known: (code: number) => number;
  readonly missing: number | null;
  readonly unknown: number | null;
  /** What would let unknown and missing values in. */
  readonly advice: string;
  readonly refusal: string;
}

const codesOf = (group: CategoricalColumn | TableColumn): Codes => {
  if (group.kind === "table") {
    const { length } = group.categories;
    return {
      known: (code) => code,
      missing: group.takesMissing ? length : null,
      unknown: group.takesUnknown ? length + 1 : null,
      advice: 'handleUnknown "useEncodedValue" and an unknownValue',
      refusal: "is missing: add a SimpleImputer, or fit with an encodedMissingValue",
    };
  }
  const { grouping } = group;
  const refuses = group.handleUnknown === "error";
  return {
    known: (code) => grouping?.features[code] ?? code,
    missing: group.missingCode === null && refuses ? null : missingCode,
    unknown: refuses ? null : (grouping?.unknown ?? noFeature),
    advice: 'handleUnknown "ignore"',
    refusal: 'is missing, and no training row was: add a SimpleImputer, or fit with handleUnknown "ignore"',
  };
};

const codeOfCategory = (
  group: CategoricalColumn | TableColumn,
  { known, unknown, advice }: Codes,
): ((category: Category, row: number) => number) => {
  const codes = new Map(group.categories.map((category, code) => [category, known(code)]));
  return (category, row) => {
    const code = codes.get(category) ?? unknown;
    if (code !== null) return code;
    const shown = group.categories.slice(0, 12).map((own) => JSON.stringify(own));
    throw new UnknownCategoryError(
      group.column,
      row,
      `${JSON.stringify(category)} is no category of the training rows, which are ${shown.join(", ")}${
        group.categories.length > shown.length ? " and others" : ""
      }; give one of them, or fit with ${advice}`,
    );
  };
};

const isMissing = (column: Column, row: number): boolean =>
  !isValid(column, row) || (column.kind === "numeric" && Number.isNaN(column.values[row]));

const unmet = -3;

/** Codes of a column with a dictionary: each of its entries is looked up once, which leaves 2 ns a row. */
const encodeDictionary = (
  { codes, dictionary, validity }: DictionaryColumn,
  into: Int32Array,
  offset: number,
  codeAt: (row: number) => number,
): void => {
  const known = new Int32Array(dictionary.length).fill(unmet);
  for (let row = 0; row < codes.length; row++) {
    if (validity && !bitAt(validity, row)) {
      into[offset + row] = codeAt(row);
      continue;
    }
    const own = codes[row] ?? 0;
    let code = known[own] ?? unmet;
    if (code === unmet) {
      code = codeAt(row);
      known[own] = code;
    }
    into[offset + row] = code;
  }
};

/** Writes the codes of a column's rows from `offset` on. @throws as encodeRows */
export const encodeCategories = (
  group: CategoricalColumn | TableColumn,
  table: Frame,
  into: Int32Array,
  offset: number,
  rowOf: RowName,
  training: boolean,
): void => {
  const name = group.column;
  const column = columnOf(table, name);
  const codes = codesOf(group);
  const codeOf = codeOfCategory(group, codes);
  const folds = group.kind === "table" && training && group.folds > 0 ? group : undefined;
  const codeAt = (row: number): number => {
    if (isMissing(column, row)) {
      if (codes.missing === null) throw new MissingValueError(name, rowOf(row), codes.refusal);
      return codes.missing;
    }
    // A column without any value has no kind of its own when it comes from row objects, so only values are asked.
    if (column.kind !== group.columnKind)
      throw new ColumnKindError(name, `is ${column.kind}, but the pipeline was fitted on ${group.columnKind}`);
    if (column.kind === "dictionary") return codeOf(column.dictionary[column.codes[row] ?? 0] ?? "", rowOf(row));
    return codeOf(column.kind === "numeric" ? (column.values[row] ?? 0) : valueAt(column, row) === true, rowOf(row));
  };
  if (column.kind === "dictionary") encodeDictionary(column, into, offset, codeAt);
  else for (let row = 0; row < column.length; row++) into[offset + row] = codeAt(row);
  if (!folds) return;
  const block = folds.categories.length + 2;
  const { foldOf } = doorForms();
  for (let row = 0; row < column.length; row++)
    into[offset + row] = (into[offset + row] ?? 0) + (1 + foldOf(rowOf(row), folds.seed, folds.folds)) * block;
};
