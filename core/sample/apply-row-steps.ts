// Row steps over training rows: each reads what it looks at and says which rows stay. Behind the door in row-step.ts.
import { ArgumentError } from "@millrace/kernels";
import { type Column, isValid, valueAt } from "../frame/column.ts";
import { ColumnKindError } from "../frame/error.ts";
import { columnOf } from "../frame/frame.ts";
import { FitError } from "../preprocess/error.ts";
import { checkTrainingRows, readPartition, selectTrainingRows, type TrainingRows } from "../validate/partition.ts";
import { type RandomStream, randomStream, shuffle } from "../validate/random-stream.ts";
import { outlierBounds } from "./outlier-bounds.ts";
import type { DropOutliers, RowStep, RowStepCount, SelectedRows } from "./row-step.ts";

/** Streams of row steps begin here; a step's place in the list is added. */
const firstPurpose = 0x726f_7773;

const checkStep = (step: RowStep): void => {
  const refuse = (wanted: string, got: unknown): never => {
    throw new ArgumentError(`${step.kind}: ${wanted}, but got ${JSON.stringify(got) ?? String(got)}`);
  };
  if (step.kind === "RandomSample" && !(step.fraction > 0 && step.fraction <= 1))
    refuse("fraction is above 0 and at most 1", step.fraction);
  if (step.kind === "ReservoirSample" && !(Number.isSafeInteger(step.count) && step.count > 0))
    refuse("count is a whole number from 1", step.count);
  if (step.kind === "DropDuplicates" && step.columns?.length === 0) refuse("columns are at least one", step.columns);
  if (step.kind === "DropOutliers") {
    const { columns, method, threshold = 1 } = step;
    if (columns.length === 0) refuse("columns are at least one", columns);
    if (!["iqr", "zScore", "robustZ"].includes(method)) refuse("method is one of iqr, zScore, robustZ", method);
    if (!(threshold > 0 && Number.isFinite(threshold))) refuse("threshold is a number above 0", threshold);
  }
};

/** Text that is equal for equal values alone; missing and NaN are null. */
const keyOf = (columns: readonly Column[], row: number): string =>
  JSON.stringify(columns.map((column) => valueAt(column, row)));

/** Row numbers of the rows that a rule keeps, in order. */
const rowsBy = async (
  rows: TrainingRows,
  names: readonly string[],
  keeps: (columns: readonly Column[], row: number, index: number) => boolean,
): Promise<number[]> => {
  const kept: number[] = [];
  for await (const { chunk, rowIndices } of readPartition(rows, names)) {
    const columns = names.map((name) => columnOf(chunk, name));
    rowIndices.forEach((index, row) => {
      if (keeps(columns, row, index)) kept.push(index);
    });
  }
  return kept;
};

const numberAt = (column: Column | undefined, name: string, row: number): number => {
  if (column?.kind !== "numeric") throw new ColumnKindError(name, `is ${column?.kind}, but outliers are of numbers`);
  return isValid(column, row) ? (column.values[row] ?? Number.NaN) : Number.NaN;
};

const withoutOutliers = async (rows: TrainingRows, step: DropOutliers): Promise<number[]> => {
  const found = step.columns.map(() => new Float64Array(rows.rowCount));
  let at = 0;
  await rowsBy(rows, step.columns, (columns, row) => {
    found.forEach((values, place) => {
      values[at] = numberAt(columns[place], step.columns[place] ?? "", row);
    });
    at++;
    return false;
  });
  const bounds = found.map((values) => outlierBounds(values, step));
  return rowsBy(rows, step.columns, (columns, row) =>
    bounds.every(({ lower, upper }, place) => {
      const value = numberAt(columns[place], step.columns[place] ?? "", row);
      return Number.isNaN(value) || (Number.isFinite(value) && value >= lower && value <= upper);
    }),
  );
};

const withoutDuplicates = (rows: TrainingRows, names: readonly string[]): Promise<number[]> => {
  const seen = new Set<string>();
  return rowsBy(rows, names, (columns, row) => {
    const { size } = seen;
    return seen.add(keyOf(columns, row)).size > size;
  });
};

const sampled = async (
  rows: TrainingRows,
  fraction: number,
  stratify: string | undefined,
  stream: RandomStream,
): Promise<Uint32Array> => {
  const strata = new Map<string, number[]>();
  await rowsBy(rows, stratify === undefined ? [] : [stratify], (columns, row, index) => {
    const key = keyOf(columns, row);
    const own = strata.get(key);
    if (own) own.push(index);
    else strata.set(key, [index]);
    return false;
  });
  const drawn = [...strata.values()].flatMap((own) => [
    ...shuffle(Uint32Array.from(own), stream).subarray(0, Math.max(1, Math.round(fraction * own.length))),
  ]);
  return Uint32Array.from(drawn).sort();
};

const reservoir = async (rows: TrainingRows, count: number, stream: RandomStream): Promise<Uint32Array> => {
  const kept: number[] = [];
  let seen = 0;
  await rowsBy(rows, [], (_, __, index) => {
    const place = seen < count ? seen : stream.below(seen + 1);
    seen++;
    if (place < count) kept[place] = index;
    return false;
  });
  return Uint32Array.from(kept).sort();
};

const keptRows = (rows: TrainingRows, step: RowStep, stream: RandomStream): Promise<ArrayLike<number>> => {
  switch (step.kind) {
    case "DropOutliers":
      return withoutOutliers(rows, step);
    case "DropDuplicates":
      return withoutDuplicates(rows, step.columns ?? rows.source.columns.map(({ name }) => name));
    case "RandomSample":
      return sampled(rows, step.fraction, step.stratify, stream);
    case "ReservoirSample":
      return reservoir(rows, step.count, stream);
  }
};

/** See row-step.ts. */
export const applyRowSteps = async (
  rows: TrainingRows,
  steps: readonly RowStep[],
  seed: number,
): Promise<SelectedRows> => {
  checkTrainingRows(rows);
  steps.forEach(checkStep);
  let left = rows;
  const counts: RowStepCount[] = [];
  for (const [place, step] of steps.entries()) {
    const kept = await keptRows(left, step, randomStream(seed, firstPurpose + place));
    if (kept.length === 0 && left.rowCount > 0)
      throw new FitError("columns" in step ? (step.columns ?? []).join(", ") : "", -1, `${step.kind} leaves no row`);
    counts.push({ step, before: left.rowCount, after: kept.length });
    left = selectTrainingRows(left, kept);
  }
  return { rows: left, counts };
};
