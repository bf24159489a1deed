// Fits a column pipeline by streaming passes over training rows. The first learns statistics of every column, from which
// imputers, standard scalers and encoders follow at once; other steps over numbers take passes of their own (fit-chain.ts).
// Behind the door in fit.ts.
import { ArgumentError } from "@millrace/kernels";
import { UnknownColumnError } from "../frame/error.ts";
import { columnOf } from "../frame/frame.ts";
import { checkTrainingRows, readPartition, type TrainingRows } from "../validate/partition.ts";
import { type FitProgressOptions, type PipelineFit, startFit } from "./fit.ts";
import { fitCategoricalColumn } from "./fit-categorical.ts";
import {
  addToChain,
  advanceChain,
  type ChainFit,
  groupSoFar,
  isChain,
  mergeChains,
  startChain,
  usesStatistics,
} from "./fit-chain.ts";
import { fitNumericGroup } from "./fit-numeric.ts";
import type { FittedGroup, FittedPipeline } from "./fitted.ts";
import { stageRows } from "./stage-rows.ts";
import {
  addChunk,
  type ColumnStatistics,
  emptyStatistics,
  mergeStatistics,
  type StatisticsNeeds,
} from "./statistics.ts";
import type { ColumnGroup } from "./steps.ts";

const encodes = (group: ColumnGroup): boolean => group.steps.some((step) => step.kind === "OneHotEncoder");

const needsOf = (group: ColumnGroup): StatisticsNeeds => ({
  values: group.steps.some((step) => step.kind === "SimpleImputer" && step.strategy === "median"),
  counts:
    encodes(group) || group.steps.some((step) => step.kind === "SimpleImputer" && step.strategy === "mostFrequent"),
});

const statisticsOf = (fit: PipelineFit, columns: readonly string[]): ColumnStatistics[] =>
  columns.map((name) => {
    const own = fit.statistics.get(name);
    if (!own) throw new ArgumentError(`the fit has seen no row of column "${name}"; call partialFit first`);
    return own;
  });

/** Chains by group, those that have not begun begun. @throws ArgumentError */
const chainsOf = async (fit: PipelineFit): Promise<Map<number, ChainFit>> => {
  const chains = new Map(fit.chains);
  for (const [index, group] of fit.groups.entries()) {
    if (!isChain(group)) continue;
    if (encodes(group))
      throw new ArgumentError(
        `columns ${group.columns.join(", ")} are encoded, and steps over numbers do not follow an encoder in its group`,
      );
    if (!chains.has(index)) chains.set(index, await startChain(group));
  }
  return chains;
};

const takeRows = <Values extends Int32Array | Float64Array>(
  values: Values,
  rows: Uint32Array,
  into: Values,
): Values => {
  for (let i = 0; i < rows.length; i++) into[i] = values[rows[i] ?? 0] ?? 0;
  return into;
};

/** See fit.ts. */
export const partialFit = async (
  fit: PipelineFit,
  rows: TrainingRows,
  options: FitProgressOptions = {},
): Promise<PipelineFit> => {
  checkTrainingRows(rows);
  const kinds = new Map(rows.source.columns.map((column) => [column.name, column.kind]));
  const statistics = new Map(fit.statistics);
  const chains = await chainsOf(fit);
  for (const group of fit.groups)
    for (const name of group.columns) {
      const kind = kinds.get(name);
      if (!kind) throw new UnknownColumnError(name, [...kinds.keys()]);
      if (!statistics.has(name)) statistics.set(name, emptyStatistics(kind, needsOf(group)));
    }
  const learn = fit.passes === 0 ? fit.groups.flatMap((group) => group.columns) : [];
  using opened = new DisposableStack();
  const readers = [];
  for (const [index, chain] of chains) {
    if (chain.steps.length === 0 || usesStatistics(chain)) continue;
    const group = groupSoFar(chain, fit.passes === 0 ? [] : statisticsOf(fit, chain.group.columns));
    readers.push({ index, group, reader: opened.use(await stageRows(group, options.device)) });
  }
  const names = learn.length > 0 ? learn : readers.flatMap(({ group }) => group.columns);
  for await (const { chunk, rowIndices } of readPartition(rows, names)) {
    options.signal?.throwIfAborted();
    for (const name of learn) {
      const own = statistics.get(name);
      if (own) statistics.set(name, addChunk(own, columnOf(chunk, name)));
    }
    for (const { index, group, reader } of readers) {
      const chain = chains.get(index);
      if (!chain) continue;
      const batch = {
        rows: chunk.rowCount,
        width: group.featureNames.length,
        values: await reader.read(chunk, rowIndices),
        codes: options.codes && takeRows(options.codes, rowIndices, new Int32Array(rowIndices.length)),
        target: options.target && takeRows(options.target, rowIndices, new Float64Array(rowIndices.length)),
      };
      chains.set(index, await addToChain(chain, batch, options));
    }
    await options.onChunk?.(chunk.rowCount);
  }
  return { ...fit, statistics, chains };
};

/** See fit.ts. */
export const mergeFits = async (left: PipelineFit, right: PipelineFit): Promise<PipelineFit> => {
  if (left.passes !== right.passes)
    throw new ArgumentError(`fits of pass ${left.passes} and pass ${right.passes} cannot be merged`);
  // Statistics are of the first pass alone; later ones carry them along.
  const statistics = new Map(left.statistics);
  if (left.passes === 0)
    for (const [name, own] of right.statistics) {
      const before = statistics.get(name);
      statistics.set(name, before ? mergeStatistics(before, own) : own);
    }
  const chains = new Map(left.chains);
  for (const [index, own] of right.chains) {
    const before = chains.get(index);
    chains.set(index, before && before.steps.length > 0 ? await mergeChains(before, own) : own);
  }
  return { ...left, statistics, chains };
};

/** The fit with each chain a link further. */
const advance = async (fit: PipelineFit, options: FitProgressOptions): Promise<PipelineFit> => {
  const chains = await chainsOf(fit);
  for (const [index, chain] of chains) {
    const group = fit.groups[index];
    if (group) chains.set(index, await advanceChain(chain, statisticsOf(fit, group.columns), options));
  }
  return { ...fit, passes: fit.passes + 1, chains };
};

const isDone = (fit: PipelineFit): boolean => [...fit.chains.values()].every((chain) => chain.steps.length === 0);

/** See fit.ts. */
export const nextPass = async (fit: PipelineFit, options: FitProgressOptions): Promise<PipelineFit | undefined> => {
  const next = await advance(fit, options);
  return isDone(next) ? undefined : next;
};

const fitGroup = (fit: PipelineFit, group: ColumnGroup, index: number): FittedGroup[] => {
  const chain = fit.chains.get(index);
  if (chain) return [chain.group];
  const statistics = statisticsOf(fit, group.columns);
  if (encodes(group))
    return group.columns.flatMap((name, i) => {
      const own = statistics[i];
      return own ? [fitCategoricalColumn(name, own, group.steps)] : [];
    });
  const fitted = fitNumericGroup(group.columns, statistics, group.steps);
  return [group.allowMissing ? { ...fitted, allowMissing: true } : fitted];
};

/** See fit.ts. */
export const finishFit = async (fit: PipelineFit, options: FitProgressOptions = {}): Promise<FittedPipeline> => {
  const last = await advance(fit, options);
  if (!isDone(last))
    throw new ArgumentError("the pipeline takes one more pass over its rows: call nextPass, then partialFit again");
  return finished(last);
};

const finished = (last: PipelineFit): FittedPipeline => {
  const groups = last.groups.flatMap((group, index) => fitGroup(last, group, index));
  return { groups, featureNames: groups.flatMap((group) => group.featureNames) };
};

/** See fit.ts. */
export const fitColumnPipeline = async (
  rows: TrainingRows,
  groups: readonly ColumnGroup[],
  options: FitProgressOptions = {},
): Promise<FittedPipeline> => {
  let fit = startFit(groups);
  do fit = await advance(await partialFit(fit, rows, options), options);
  while (!isDone(fit));
  return finished(fit);
};
