// What the first pass learns of every column: statistics of its values or of the numbers that its dates give, the target by
// its categories, texts by place. States merge.
import { type Column, type ColumnKind, numericColumn } from "../frame/column.ts";
import { ColumnKindError, UnknownColumnError } from "../frame/error.ts";
import { deriveDates } from "./derive-dates.ts";
import type { PipelineFit } from "./fit.ts";
import { addDocuments, type DocumentCounts, mergeDocuments, noDocuments } from "./fit-hashed.ts";
import { datesOf, hashingOf, needsOf, statisticsNames, targetOf } from "./group-steps.ts";
import { addChunk, type ColumnStatistics, emptyStatistics, mergeStatistics } from "./statistics.ts";
import type { ColumnGroup } from "./steps.ts";
import { addTargets, emptyTarget, type FitAnswers, mergeTargets, type TargetStatistics } from "./target-statistics.ts";

/** The part of a fit that the first pass fills. */
export interface Gathered {
  readonly statistics: Map<string, ColumnStatistics>;
  readonly targets: Map<string, TargetStatistics>;
  readonly documents: Map<string, DocumentCounts>;
}

/** A fit's own, with an empty state for each column without one. @throws UnknownColumnError, ColumnKindError, ArgumentError */
export const prepareColumns = (
  fit: PipelineFit,
  kinds: ReadonlyMap<string, ColumnKind>,
  answers: FitAnswers,
): Gathered => {
  const statistics = new Map(fit.statistics);
  const targets = new Map(fit.targets);
  const documents = new Map(fit.documents);
  for (const group of fit.groups)
    for (const column of group.columns) {
      const found = kinds.get(column);
      if (!found) throw new UnknownColumnError(column, [...kinds.keys()]);
      const { names, kind } = statisticsNames(group, column, found);
      for (const name of names) if (!statistics.has(name)) statistics.set(name, emptyStatistics(kind, needsOf(group)));
      const target = targetOf(group);
      if (target && !targets.has(column)) targets.set(column, emptyTarget(column, target, answers));
      const hashing = hashingOf(group);
      if (hashing && !documents.has(column)) documents.set(column, noDocuments(hashing));
    }
  return { statistics, targets, documents };
};

/** Columns under the names of their statistics. */
const columnsUnder = (group: ColumnGroup, name: string, column: Column): (readonly [string, Column])[] => {
  const dates = datesOf(group);
  if (!dates) return [[name, column]];
  if (column.kind !== "timestamp") throw new ColumnKindError(name, `is ${column.kind}, but was a timestamp before`);
  const { names } = statisticsNames(group, name, column.kind);
  return deriveDates(name, column, dates).map((values, i) => [names[i] ?? name, numericColumn(values)]);
};

/** Adds one more chunk of a column to what was gathered. @throws ArgumentError where a target encoder is given no target */
export const addColumn = (
  { statistics, targets, documents }: Gathered,
  group: ColumnGroup,
  name: string,
  column: Column,
  rowIndices: Uint32Array,
  answers: FitAnswers,
): void => {
  const hashing = hashingOf(group);
  const texts = documents.get(name);
  if (hashing && texts) {
    documents.set(name, addDocuments(texts, column, name, hashing));
    return;
  }
  for (const [own, values] of columnsUnder(group, name, column)) {
    const before = statistics.get(own);
    if (before) statistics.set(own, addChunk(before, values));
  }
  const target = targets.get(name);
  if (target) targets.set(name, addTargets(target, name, column, rowIndices, answers));
};

const mergeMaps = <State>(
  left: ReadonlyMap<string, State>,
  right: ReadonlyMap<string, State>,
  merge: (left: State, right: State) => State,
): Map<string, State> => {
  const merged = new Map(left);
  for (const [name, own] of right) {
    const before = merged.get(name);
    merged.set(name, before ? merge(before, own) : own);
  }
  return merged;
};

/** What two first passes gathered, put together. */
export const mergeGathered = (left: PipelineFit, right: PipelineFit): Gathered => ({
  statistics: mergeMaps(left.statistics, right.statistics, mergeStatistics),
  targets: mergeMaps(left.targets, right.targets, mergeTargets),
  documents: mergeMaps(left.documents, right.documents, mergeDocuments),
});
