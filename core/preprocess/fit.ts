// The door to fitting column pipelines. What it takes is loaded at the first call: a page that applies fitted ones does without.
import { ArgumentError } from "@millrace/kernels";
import type { Device } from "../device/device.ts";
import type { ClassLabel } from "../validate/label-codes.ts";
import type { TrainingRows } from "../validate/partition.ts";
import type { ChainFit } from "./fit-chain.ts";
import type { DocumentCounts } from "./fit-hashed.ts";
import type { FittedPipeline } from "./fitted.ts";
import type { ColumnStatistics } from "./statistics.ts";
import type { ColumnGroup, SimpleImputer } from "./steps.ts";
import type { TargetStatistics } from "./target-statistics.ts";

const columnFits = () => import("./fit-columns.ts");

/**
 * A fit on its way: the statistics so far of each column, and the chains of steps that take passes of their own. Immutable,
 * so a shard's can be merged or thrown away.
 */
export interface PipelineFit {
  readonly groups: readonly ColumnGroup[];
  /** Passes over the rows that are done. */
  readonly passes: number;
  /** Of columns, and of the numbers that dates give, by their names. */
  readonly statistics: ReadonlyMap<string, ColumnStatistics>;
  /** The target by category, for target encoders. */
  readonly targets: ReadonlyMap<string, TargetStatistics>;
  /** Texts by place, for hashed columns. */
  readonly documents: ReadonlyMap<string, DocumentCounts>;
  /** By the number of their group. */
  readonly chains: ReadonlyMap<number, ChainFit>;
}

/** What a fit of long tables calls after each chunk. */
export interface FitProgressOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onChunk?: (rows: number) => void | Promise<void>;
  /** Where steps run that stand before one which is being fitted. Default: the default device. */
  readonly device?: Device | undefined;
  /** The class of each row of the source, below 0 for none: for steps that learn from the answer. */
  readonly codes?: Int32Array | undefined;
  /** The classes that the codes count, wanted with them by a TargetEncoder. */
  readonly classes?: readonly ClassLabel[] | undefined;
  /** The quantity of each row of the source, NaN for none: for steps that learn from the answer. */
  readonly target?: Float64Array | undefined;
}

/**
 * A fit that has seen no row yet.
 * @throws ArgumentError for no group, a group without columns, a column named twice, or an imputer's strategy that there is not
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
  return {
    groups,
    passes: 0,
    statistics: new Map(),
    targets: new Map(),
    documents: new Map(),
    chains: new Map(),
  };
};

const strategies: ReadonlySet<string> = new Set<SimpleImputer["strategy"]>([
  "mean",
  "median",
  "mostFrequent",
  "constant",
]);

/**
 * The fit with the rows of one more table, batch or shard.
 * @throws ArgumentError for options that no step takes, UnknownColumnError, HeldOutError, or the signal's reason when it aborts
 */
export const partialFit = async (
  fit: PipelineFit,
  rows: TrainingRows,
  options: FitProgressOptions = {},
): Promise<PipelineFit> => (await columnFits()).partialFit(fit, rows, options);

/** Two fits of one pipeline put together, as from two shards. */
export const mergeFits = async (left: PipelineFit, right: PipelineFit): Promise<PipelineFit> =>
  (await columnFits()).mergeFits(left, right);

/**
 * Fits what the rows so far allow and readies the next pass; undefined where none is needed. A chain of imputers and
 * standard scalers, or of one other step, takes one pass; each step further on takes one more, over the same rows.
 * @throws as finishFit
 * @example
 * for (let next: PipelineFit | undefined = startFit(groups); next; next = await nextPass(fit))
 *   fit = await mergeFits(await partialFit(next, shard0), await partialFit(next, shard1));
 */
export const nextPass = async (fit: PipelineFit, options: FitProgressOptions = {}): Promise<PipelineFit | undefined> =>
  (await columnFits()).nextPass(fit, options);

/** What the statistics say each step does. @throws ColumnKindError, FitError, InvalidValueError, ArgumentError, also when a pass is left */
export const finishFit = async (fit: PipelineFit, options: FitProgressOptions = {}): Promise<FittedPipeline> =>
  (await columnFits()).finishFit(fit, options);

/**
 * Fits a column pipeline on the rows that a split leaves for training: in one pass when the steps are imputers, standard
 * scalers and encoders, else in one for each other step of the longest chain.
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
