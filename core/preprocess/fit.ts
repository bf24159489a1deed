// The door to fitting column pipelines. What it takes is loaded at the first call: a page that applies fitted ones does without.
import { ArgumentError } from "@millrace/kernels";
import type { TrainingRows } from "../validate/partition.ts";
import type { FittedPipeline } from "./fitted.ts";
import type { ColumnStatistics } from "./statistics.ts";
import type { ColumnGroup, SimpleImputer } from "./steps.ts";

const columnFits = () => import("./fit-columns.ts");

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
): Promise<PipelineFit> => (await columnFits()).partialFit(fit, rows, options);

/** Two fits of one pipeline put together, as from two shards. */
export const mergeFits = async (left: PipelineFit, right: PipelineFit): Promise<PipelineFit> =>
  (await columnFits()).mergeFits(left, right);

/** What the statistics say each step does. @throws ColumnKindError, FitError, InvalidValueError, ArgumentError */
export const finishFit = async (fit: PipelineFit): Promise<FittedPipeline> => (await columnFits()).finishFit(fit);

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
): Promise<FittedPipeline> => (await columnFits()).fitColumnPipeline(rows, groups, options);
