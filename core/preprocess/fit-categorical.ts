// Fits one column of a group that has an encoder: its categories, what fills its gaps, and scalers after the encoder.
import { ArgumentError } from "@millrace/kernels";
import { ColumnKindError } from "../frame/error.ts";
import { FitError, InvalidValueError } from "./error.ts";
import { scaleOf } from "./fit-numeric.ts";
import type { CategoricalColumn } from "./fitted.ts";
import { type Category, type ColumnStatistics, medianOf, mostFrequentOf, sortCategories } from "./statistics.ts";
import type { OneHotEncoder, PreprocessStep, SimpleImputer } from "./steps.ts";

/** More categories than this are an identifier rather than a category, and would make a feature each. */
const categoryLimit = 65_536;

const kindOfCategory = { numeric: "number", boolean: "boolean", dictionary: "string", timestamp: "number" } as const;

/** The category that an imputer puts in place of missing ones. */
const fillCategory = (name: string, statistics: ColumnStatistics, step: SimpleImputer): Category => {
  const wanted = kindOfCategory[statistics.kind];
  if (step.strategy === "constant") {
    if (typeof step.fillValue === wanted && step.fillValue !== null && step.fillValue !== undefined)
      return step.fillValue;
    throw new ArgumentError(
      `the imputer of column "${name}" takes a ${wanted} as fillValue, but got ${JSON.stringify(step.fillValue)}`,
    );
  }
  if (step.strategy !== "mostFrequent" && statistics.kind !== "numeric")
    throw new ColumnKindError(
      name,
      `is ${statistics.kind}, which has no ${step.strategy}: use "mostFrequent" or "constant"`,
    );
  const fill =
    step.strategy === "mean"
      ? statistics.moments.mean
      : step.strategy === "median"
        ? medianOf(statistics)
        : mostFrequentOf(statistics.counts);
  if (fill === undefined || statistics.moments.count === 0)
    throw new FitError(name, -1, `no training row has a value, so there is no ${step.strategy}: leave the column out`);
  return fill;
};

const categoryName = (category: Category | null): string => String(category);

interface Encoding {
  readonly categories: readonly Category[];
  /** How often each feature is 1, the missing category's last. */
  readonly counts: readonly number[];
  readonly missingCode: number | null;
  readonly missingIsCategory: boolean;
}

const encodingOf = (name: string, statistics: ColumnStatistics, imputer: SimpleImputer | undefined): Encoding => {
  const counts = new Map(statistics.counts);
  const fill = imputer && fillCategory(name, statistics, imputer);
  if (fill !== undefined && statistics.missing > 0) counts.set(fill, (counts.get(fill) ?? 0) + statistics.missing);
  const categories = sortCategories(counts.keys());
  if (categories.length > categoryLimit)
    throw new FitError(
      name,
      -1,
      `has ${categories.length} distinct values, more than the ${categoryLimit} that are encoded`,
    );
  const missingIsCategory = fill === undefined && statistics.missing > 0;
  const known = fill === undefined ? -1 : categories.indexOf(fill);
  const byCategory = categories.map((category) => counts.get(category) ?? 0);
  return {
    categories,
    counts: missingIsCategory ? [...byCategory, statistics.missing] : byCategory,
    missingCode: missingIsCategory ? categories.length : known < 0 ? null : known,
    missingIsCategory,
  };
};

/** Scalers over features of 0 and 1 with these counts. */
const scalesAfter = (counts: readonly number[], rows: number, steps: readonly PreprocessStep[]) => {
  let moments = counts.map((count) => ({ count: rows, mean: count / rows, squares: count * (1 - count / rows) }));
  return steps.flatMap((step) => {
    if (step.kind !== "StandardScaler") return [];
    const scaled = moments.map((own) => scaleOf(own, step));
    moments = moments.map((own, i) => {
      const { mean, scale } = scaled[i] ?? { mean: 0, scale: 1 };
      return { count: own.count, mean: (own.mean - mean) / scale, squares: own.squares / scale ** 2 };
    });
    return [{ mean: scaled.map((own) => own.mean), scale: scaled.map((own) => own.scale) }];
  });
};

/**
 * Fits the steps of one column, an encoder among them. Scalers before the encoder change no category and are passed over.
 * @throws ColumnKindError, FitError, ArgumentError
 */
export const fitCategoricalColumn = (
  name: string,
  statistics: ColumnStatistics,
  steps: readonly PreprocessStep[],
): CategoricalColumn => {
  const position = steps.findIndex((step) => step.kind === "OneHotEncoder");
  const encoder = steps.find((step): step is OneHotEncoder => step.kind === "OneHotEncoder");
  const before = steps.slice(0, position);
  const after = steps.slice(position + 1);
  if (!encoder || after.some((step) => step.kind === "OneHotEncoder"))
    throw new ArgumentError(`column "${name}" takes one OneHotEncoder among its steps`);
  if (statistics.kind === "timestamp")
    throw new ColumnKindError(name, "is a timestamp: derive numbers from it first, such as its hour or month");
  if (statistics.kind === "dictionary" && before.some((step) => step.kind === "StandardScaler"))
    throw new ColumnKindError(name, "is text, which cannot be scaled: put the StandardScaler after the OneHotEncoder");
  if (!Number.isFinite(statistics.moments.mean))
    throw new InvalidValueError(name, -1, "the training rows hold an infinite value");
  const imputer = before.find((step): step is SimpleImputer => step.kind === "SimpleImputer");
  const encoding = encodingOf(name, statistics, imputer);
  if (encoding.counts.length === 0)
    throw new FitError(name, -1, "there is no training row, so there are no categories");
  const indicator = imputer?.addIndicator === true && statistics.missing > 0;
  const rows = statistics.moments.count + statistics.missing;
  const indicated = indicator ? [rows - statistics.missing, statistics.missing] : [];
  const features = [...encoding.categories.map(categoryName), ...(encoding.missingIsCategory ? ["null"] : [])];
  return {
    kind: "categorical",
    column: name,
    columnKind: statistics.kind,
    categories: encoding.categories,
    missingCode: encoding.missingCode,
    missingIsCategory: encoding.missingIsCategory,
    handleUnknown: encoder.handleUnknown ?? "error",
    indicator,
    scales: scalesAfter([...encoding.counts, ...indicated], rows, after),
    featureNames: [
      ...features.map((feature) => `${name}_${feature}`),
      ...(indicator ? [`missingindicator_${name}_false`, `missingindicator_${name}_true`] : []),
    ],
  };
};
