// Metrics that depend on the order of rows: areas under curves, the median and the largest error.
import { LabelError, MetricError } from "../error.ts";
import { type ClassRows, probabilitiesOf } from "./class-rows.ts";
import { type Distribution, distributionOf, mergeDistributions } from "./distribution.ts";
import type { QuantityRows } from "./regression-figures.ts";

/** A metric of rows in order, exact over shards: one distribution a column. */
export interface OrderMetric<Rows> {
  readonly kind: "order";
  readonly columns: number;
  readonly kinds: number;
  readonly value: (rows: Rows, row: number, column: number) => number;
  readonly kindOf: (rows: Rows, row: number) => number;
  readonly finish: (columns: readonly Distribution[]) => number;
  /** How the metric is an average of areas under curves of one class against another or all others, if it is. */
  readonly areas?: readonly Area[];
  readonly step?: AreaStep;
}

/** Rows of some kinds ranked against rows of others by the values of a column. */
export interface Area {
  readonly column: number;
  readonly isPositive: (kind: number) => boolean;
  readonly isNegative: (kind: number) => boolean;
}

/** What rows of one value add to an area when `positives` and `negatives` were of larger value, and what the sum comes to. */
export interface AreaStep {
  readonly add: (positives: number, negatives: number, positiveHere: number, negativeHere: number) => number;
  readonly finish: (sum: number, positives: number, negatives: number) => number;
}

/** Pairs ranked right, ties half. */
export const rocStep: AreaStep = {
  add: (positives, _, positiveHere, negativeHere) => negativeHere * (positives + positiveHere / 2),
  finish: (sum, positives, negatives) => sum / (positives * negatives),
};

/** Precision at each threshold, weighted by the recall that it adds. */
export const averagePrecisionStep: AreaStep = {
  add: (positives, negatives, positiveHere, negativeHere) =>
    positiveHere === 0
      ? 0
      : (positiveHere * (positives + positiveHere)) / (positives + positiveHere + negatives + negativeHere),
  finish: (sum, positives) => sum / positives,
};

const areaOf = ({ values, kinds, weights }: Distribution, area: Area, step: AreaStep): number => {
  let [sum, positives, negatives] = [0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    let [positiveHere, negativeHere] = [0, 0];
    for (let kind = 0; kind < kinds; kind++) {
      const weight = weights[i * kinds + kind] ?? 0;
      if (area.isPositive(kind)) positiveHere += weight;
      else if (area.isNegative(kind)) negativeHere += weight;
    }
    sum += step.add(positives, negatives, positiveHere, negativeHere);
    positives += positiveHere;
    negatives += negativeHere;
  }
  return step.finish(sum, positives, negatives);
};

const checkMass = (name: string, { classes }: ClassRows, [column]: readonly Distribution[], needed: number[]): void => {
  const mass = new Float64Array(classes.length);
  column?.weights.forEach((weight, at) => {
    const kind = at % classes.length;
    mass[kind] = (mass[kind] ?? 0) + weight;
  });
  const empty = needed.find((own) => mass[own] === 0);
  if (classes.length < 2 || empty !== undefined)
    throw new LabelError(
      `${name} compares rows of a class with rows of others, but the truth has ${
        classes.length < 2 ? `only the class ${classes[0]}` : `no row of weight of the class ${classes[empty ?? 0]}`
      }`,
    );
};

const areaMetric = (
  name: string,
  rows: ClassRows,
  areas: readonly Area[],
  step: AreaStep,
  needed: number[],
): OrderMetric<ClassRows> => {
  const kinds = rows.classes.length;
  const used = [...new Set(areas.map((area) => area.column))];
  const areasOfUsed = areas.map((area) => ({ ...area, column: used.indexOf(area.column) }));
  return {
    kind: "order",
    columns: used.length,
    kinds,
    value: (own, row, column) => {
      const given = own.probabilities ?? own.scores ?? probabilitiesOf(own);
      const at = used[column] ?? 0;
      if (given.length > own.truth.length) return given[row * kinds + at] ?? Number.NaN;
      return (at === 1 ? 1 : -1) * (given[row] ?? Number.NaN);
    },
    kindOf: (own, row) => own.truth[row] ?? 0,
    finish: (columns) => {
      checkMass(name, rows, columns, needed);
      const sum = areasOfUsed.reduce((total, area) => {
        const column = columns[area.column];
        return total + (column ? areaOf(column, area, step) : Number.NaN);
      }, 0);
      return sum / areas.length;
    },
    areas: areasOfUsed,
    step,
  };
};

const againstAll = (own: number): Area => ({
  column: own,
  isPositive: (kind) => kind === own,
  isNegative: (kind) => kind !== own,
});

const oneVersusRest = (rows: ClassRows): Area[] =>
  rows.classes.length === 2 ? [againstAll(rows.positive)] : rows.classes.map((_, own) => againstAll(own));

/** Area under the ROC curve; of more than two classes the mean of each against all others. */
export const rocAucMetric = (rows: ClassRows): OrderMetric<ClassRows> =>
  areaMetric("ROC AUC", rows, oneVersusRest(rows), rocStep, [...rows.classes.keys()]);

/** Area under the ROC curve, the mean of each class against each other (Hand and Till 2001). */
export const rocAucOneVersusOneMetric = (rows: ClassRows): OrderMetric<ClassRows> => {
  const pairs = rows.classes.flatMap((_, own) =>
    rows.classes
      .keys()
      .flatMap((other): Area[] =>
        own === other
          ? []
          : [{ column: own, isPositive: (kind) => kind === own, isNegative: (kind) => kind === other }],
      )
      .toArray(),
  );
  return areaMetric("ROC AUC", rows, rows.classes.length === 2 ? oneVersusRest(rows) : pairs, rocStep, [
    ...rows.classes.keys(),
  ]);
};

/** Average precision, the step-wise area under the precision-recall curve; of more than two classes the classes' mean. */
export const averagePrecisionMetric = (rows: ClassRows): OrderMetric<ClassRows> =>
  areaMetric(
    "average precision",
    rows,
    oneVersusRest(rows),
    averagePrecisionStep,
    rows.classes.length === 2 ? [rows.positive] : [...rows.classes.keys()],
  );

const ofErrors = (finish: (errors: Distribution) => number): OrderMetric<QuantityRows> => ({
  kind: "order",
  columns: 1,
  kinds: 1,
  value: ({ truth, prediction }, row) => Math.abs((truth[row] ?? Number.NaN) - (prediction[row] ?? Number.NaN)),
  kindOf: () => 0,
  finish: ([errors]) => {
    if (!errors?.weights.some((weight) => weight > 0))
      throw new MetricError("a metric of no rows of weight has no value: give at least one row");
    return finish(errors);
  },
});

/** The largest error of a row of weight. */
export const maxErrorMetric = ofErrors(
  ({ values, weights }) => values[weights.findIndex((weight) => weight > 0)] ?? Number.NaN,
);

/** The median error: where the weight up to an error is exactly half, the mean of it and the next. */
export const medianAbsoluteErrorMetric = ofErrors(({ values, weights }) => {
  const half = weights.reduce((sum, weight) => sum + weight, 0) / 2;
  let below = 0;
  for (let at = values.length - 1; at >= 0; at--) {
    below += weights[at] ?? 0;
    const over = below - half;
    if (over > 2 ** -52) return values[at] ?? Number.NaN;
    if (over < -(2 ** -52)) continue;
    const next = weights.findLastIndex((weight, larger) => larger < at && weight > 0);
    return ((values[at] ?? Number.NaN) + (values[next < 0 ? at : next] ?? Number.NaN)) / 2;
  }
  return values[0] ?? Number.NaN;
});

/** Distributions of no row. */
export const startOrder = <Rows>({ columns, kinds }: OrderMetric<Rows>): readonly Distribution[] =>
  Array.from({ length: columns }, () => ({ values: new Float64Array(0), kinds, weights: new Float64Array(0) }));

/** The distributions with more rows. */
export const addOrder = <Rows>(
  metric: OrderMetric<Rows>,
  state: readonly Distribution[],
  rows: Rows,
  weights: ArrayLike<number>,
  chosen: ArrayLike<number>,
): readonly Distribution[] =>
  state.map((known, column) => {
    const value = (row: number): number => metric.value(rows, row, column);
    const more = distributionOf(chosen, value, weights, metric.kinds, (row) => metric.kindOf(rows, row));
    return known.values.length > 0 ? mergeDistributions(known, more) : more;
  });
