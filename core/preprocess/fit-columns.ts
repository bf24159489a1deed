// Fits a column pipeline in one streaming pass over training rows: statistics first, then every step from them. Behind the
// door in fit.ts.
import { ArgumentError } from "@millrace/kernels";
import { UnknownColumnError } from "../frame/error.ts";
import { columnOf } from "../frame/frame.ts";
import { checkTrainingRows, readPartition, type TrainingRows } from "../validate/partition.ts";
import { type FitProgressOptions, type PipelineFit, startFit } from "./fit.ts";
import { fitCategoricalColumn } from "./fit-categorical.ts";
import { fitNumericGroup } from "./fit-numeric.ts";
import type { FittedGroup, FittedPipeline } from "./fitted.ts";
import { addChunk, emptyStatistics, mergeStatistics, type StatisticsNeeds } from "./statistics.ts";
import type { ColumnGroup } from "./steps.ts";

const encodes = (group: ColumnGroup): boolean => group.steps.some((step) => step.kind === "OneHotEncoder");

const needsOf = (group: ColumnGroup): StatisticsNeeds => ({
  values: group.steps.some((step) => step.kind === "SimpleImputer" && step.strategy === "median"),
  counts:
    encodes(group) || group.steps.some((step) => step.kind === "SimpleImputer" && step.strategy === "mostFrequent"),
});

/** See fit.ts. */
export const partialFit = async (
  fit: PipelineFit,
  rows: TrainingRows,
  options: FitProgressOptions = {},
): Promise<PipelineFit> => {
  checkTrainingRows(rows);
  const kinds = new Map(rows.source.columns.map((column) => [column.name, column.kind]));
  const statistics = new Map(fit.statistics);
  const names = fit.groups.flatMap((group) => group.columns);
  for (const group of fit.groups)
    for (const name of group.columns) {
      const kind = kinds.get(name);
      if (!kind) throw new UnknownColumnError(name, [...kinds.keys()]);
      if (!statistics.has(name)) statistics.set(name, emptyStatistics(kind, needsOf(group)));
    }
  for await (const { chunk } of readPartition(rows, names)) {
    options.signal?.throwIfAborted();
    for (const name of names) {
      const own = statistics.get(name);
      if (own) statistics.set(name, addChunk(own, columnOf(chunk, name)));
    }
    await options.onChunk?.(chunk.rowCount);
  }
  return { groups: fit.groups, statistics };
};

/** See fit.ts. */
export const mergeFits = (left: PipelineFit, right: PipelineFit): PipelineFit => {
  const statistics = new Map(left.statistics);
  for (const [name, own] of right.statistics) {
    const before = statistics.get(name);
    statistics.set(name, before ? mergeStatistics(before, own) : own);
  }
  return { groups: left.groups, statistics };
};

const fitGroup = (fit: PipelineFit, group: ColumnGroup): FittedGroup[] => {
  const statistics = group.columns.map((name) => {
    const own = fit.statistics.get(name);
    if (!own) throw new ArgumentError(`the fit has seen no row of column "${name}"; call partialFit first`);
    return { name, own };
  });
  if (encodes(group)) return statistics.map(({ name, own }) => fitCategoricalColumn(name, own, group.steps));
  return [
    fitNumericGroup(
      group.columns,
      statistics.map(({ own }) => own),
      group.steps,
    ),
  ];
};

/** See fit.ts. */
export const finishFit = (fit: PipelineFit): FittedPipeline => {
  const groups = fit.groups.flatMap((group) => fitGroup(fit, group));
  return { groups, featureNames: groups.flatMap((group) => group.featureNames) };
};

/** See fit.ts. */
export const fitColumnPipeline = async (
  rows: TrainingRows,
  groups: readonly ColumnGroup[],
  options: FitProgressOptions = {},
): Promise<FittedPipeline> => finishFit(await partialFit(startFit(groups), rows, options));
