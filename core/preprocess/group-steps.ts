// What the steps of a group ask of the pass over its columns, before any row is read.
import type { ColumnKind } from "../frame/column.ts";
import { ColumnKindError } from "../frame/error.ts";
import { isEncodingStep } from "./check-steps.ts";
import { derivedNames } from "./derive-dates.ts";
import type { DateFeatures, HashingEncoder, TargetEncoder, TextHashing } from "./encoding-specification.ts";
import type { StatisticsNeeds } from "./statistics.ts";
import type { ColumnGroup, EncodingStep } from "./steps.ts";

export const encoderOf = (group: ColumnGroup): EncodingStep | undefined => group.steps.find(isEncodingStep);

export const datesOf = (group: ColumnGroup): DateFeatures | undefined =>
  group.steps.find((step): step is DateFeatures => step.kind === "DateFeatures");

export const hashingOf = (group: ColumnGroup): HashingEncoder | TextHashing | undefined => {
  const step = encoderOf(group);
  return step?.kind === "HashingEncoder" || step?.kind === "TextHashing" ? step : undefined;
};

export const targetOf = (group: ColumnGroup): TargetEncoder | undefined => {
  const step = encoderOf(group);
  return step?.kind === "TargetEncoder" ? step : undefined;
};

export const needsOf = (group: ColumnGroup): StatisticsNeeds => ({
  values: group.steps.some((step) => step.kind === "SimpleImputer" && step.strategy === "median"),
  counts:
    encoderOf(group) !== undefined ||
    group.steps.some((step) => step.kind === "SimpleImputer" && step.strategy === "mostFrequent"),
});

/** Names of a group's numbers, under which their statistics are kept: its columns, or what their dates give. */
export const numberNames = (group: ColumnGroup): readonly string[] => {
  const dates = datesOf(group);
  return dates ? group.columns.flatMap((name) => derivedNames(name, dates)) : group.columns;
};

/** Names and kind of the statistics of one column. @throws ColumnKindError where dates are asked of what is no timestamp */
export const statisticsNames = (
  group: ColumnGroup,
  name: string,
  kind: ColumnKind,
): { readonly names: readonly string[]; readonly kind: ColumnKind } => {
  const dates = datesOf(group);
  if (!dates) return { names: [name], kind };
  if (kind !== "timestamp") throw new ColumnKindError(name, `is ${kind}, but DateFeatures takes a timestamp`);
  return { names: derivedNames(name, dates), kind: "numeric" };
};
