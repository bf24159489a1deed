// Tables with scikit-learn's answers, as test/fixtures/trees/record.py wrote them.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Matrix } from "../../../../core/model/estimator.ts";

export interface TreeTable {
  readonly name: string;
  readonly task: "classification" | "regression";
  readonly columns: number;
  readonly x: readonly (number | null)[];
  readonly y: readonly number[];
  /** Third of the rows that each belongs to. */
  readonly folds: readonly number[];
  readonly weights: readonly number[];
  readonly trees: readonly {
    readonly options: Readonly<Record<string, unknown>>;
    readonly weighted: boolean;
    /** Null where scikit-learn's seeds disagree, since it breaks ties by chance. */
    readonly leaves: number | null;
    readonly predictions: readonly (readonly number[] | null)[];
  }[];
  readonly forests: Readonly<
    Record<"RandomForest" | "ExtraTrees", { readonly mean: number; readonly deviation: number }>
  >;
  readonly isolation: readonly number[] | null;
  readonly importances: readonly number[];
}

export const tableNames = [
  "iris",
  "wine",
  "breast-cancer",
  "digits",
  "diabetes",
  "gaps",
  "gaps-filled",
  "rare-classes",
  "ties",
] as const;

export const readFixture = (name: string): unknown =>
  JSON.parse(readFileSync(join(import.meta.dirname, `../../../fixtures/trees/${name}.json`), "utf8"));

export const treeTable = (name: (typeof tableNames)[number]): TreeTable => readFixture(name) as TreeTable;

/** Rows of a table. */
export const rowsOf = ({ x, columns }: TreeTable, rows: readonly number[]): Matrix => ({
  rows: rows.length,
  columns,
  data: Float32Array.from(
    rows.flatMap((row) => x.slice(row * columns, (row + 1) * columns)),
    (value) => value ?? Number.NaN,
  ),
  names: Array.from({ length: columns }, (_, column) => `x${column}`),
  categorical: [],
});

/** Rows of a fold, and all others. */
export const heldOut = ({ folds }: TreeTable, fold: number): { held: number[]; rest: number[] } => ({
  held: [...folds.keys()].filter((row) => folds[row] === fold),
  rest: [...folds.keys()].filter((row) => folds[row] !== fold),
});

/** What is to be learnt of rows, as a fit takes it. */
export const labelsOf = ({ task, y }: TreeTable, rows: readonly number[]) => {
  const own = rows.map((row) => y[row] ?? 0);
  return task === "classification"
    ? { codes: Int32Array.from(own), classCount: Math.max(...y) + 1 }
    : { target: Float64Array.from(own) };
};

/** Accuracy or R squared of predictions of all rows. */
export const scoreOf = ({ task, y }: TreeTable, predicted: ArrayLike<number>): number => {
  if (task === "classification") return y.filter((own, row) => own === predicted[row]).length / y.length;
  const mean = y.reduce((sum, own) => sum + own, 0) / y.length;
  const residual = y.reduce((sum, own, row) => sum + (own - (predicted[row] ?? 0)) ** 2, 0);
  return 1 - residual / y.reduce((sum, own) => sum + (own - mean) ** 2, 0);
};

/** The class of most probability of each row. */
export const mostProbable = (probabilities: ArrayLike<number>, classes: number): number[] =>
  Array.from({ length: probabilities.length / classes }, (_, row) => {
    let best = 0;
    for (let code = 1; code < classes; code++)
      if ((probabilities[row * classes + code] ?? 0) > (probabilities[row * classes + best] ?? 0)) best = code;
    return best;
  });
