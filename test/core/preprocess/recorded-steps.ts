// What tests of steps over numbers share: recorded tables as frames, features as rows, and how near is near enough.
import {
  type ColumnGroup,
  type Device,
  type FittedPipeline,
  type Frame,
  finishFit,
  fitColumnPipeline,
  frame,
  frameSource,
  mergeFits,
  nextPass,
  noHoldOutSplit,
  numericColumn,
  openDevice,
  type PipelineFit,
  type PreprocessStep,
  partialFit,
  sliceRows,
  startFit,
  trainingRows,
} from "@millrace/core";
import { transformFrame } from "@millrace/core/tables";

export type Matrix = readonly (readonly (number | null)[])[];

export const reference = await openDevice("reference");
export const wasm = await openDevice("wasm");

export const everyRow = (table: Frame) => trainingRows(frameSource(table), noHoldOutSplit(table.rowCount));

/** Columns x0, x1 and so on; null is missing. */
export const tableOf = (rows: Matrix): Frame =>
  frame(
    Object.fromEntries(
      (rows[0] ?? []).map((_, column) => [
        `x${column}`,
        numericColumn(Float64Array.from(rows, (row) => row[column] ?? Number.NaN)),
      ]),
    ),
  );

/** All columns of a table through the same steps. */
export const group = (steps: readonly PreprocessStep[], own: Frame, allowMissing = true): ColumnGroup => ({
  columns: [...own.columns.keys()],
  steps,
  allowMissing,
});

export const rowsOf = async (pipeline: FittedPipeline, own: Frame, where: Device = reference): Promise<number[][]> => {
  const features = transformFrame(pipeline, own);
  const data = await features.data(where);
  const width = features.shape[1] ?? 0;
  return Array.from({ length: own.rowCount }, (_, row) => [...data.slice(row * width, (row + 1) * width)]);
};

/**
 * Within 1e-6 of the value, and of the largest of its column where that is more: features are float32.
 * @param least magnitude that the digits are of
 */
export const expectMatrix = (got: readonly (readonly number[])[], want: Matrix, tolerance = 1e-6, least = 1): void => {
  if (got.length !== want.length || got[0]?.length !== want[0]?.length)
    throw new Error(`got [${got.length}, ${got[0]?.length}], wanted [${want.length}, ${want[0]?.length}]`);
  const columns = want[0]?.length ?? 0;
  for (let column = 0; column < columns; column++) {
    const size = want.reduce((most, row) => Math.max(most, Math.abs(row[column] ?? 0)), least);
    got.forEach((row, i) => {
      const wanted = want[i]?.[column] ?? Number.NaN;
      const value = row[column] ?? Number.NaN;
      if (Number.isNaN(wanted) ? !Number.isNaN(value) : !(Math.abs(value - wanted) <= tolerance * size))
        throw new Error(`row ${i}, feature ${column}: got ${value}, wanted ${wanted}`);
    });
  }
};

/** The classes and quantities of a table's rows. */
export interface Answers {
  readonly codes?: Int32Array;
  readonly target?: Float64Array;
}

export const fitSteps = (steps: readonly PreprocessStep[], own: Frame, answers: Answers = {}, allowMissing = true) =>
  fitColumnPipeline(everyRow(own), [group(steps, own, allowMissing)], { device: reference, ...answers });

/** The steps fitted over two shards, pass by pass, each merged. */
export const fitShards = async (
  steps: readonly PreprocessStep[],
  own: Frame,
  at: number,
  answers: Answers = {},
): Promise<FittedPipeline> => {
  const shards = [
    [0, at],
    [at, own.rowCount],
  ] as const;
  let fit = startFit([group(steps, own)]);
  for (let next: PipelineFit | undefined = fit; next; ) {
    const parts = [];
    for (const [from, to] of shards)
      parts.push(
        await partialFit(next, everyRow(sliceRows(own, from, to)), {
          device: reference,
          ...(answers.codes ? { codes: answers.codes.slice(from, to) } : {}),
          ...(answers.target ? { target: answers.target.slice(from, to) } : {}),
        }),
      );
    const [left, right] = parts;
    if (!left || !right) throw new Error("no shard");
    fit = await mergeFits(left, right);
    next = await nextPass(fit);
  }
  return finishFit(fit);
};
