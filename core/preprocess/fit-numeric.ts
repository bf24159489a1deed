// Fits a group of numeric columns: from the moments of each column, what every step will do to it. Moments go through the
// steps by algebra (a filled column's are those of its values and of the fills; a scaled one's follow from the map), so one
// pass over the rows fits any chain of steps.
import { ArgumentError } from "@millrace/kernels";
import { ColumnKindError } from "../frame/error.ts";
import { FitError, InvalidValueError } from "./error.ts";
import type { NumericGroup, NumericOperation } from "./fitted.ts";
import { type ColumnStatistics, type Moments, medianOf, mergeMoments, mostFrequentOf } from "./statistics.ts";
import type { PreprocessStep, SimpleImputer, StandardScaler } from "./steps.ts";

/** A column between two steps: its moments in its own units, and the map value * slope + offset that steps have made. */
interface Stage {
  readonly name: string;
  readonly statistics: ColumnStatistics;
  readonly moments: Moments;
  readonly missing: number;
  readonly slope: number;
  readonly offset: number;
}

const constantFill = (stage: Stage, value: SimpleImputer["fillValue"]): number => {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (typeof value === "boolean" && stage.statistics.kind === "boolean") return Number(value);
  throw new ArgumentError(
    `the imputer of column "${stage.name}" takes a finite number as fillValue, but got ${JSON.stringify(value)}`,
  );
};

/** The fill of a column, in the units that it has at this step. */
const fillOf = (stage: Stage, step: SimpleImputer): number => {
  if (step.strategy === "constant") return constantFill(stage, step.fillValue);
  if (stage.statistics.moments.count === 0)
    throw new FitError(
      stage.name,
      -1,
      `no training row has a value, so there is no ${step.strategy}: leave the column out, or use the strategy "constant"`,
    );
  const own =
    step.strategy === "mean"
      ? stage.moments.mean
      : step.strategy === "median"
        ? medianOf(stage.statistics)
        : Number(mostFrequentOf(stage.statistics.counts));
  return own * stage.slope + stage.offset;
};

const filled = (stage: Stage, fill: number): Stage => {
  const constant = { count: stage.missing, mean: (fill - stage.offset) / stage.slope, squares: 0 };
  return { ...stage, moments: mergeMoments(stage.moments, constant), missing: 0 };
};

/**
 * True for a variance that rounding alone can make: scikit-learn's bound for the two-pass algorithm, after Chan, Golub and
 * LeVeque.
 */
const isConstant = (variance: number, mean: number, count: number): boolean => {
  const epsilon = 2 ** -52;
  return variance <= count * epsilon * variance + (count * mean * epsilon) ** 2;
};

/** Mean and scale of numbers with these moments; population variance, and 1 for a constant column. */
export const scaleOf = (moments: Moments, step: StandardScaler): { mean: number; scale: number } => {
  const variance = moments.squares / Math.max(1, moments.count);
  const constant = moments.count === 0 || isConstant(variance, moments.mean, moments.count);
  return {
    mean: step.withMean === false ? 0 : moments.mean,
    scale: step.withStd === false || constant ? 1 : Math.sqrt(variance),
  };
};

const scaleStage = (stage: Stage, step: StandardScaler): { mean: number; scale: number; next: Stage } => {
  const { count, mean: ownMean, squares } = stage.moments;
  const moments = { count, mean: ownMean * stage.slope + stage.offset, squares: squares * stage.slope ** 2 };
  const { mean, scale } = scaleOf(moments, step);
  return { mean, scale, next: { ...stage, slope: stage.slope / scale, offset: (stage.offset - mean) / scale } };
};

const checkColumn = (stage: Stage): void => {
  if (stage.statistics.kind === "dictionary")
    throw new ColumnKindError(stage.name, "is text, which is no number: add a OneHotEncoder to its steps");
  if (stage.statistics.kind === "timestamp")
    throw new ColumnKindError(stage.name, "is a timestamp: put DateFeatures first among its steps");
  if (!Number.isFinite(stage.moments.mean) || !Number.isFinite(stage.moments.squares))
    throw new InvalidValueError(stage.name, -1, "the training rows hold an infinite value, or one too large to square");
};

/** The origin of the group: the means, or other places, of the first step where nothing before needs the raw value's size. */
export const originOf = (operations: readonly NumericOperation[], columns: number): readonly number[] => {
  const first = operations.find((operation) => operation.kind !== "impute");
  if (first?.kind === "scale") return first.mean.slice(0, columns);
  const { shape, data } = first?.parameters[first.locations[0] ?? ""] ?? { shape: [], data: undefined };
  const middle = shape.length > 1 ? columns * Math.floor((shape[0] ?? 0) / 2) : 0;
  return data?.slice(middle, middle + columns) ?? new Array<number>(columns).fill(0);
};

/**
 * Fits the steps of a group of numeric columns, none of them an encoder.
 * @throws ColumnKindError for text or timestamps, FitError for a column without a value, ArgumentError for a wrong fill
 */
export const fitNumericGroup = (
  columns: readonly string[],
  statistics: readonly ColumnStatistics[],
  steps: readonly PreprocessStep[],
): NumericGroup => {
  let stages = columns.map((name, i): Stage => {
    const own = statistics[i];
    if (!own) throw new ArgumentError(`column "${name}" has no statistics`);
    return { name, statistics: own, moments: own.moments, missing: own.missing, slope: 1, offset: 0 };
  });
  stages.forEach(checkColumn);
  const operations: NumericOperation[] = [];
  let indicators: Stage[] = [];
  const featureNames = [...columns];
  for (const step of steps) {
    if (step.kind === "SimpleImputer") {
      const fill = stages.map((stage) => fillOf(stage, step));
      const lacking = step.addIndicator ? stages.flatMap((stage, i) => (stage.missing > 0 ? [i] : [])) : [];
      operations.push({ kind: "impute", fill: [...fill, ...indicators.map(() => 0)], indicators: lacking });
      const added = lacking.map((i) => indicatorStage(stages[i], i));
      for (const { name } of added) featureNames.push(name);
      stages = stages.map((stage, i) => filled(stage, fill[i] ?? 0));
      indicators = [...indicators, ...added];
    } else if (step.kind === "StandardScaler") {
      const scaled = [...stages, ...indicators].map((stage) => scaleStage(stage, step));
      operations.push({ kind: "scale", mean: scaled.map((own) => own.mean), scale: scaled.map((own) => own.scale) });
      stages = scaled.slice(0, columns.length).map((own) => own.next);
      indicators = scaled.slice(columns.length).map((own) => own.next);
    }
  }
  const origin = originOf(operations, columns.length);
  return {
    kind: "numeric",
    columns,
    columnKinds: statistics.map((own) => own.kind),
    origin,
    operations,
    featureNames,
  };
};

/** The 0 and 1 feature that says where a column missed values, as a column of its own for later steps. */
const indicatorStage = (stage: Stage | undefined, column: number): Stage => {
  if (!stage) throw new ArgumentError(`there is no column ${column} to indicate`);
  const { missing, moments } = stage;
  const count = moments.count + missing;
  const share = missing / count;
  return {
    ...stage,
    name: `missingindicator_${stage.name}`,
    moments: { count, mean: share, squares: count * share * (1 - share) },
    missing: 0,
    slope: 1,
    offset: 0,
  };
};
