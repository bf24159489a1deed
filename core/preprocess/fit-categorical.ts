// Fits one column of a group that has a one-hot encoder: its categories, what fills its gaps, which share a feature, and
// scalers after the encoder. Categories and fills are those of every encoder.
import { ArgumentError } from "@millrace/kernels";
import { ColumnKindError } from "../frame/error.ts";
import { FitError, InvalidValueError } from "./error.ts";
import { scaleOf } from "./fit-numeric.ts";
import type { CategoricalColumn, CategoryGrouping } from "./fitted.ts";
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

/** The categories of a column, and where its missing values go. */
export interface Encoding {
  readonly categories: readonly Category[];
  /** How often each feature is 1, the missing category's last. */
  readonly counts: readonly number[];
  readonly missingCode: number | null;
  readonly missingIsCategory: boolean;
}

/** @throws FitError for more categories than are encoded, or a fill that the rows do not give */
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

/** The rare ones of some counts, as scikit-learn's encoder finds them. */
const rareOf = (counts: readonly number[], { minFrequency, maxCategories }: OneHotEncoder): ReadonlySet<number> => {
  const rows = counts.reduce((sum, count) => sum + count, 0);
  const least = !minFrequency ? 0 : minFrequency < 1 ? minFrequency * rows : minFrequency;
  const places = [...counts.keys()];
  const rare = new Set(places.filter((place) => (counts[place] ?? 0) < least));
  // The feature of the rare ones counts even where there are none yet, as in scikit-learn.
  if (typeof maxCategories === "number" && counts.length - rare.size + 1 > maxCategories) {
    const ascending = places.sort((left, right) => (counts[left] ?? 0) - (counts[right] ?? 0));
    for (const place of ascending.slice(0, counts.length - (maxCategories - 1))) rare.add(place);
  }
  return rare;
};

interface Grouped {
  /** Of each category, the missing one's last. */
  readonly features: readonly number[];
  readonly names: readonly string[];
  readonly counts: readonly number[];
  readonly grouping?: CategoryGrouping;
}

const noFeature = -2;

/** Features of categories with these names and counts. */
const groupFeatures = (
  column: string,
  encoder: OneHotEncoder,
  names: readonly string[],
  counts: readonly number[],
): Grouped => {
  const rare = rareOf(counts, encoder);
  const frequent = names.filter((_, place) => !rare.has(place));
  const all = rare.size > 0 ? [...frequent, "infrequent"] : frequent;
  const dropped = encoder.drop === "first" || (encoder.drop === "ifBinary" && all.length === 2) ? 1 : 0;
  const kept = all.slice(dropped);
  if (kept.length === 0)
    throw new FitError(column, -1, `has the one feature "${all[0]}", and drop leaves it out: leave out the column`);
  let next = 0;
  const features = names.map((_, place) => {
    const feature = (rare.has(place) ? frequent.length : next++) - dropped;
    return feature < 0 ? noFeature : feature;
  });
  const sums = new Array<number>(kept.length).fill(0);
  features.forEach((feature, place) => {
    if (feature >= 0) sums[feature] = (sums[feature] ?? 0) + (counts[place] ?? 0);
  });
  const unknown = encoder.handleUnknown === "infrequent" && rare.size > 0 ? kept.length - 1 : noFeature;
  const grouped = { features, names: kept, counts: sums };
  return rare.size > 0 || dropped > 0 ? { ...grouped, grouping: { features, width: kept.length, unknown } } : grouped;
};

/** What any encoder of a column starts from. */
export interface EncodedColumn {
  readonly encoding: Encoding;
  readonly imputed: boolean;
  /** The imputer marks missing rows. */
  readonly indicator: boolean;
  readonly after: readonly PreprocessStep[];
}

/**
 * Categories, fills and the steps after the encoder. Scalers before the encoder change no category and are passed over.
 * @throws ColumnKindError, FitError, ArgumentError
 */
export const encodeColumn = (
  name: string,
  statistics: ColumnStatistics,
  steps: readonly PreprocessStep[],
  encoder: PreprocessStep,
): EncodedColumn => {
  const position = steps.indexOf(encoder);
  const before = steps.slice(0, position);
  if (statistics.kind === "timestamp")
    throw new ColumnKindError(name, "is a timestamp: put DateFeatures first among its steps, without an encoder");
  if (statistics.kind === "dictionary" && before.some((step) => step.kind === "StandardScaler"))
    throw new ColumnKindError(
      name,
      `is text, which cannot be scaled: put the StandardScaler after the ${encoder.kind}`,
    );
  if (!Number.isFinite(statistics.moments.mean))
    throw new InvalidValueError(name, -1, "the training rows hold an infinite value");
  const imputer = before.find((step): step is SimpleImputer => step.kind === "SimpleImputer");
  const encoding = encodingOf(name, statistics, imputer);
  if (encoding.counts.length === 0)
    throw new FitError(name, -1, "there is no training row, so there are no categories");
  const indicator = imputer?.addIndicator === true && statistics.missing > 0;
  return { encoding, imputed: imputer !== undefined, indicator, after: steps.slice(position + 1) };
};

/**
 * Fits the steps of one column, a one-hot encoder among them.
 * @throws ColumnKindError, FitError, ArgumentError
 */
export const fitCategoricalColumn = (
  name: string,
  statistics: ColumnStatistics,
  steps: readonly PreprocessStep[],
  encoder: OneHotEncoder,
): CategoricalColumn => {
  const { encoding, indicator, after } = encodeColumn(name, statistics, steps, encoder);
  const rows = statistics.moments.count + statistics.missing;
  const indicated = indicator ? [rows - statistics.missing, statistics.missing] : [];
  const names = [...encoding.categories.map(categoryName), ...(encoding.missingIsCategory ? ["null"] : [])];
  const grouped = groupFeatures(name, encoder, names, encoding.counts);
  return {
    kind: "categorical",
    column: name,
    columnKind: statistics.kind,
    categories: encoding.categories,
    missingCode: encoding.missingCode === null ? null : (grouped.features[encoding.missingCode] ?? noFeature),
    missingIsCategory: encoding.missingIsCategory,
    handleUnknown: encoder.handleUnknown ?? "error",
    ...(grouped.grouping
      ? { grouping: { ...grouped.grouping, features: grouped.features.slice(0, encoding.categories.length) } }
      : {}),
    indicator,
    scales: scalesAfter([...grouped.counts, ...indicated], rows, after),
    featureNames: [
      ...grouped.names.map((feature) => `${name}_${feature}`),
      ...(indicator ? [`missingindicator_${name}_false`, `missingindicator_${name}_true`] : []),
    ],
  };
};
