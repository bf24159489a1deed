// Fits a chain of steps over numbers that no single pass can: step after step, each from the rows as the steps before it
// leave them. A run of imputers and standard scalers is one link, fitted by the algebra of fit-numeric.ts.
import { ArgumentError } from "@millrace/kernels";
import { numericColumn } from "../frame/column.ts";
import { inputValue } from "../graph/node.ts";
import { serialiseGraph } from "../graph/serialise.ts";
import { Tensor } from "../tensor/tensor.ts";
import { FitError } from "./error.ts";
import { fitNumericGroup, originOf } from "./fit-numeric.ts";
import { fills, type GraphOperation, isMasked, type NumericGroup } from "./fitted.ts";
import { datesOf, numberNames } from "./group-steps.ts";
import type { FittedStep, StepBatch, StepContext } from "./numeric-step.ts";
import { isNumericStep, numericStepOf } from "./numeric-steps.ts";
import {
  addChunk,
  type ColumnStatistics,
  emptyStatistics,
  mergeStatistics,
  type StatisticsNeeds,
} from "./statistics.ts";
import type { ColumnGroup, PreprocessStep } from "./steps.ts";

/** What the present pass has gathered for the next link of the chain. */
type Gathered =
  | { readonly kind: "columns"; readonly statistics: readonly ColumnStatistics[] }
  | { readonly kind: "step"; readonly state: unknown; readonly missing: readonly number[] };

/** A chain on its way. */
export interface ChainFit {
  /** The group as far as it is fitted. */
  readonly group: NumericGroup;
  /** Its steps that are not. */
  readonly steps: readonly PreprocessStep[];
  readonly gathered: Gathered;
}

/** True for a group of numbers whose steps are more than imputers and standard scalers. */
export const isChain = (group: ColumnGroup): boolean => group.steps.some(isNumericStep);

const needs = (steps: readonly PreprocessStep[]): StatisticsNeeds => ({
  values: steps.some((step) => step.kind === "SimpleImputer" && step.strategy === "median"),
  counts: steps.some((step) => step.kind === "SimpleImputer" && step.strategy === "mostFrequent"),
});

/** The imputers and scalers that the steps begin with. */
const leading = (steps: readonly PreprocessStep[]): readonly PreprocessStep[] => {
  const end = steps.findIndex(isNumericStep);
  return end < 0 ? steps : steps.slice(0, end);
};

const gather = async (steps: readonly PreprocessStep[], width: number): Promise<Gathered> => {
  const [step] = steps;
  if (step && isNumericStep(step)) {
    const { start } = await numericStepOf(step);
    return { kind: "step", state: start(width), missing: new Array<number>(width).fill(0) };
  }
  const own = needs(leading(steps));
  return { kind: "columns", statistics: Array.from({ length: width }, () => emptyStatistics("numeric", own)) };
};

/** Whether gaps may go through all steps, or up to one that fills them. */
const passesGaps = async (steps: readonly PreprocessStep[]): Promise<boolean> => {
  for (const step of steps) {
    if (step.kind === "SimpleImputer") return true;
    if (!isNumericStep(step)) continue;
    const { fills: fillsAll, takesMissing } = await numericStepOf(step);
    if (fillsAll) return true;
    if (!takesMissing) return false;
  }
  return true;
};

/** A chain that has seen no row. @throws ArgumentError for options of a step that make no sense */
export const startChain = async (own: ColumnGroup): Promise<ChainFit> => {
  const { columns } = own;
  const dates = datesOf(own);
  const steps = dates ? own.steps.slice(1) : own.steps;
  for (const step of steps) if (isNumericStep(step)) await (await numericStepOf(step)).check(step);
  const featureNames = numberNames(own);
  const allowMissing = own.allowMissing && (await passesGaps(steps));
  const group: NumericGroup = {
    kind: "numeric",
    columns,
    columnKinds: [],
    origin: featureNames.map(() => 0),
    operations: [],
    featureNames,
    ...(dates ? { dates } : {}),
    ...(allowMissing ? { allowMissing } : {}),
  };
  return { group, steps, gathered: await gather(steps, featureNames.length) };
};

/** True when the next link is fitted from the statistics that every column has anyway. */
export const usesStatistics = (chain: ChainFit): boolean =>
  chain.group.operations.length === 0 && chain.gathered.kind === "columns";

/** A chain with more rows. */
export const addToChain = async (chain: ChainFit, batch: StepBatch, context: StepContext): Promise<ChainFit> => {
  const { gathered, steps } = chain;
  const { values, rows, width } = batch;
  if (gathered.kind === "columns") {
    const columnAt = (at: number) =>
      numericColumn(Float64Array.from({ length: rows }, (_, row) => values[row * width + at] ?? Number.NaN));
    const statistics = gathered.statistics.map((own, at) => addChunk(own, columnAt(at)));
    return { ...chain, gathered: { kind: "columns", statistics } };
  }
  const [step] = steps;
  if (!step) return chain;
  const { add } = await numericStepOf(step);
  const missing = [...gathered.missing];
  for (let at = 0; at < values.length; at++)
    if (Number.isNaN(values[at])) missing[at % width] = (missing[at % width] ?? 0) + 1;
  return { ...chain, gathered: { kind: "step", state: await add(gathered.state, batch, step, context), missing } };
};

/** Two chains at the same step put together. */
export const mergeChains = async (left: ChainFit, right: ChainFit): Promise<ChainFit> => {
  const [step] = left.steps;
  const { gathered } = left;
  const other = right.gathered;
  if (!step || left.steps.length !== right.steps.length) throw new ArgumentError("fits of two passes cannot be merged");
  if (gathered.kind === "columns" && other.kind === "columns") {
    const statistics = gathered.statistics.map((own, i) => mergeStatistics(own, other.statistics[i] ?? own));
    return { ...left, gathered: { kind: "columns", statistics } };
  }
  if (gathered.kind === "columns" || other.kind === "columns")
    throw new ArgumentError("fits of two pipelines cannot be merged");
  const { merge } = await numericStepOf(step);
  const missing = gathered.missing.map((own, i) => own + (other.missing[i] ?? 0));
  return { ...left, gathered: { kind: "step", state: await merge(gathered.state, other.state, step), missing } };
};

/** A fitted step as an operation: its graph is traced once and kept for any number of rows. */
const operationOf = (
  step: string,
  fitted: FittedStep,
  fillsAll: boolean,
  width: number,
  masked: boolean,
): GraphOperation => ({
  kind: "graph",
  step,
  parameters: fitted.parameters,
  locations: fitted.locations ?? [],
  fills: fillsAll,
  ...(fitted.found ? { found: fitted.found } : {}),
  graph: serialiseGraph((rows) => {
    const matrix = inputValue({ dtype: "f32", shape: [rows, width] });
    const present = masked ? inputValue({ dtype: "bool", shape: [rows, width] }) : undefined;
    const parameters = Object.fromEntries(
      Object.entries(fitted.parameters).map(([name, { shape }]) => [name, inputValue({ dtype: "f32", shape })]),
    );
    const stage = fitted.apply(
      { matrix: new Tensor(matrix), present: present && new Tensor(present) },
      Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, new Tensor(value)])),
    );
    return {
      inputs: { matrix, ...(present ? { present } : {}), ...parameters },
      outputs: {
        matrix: stage.matrix.value,
        ...(stage.present && !fillsAll ? { present: stage.present.value } : {}),
      },
    };
  }),
});

const fillsLater = async (steps: readonly PreprocessStep[]): Promise<boolean> => {
  for (const step of steps)
    if (step.kind === "SimpleImputer" || (isNumericStep(step) && (await numericStepOf(step)).fills)) return true;
  return false;
};

const fitStep = async (chain: ChainFit, step: PreprocessStep, context: StepContext): Promise<NumericGroup> => {
  const { group, gathered, steps } = chain;
  if (gathered.kind !== "step") throw new ArgumentError(`the pass gathered nothing for ${step.kind}`);
  const definition = await numericStepOf(step);
  const filled = group.operations.some(fills);
  const later = !filled && (await fillsLater(steps));
  if (!definition.takesMissing) {
    const lacking = gathered.missing.findIndex((count) => count > 0);
    if (lacking >= 0 || (later && !definition.fills))
      throw new FitError(
        group.featureNames[Math.max(0, lacking)] ?? "",
        -1,
        `${step.kind} takes no missing values: put an imputer before it`,
      );
  }
  const fitted = await definition.finish(step, gathered.state, group.featureNames, context);
  const masked = !filled && (later || (group.allowMissing === true && definition.takesMissing));
  const operation = operationOf(step.kind, fitted, definition.fills === true, group.featureNames.length, masked);
  return { ...group, operations: [...group.operations, operation], featureNames: fitted.featureNames };
};

const fitLeading = (
  chain: ChainFit,
  statistics: readonly ColumnStatistics[],
  run: readonly PreprocessStep[],
): NumericGroup => {
  const { group } = chain;
  const { operations, featureNames } = fitNumericGroup(group.featureNames, statistics, run);
  return { ...group, operations: [...group.operations, ...operations], featureNames };
};

/**
 * The chain with its next link fitted from what the pass gathered.
 * @param statistics of the group's numbers
 * @throws FitError, ColumnKindError, InvalidValueError, ArgumentError
 */
export const advanceChain = async (
  chain: ChainFit,
  statistics: readonly ColumnStatistics[],
  context: StepContext,
): Promise<ChainFit> => {
  const { steps, gathered } = chain;
  const [step] = steps;
  if (!step) return chain;
  const first = chain.group.operations.length === 0;
  // Refuses text, timestamps and infinities before a step sees them.
  if (first) fitNumericGroup(chain.group.featureNames, statistics, []);
  const run = gathered.kind === "columns" ? leading(steps) : [step];
  const fitted =
    gathered.kind === "columns"
      ? fitLeading(chain, first ? statistics : gathered.statistics, run)
      : await fitStep(chain, step, context);
  const group = {
    ...fitted,
    columnKinds: fitted.dates ? fitted.columns.map(() => "timestamp" as const) : statistics.map((own) => own.kind),
    origin: originOf(fitted.operations, statistics.length),
  };
  const rest = steps.slice(run.length);
  return { group, steps: rest, gathered: await gather(rest, group.featureNames.length) };
};

/** The group as its rows are read for the next link: whatever is missing still may be. */
export const groupSoFar = (chain: ChainFit, statistics: readonly ColumnStatistics[]): NumericGroup => {
  const { group } = chain;
  const raw = group.operations.every((operation) => operation.kind === "impute");
  const reading = group.operations.some(fills) ? group : { ...group, allowMissing: true };
  // Before a step takes up an origin, the means keep the digits of numbers far from 0.
  return raw && isMasked(reading) ? { ...reading, origin: statistics.map((own) => own.moments.mean) } : reading;
};
