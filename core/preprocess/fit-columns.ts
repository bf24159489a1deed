// Fits a column pipeline by streaming passes over training rows. The first learns statistics of every column, from which
// imputers, standard scalers and encoders follow at once; other steps over numbers take passes of their own (fit-chain.ts).
// Behind the door in fit.ts.
import { ArgumentError } from "@millrace/kernels";
import { columnOf } from "../frame/frame.ts";
import { checkTrainingRows, readPartition, type TrainingRows } from "../validate/partition.ts";
import { checkSteps } from "./check-steps.ts";
import { loadDoorForms } from "./door-forms.ts";
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
import { fitHashedColumn, noDocuments } from "./fit-hashed.ts";
import { fitNumericGroup } from "./fit-numeric.ts";
import { fitTableColumn } from "./fit-table.ts";
import type { FittedGroup, FittedPipeline } from "./fitted.ts";
import { addColumn, mergeGathered, prepareColumns } from "./gather-columns.ts";
import { datesOf, encoderOf, numberNames } from "./group-steps.ts";
import { stageRows } from "./stage-rows.ts";
import type { ColumnStatistics } from "./statistics.ts";
import type { ColumnGroup, EncodingStep } from "./steps.ts";

const statisticsOf = (fit: PipelineFit, names: readonly string[]): ColumnStatistics[] =>
  names.map((name) => {
    const own = fit.statistics.get(name);
    if (!own) throw new ArgumentError(`the fit has seen no row of column "${name}"; call partialFit first`);
    return own;
  });

/** Chains by group, those that have not begun begun. @throws ArgumentError */
const chainsOf = async (fit: PipelineFit): Promise<Map<number, ChainFit>> => {
  const chains = new Map(fit.chains);
  for (const [index, group] of fit.groups.entries()) {
    if (!isChain(group)) continue;
    if (encoderOf(group))
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
  fit.groups.forEach(checkSteps);
  await loadDoorForms();
  const chains = await chainsOf(fit);
  const kinds = new Map(rows.source.columns.map((column) => [column.name, column.kind]));
  const gathered = prepareColumns(fit, kinds, options);
  const learn = fit.passes === 0 ? fit.groups : [];
  using opened = new DisposableStack();
  const readers = [];
  for (const [index, chain] of chains) {
    if (chain.steps.length === 0 || usesStatistics(chain)) continue;
    const own = fit.groups[index];
    const group = groupSoFar(chain, fit.passes === 0 || !own ? [] : statisticsOf(fit, numberNames(own)));
    readers.push({ index, group, reader: opened.use(await stageRows(group, options.device)) });
  }
  const names = (learn.length > 0 ? learn : readers.map(({ group }) => group)).flatMap(({ columns }) => columns);
  for await (const { chunk, rowIndices } of readPartition(rows, names)) {
    options.signal?.throwIfAborted();
    for (const group of learn)
      for (const name of group.columns) addColumn(gathered, group, name, columnOf(chunk, name), rowIndices, options);
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
  return { ...fit, ...gathered, chains };
};

/** See fit.ts. */
export const mergeFits = async (left: PipelineFit, right: PipelineFit): Promise<PipelineFit> => {
  if (left.passes !== right.passes)
    throw new ArgumentError(`fits of pass ${left.passes} and pass ${right.passes} cannot be merged`);
  const chains = new Map(left.chains);
  for (const [index, own] of right.chains) {
    const before = chains.get(index);
    chains.set(index, before && before.steps.length > 0 ? await mergeChains(before, own) : own);
  }
  // What is known of columns is of the first pass alone; later ones carry it along.
  return { ...left, ...(left.passes === 0 ? mergeGathered(left, right) : {}), chains };
};

/** The fit with each chain a link further. */
const advance = async (fit: PipelineFit, options: FitProgressOptions): Promise<PipelineFit> => {
  const chains = await chainsOf(fit);
  for (const [index, chain] of chains) {
    const group = fit.groups[index];
    if (group) chains.set(index, await advanceChain(chain, statisticsOf(fit, numberNames(group)), options));
  }
  return { ...fit, passes: fit.passes + 1, chains };
};

const isDone = (fit: PipelineFit): boolean => [...fit.chains.values()].every((chain) => chain.steps.length === 0);

/** See fit.ts. */
export const nextPass = async (fit: PipelineFit, options: FitProgressOptions): Promise<PipelineFit | undefined> => {
  const next = await advance(fit, options);
  return isDone(next) ? undefined : next;
};

const fitEncoded = (
  fit: PipelineFit,
  name: string,
  statistics: ColumnStatistics,
  group: ColumnGroup,
  encoder: EncodingStep,
): FittedGroup => {
  switch (encoder.kind) {
    case "OneHotEncoder":
      return fitCategoricalColumn(name, statistics, group.steps, encoder);
    case "HashingEncoder":
    case "TextHashing":
      return fitHashedColumn(name, statistics.kind, encoder, fit.documents.get(name) ?? noDocuments(encoder));
    default:
      return fitTableColumn(name, statistics, group, encoder, fit.targets.get(name));
  }
};

const fitGroup = (fit: PipelineFit, group: ColumnGroup, index: number): FittedGroup[] => {
  const chain = fit.chains.get(index);
  if (chain) return [chain.group];
  const { columns, steps, allowMissing } = group;
  const names = numberNames(group);
  const statistics = statisticsOf(fit, names);
  const encoder = encoderOf(group);
  if (encoder) return statistics.map((own, i) => fitEncoded(fit, columns[i] ?? "", own, group, encoder));
  const dates = datesOf(group);
  const fitted = fitNumericGroup(names, statistics, steps);
  return [
    {
      ...fitted,
      ...(dates ? { columns, columnKinds: columns.map(() => "timestamp" as const), dates } : {}),
      ...(allowMissing ? { allowMissing } : {}),
    },
  ];
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
