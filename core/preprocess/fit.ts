// Fits a column pipeline in one streaming pass over training rows: statistics first, then every step from them.
import { ArgumentError } from "@millrace/kernels";
import { UnknownColumnError } from "../frame/error.ts";
import { columnOf } from "../frame/frame.ts";
import { checkTrainingRows, readPartition, type TrainingRows } from "../validate/partition.ts";
import { fitCategoricalColumn } from "./fit-categorical.ts";
import { fitNumericGroup } from "./fit-numeric.ts";
import type { FittedGroup, FittedPipeline } from "./fitted.ts";
import {
  addChunk,
  type ColumnStatistics,
  emptyStatistics,
  mergeStatistics,
  type StatisticsNeeds,
} from "./statistics.ts";
import type { ColumnGroup, SimpleImputer } from "./steps.ts";

/** A fit on its way: the statistics so far of each column. Immutable, so a shard's can be merged or thrown away. */
export interface PipelineFit {
  readonly groups: readonly ColumnGroup[];
  readonly statistics: ReadonlyMap<string, ColumnStatistics>;
}

/** What a fit of long tables calls after each chunk. */
export interface FitProgressOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onChunk?: (rows: number) => void | Promise<void>;
}

const encodes = (group: ColumnGroup): boolean => group.steps.some((step) => step.kind === "OneHotEncoder");

const needsOf = (group: ColumnGroup): StatisticsNeeds => ({
  values: group.steps.some((step) => step.kind === "SimpleImputer" && step.strategy === "median"),
  counts:
    encodes(group) || group.steps.some((step) => step.kind === "SimpleImputer" && step.strategy === "mostFrequent"),
});

/**
 * A fit that has seen no row yet.
 * @throws ArgumentError for no group, a group without columns, or a column named twice
 */
export const startFit = (groups: readonly ColumnGroup[]): PipelineFit => {
  const columns = groups.flatMap((group) => group.columns);
  if (columns.length === 0 || groups.some((group) => group.columns.length === 0))
    throw new ArgumentError("a column pipeline takes groups of at least one column each");
  const twice = columns.find((column, i) => columns.indexOf(column) !== i);
  if (twice !== undefined) throw new ArgumentError(`column "${twice}" is in the pipeline twice; name each column once`);
  for (const step of groups.flatMap((group) => group.steps))
    if (step.kind === "SimpleImputer" && !strategies.has(step.strategy))
      throw new ArgumentError(
        `there is no imputer strategy "${String(step.strategy)}"; there are ${[...strategies].join(", ")}`,
      );
  return { groups, statistics: new Map() };
};

const strategies: ReadonlySet<string> = new Set<SimpleImputer["strategy"]>([
  "mean",
  "median",
  "mostFrequent",
  "constant",
]);

/**
 * The fit with the rows of one more table, batch or shard.
 * @throws UnknownColumnError, HeldOutError, or the signal's reason when it aborts
 */
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

/** Two fits of one pipeline put together, as from two shards. */
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

/** What the statistics say each step does. @throws ColumnKindError, FitError, InvalidValueError, ArgumentError */
export const finishFit = (fit: PipelineFit): FittedPipeline => {
  const groups = fit.groups.flatMap((group) => fitGroup(fit, group));
  return { groups, featureNames: groups.flatMap((group) => group.featureNames) };
};

/**
 * Fits a column pipeline on the rows that a split leaves for training, in one pass.
 * @throws UnknownColumnError, ColumnKindError, FitError, HeldOutError
 * @example
 * const rows = trainingRows(frameSource(table), split);
 * const pipeline = await fitColumnPipeline(rows, [{ columns: ["mass"], steps: [simpleImputer(), standardScaler()] }]);
 */
export const fitColumnPipeline = async (
  rows: TrainingRows,
  groups: readonly ColumnGroup[],
  options: FitProgressOptions = {},
): Promise<FittedPipeline> => finishFit(await partialFit(startFit(groups), rows, options));
