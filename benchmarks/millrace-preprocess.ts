// Our steps before a model: a column pipeline fitted over a table and applied to it, as a user calls them.
import {
  type Column,
  type Device,
  dictionaryColumn,
  fitColumnPipeline,
  frame,
  frameSource,
  noHoldOutSplit,
  numericColumn,
  oneHotEncoder,
  simpleImputer,
  standardScaler,
  trainingRows,
} from "@millrace/core";
import { transformTable } from "@millrace/core/tables";
import type { Prepared } from "./participant.ts";
import {
  airports,
  days,
  digestOf,
  maxCategories,
  type Preprocess,
  preprocessColumns,
} from "./workloads/tabular/preprocess.ts";
import type { Input } from "./workloads/task.ts";

export const preparePreprocess = (
  device: Device,
  { rows }: Preprocess,
  [numbers, codes]: readonly Input[],
): Prepared => {
  const column = (from: Input | undefined, width: number, at: number): Float64Array =>
    Float64Array.from({ length: rows }, (_, row) => from?.data[row * width + at] ?? Number.NaN);
  const named = (count: number): string[] => Array.from({ length: count }, (_, code) => String(code).padStart(3, "0"));
  const sizes = [days, airports];
  const columns = new Map<string, Column>();
  preprocessColumns.numbers.forEach((name, at) => {
    columns.set(name, numericColumn(column(numbers, 3, at)));
  });
  preprocessColumns.categories.forEach((name, at) => {
    columns.set(name, dictionaryColumn(Int32Array.from(column(codes, 2, at)), named(sizes[at] ?? 0)));
  });
  const table = frame(columns);
  const groups = [
    { columns: preprocessColumns.numbers, steps: [simpleImputer(), standardScaler()] },
    { columns: preprocessColumns.categories, steps: [oneHotEncoder({ maxCategories, handleUnknown: "infrequent" })] },
  ];
  const run = async (): Promise<Float32Array> => {
    const pipeline = await fitColumnPipeline(trainingRows(frameSource(table), noHoldOutSplit(rows)), groups, {
      device,
    });
    return (await transformTable(pipeline, table, { device })).data;
  };
  return { run, output: async () => digestOf(await run()), dispose: () => {} };
};
