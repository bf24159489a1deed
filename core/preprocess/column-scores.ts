// Scores of single columns from sums that merge: analysis of variance, the F-test of a line, and chi-squared. In float64.
import { ArgumentError } from "@millrace/kernels";
import type { StepBatch } from "./numeric-step.ts";
import { type Moments, mergeMoments } from "./statistics.ts";

/** A score of each column from what merges over batches. */
export interface Scoring<State> {
  readonly start: (width: number) => State;
  readonly add: (state: State, batch: StepBatch) => State;
  readonly merge: (left: State, right: State) => State;
  /** NaN for a column that has no score. */
  readonly finish: (state: State, width: number) => ArrayLike<number> | Promise<ArrayLike<number>>;
}

/** @throws ArgumentError without classes */
export const classesOf = ({ codes }: StepBatch, score: string): Int32Array => {
  if (!codes) throw new ArgumentError(`${score} scores columns by classes, but the label is not one of classes`);
  return codes;
};

/** @throws ArgumentError without a quantity */
export const quantityOf = ({ target }: StepBatch, score: string): Float64Array => {
  if (!target) throw new ArgumentError(`${score} scores columns by a quantity, but the label is not a number to learn`);
  return target;
};

const none: Moments = { count: 0, mean: 0, squares: 0 };

const withNumber = ({ count, mean, squares }: Moments, value: number): Moments => {
  const delta = value - mean;
  const next = mean + delta / (count + 1);
  return { count: count + 1, mean: next, squares: squares + delta * (value - next) };
};

/** Moments by class and column. */
type ClassMoments = readonly (readonly Moments[])[];

const mergeClasses = (left: ClassMoments, right: ClassMoments): ClassMoments =>
  Array.from({ length: Math.max(left.length, right.length) }, (_, code) => {
    const [own, other] = [left[code], right[code]];
    return own && other ? own.map((moments, k) => mergeMoments(moments, other[k] ?? none)) : (own ?? other ?? []);
  });

const classMoments = (batch: StepBatch, score: string): ClassMoments => {
  const { rows, width, values } = batch;
  const codes = classesOf(batch, score);
  const moments: Moments[][] = [];
  for (let row = 0; row < rows; row++) {
    const code = codes[row] ?? 0;
    while (moments.length <= code) moments.push(new Array<Moments>(width).fill(none));
    const own = moments[code] ?? [];
    for (let k = 0; k < width; k++) own[k] = withNumber(own[k] ?? none, values[row * width + k] ?? 0);
  }
  return moments;
};

/** Classes that have a row. */
const present = (classes: ClassMoments): ClassMoments => classes.filter(([first]) => (first?.count ?? 0) > 0);

/** Variance between classes over that within them. */
export const varianceBetweenClasses: Scoring<ClassMoments> = {
  start: () => [],
  add: (state, batch) => mergeClasses(state, classMoments(batch, "fClassif")),
  merge: mergeClasses,
  finish: (state, width) => {
    const classes = present(state);
    return Array.from({ length: width }, (_, k) => {
      const own = classes.map((moments) => moments[k] ?? none);
      const all = own.reduce(mergeMoments, none);
      const within = own.reduce((sum, { squares }) => sum + squares, 0);
      const between = own.reduce((sum, { count, mean }) => sum + count * (mean - all.mean) ** 2, 0);
      return between / (own.length - 1) / (within / (all.count - own.length));
    });
  },
};

/** Pearson's statistic of the sums of a column by class against those that shares of rows foretell. */
export const chiSquared: Scoring<ClassMoments> = {
  start: () => [],
  add: (state, batch) => {
    const at = batch.values.findIndex((value) => value < 0);
    if (at >= 0)
      throw new ArgumentError(
        `chi2 takes numbers from 0 on, such as counts, but column ${at % batch.width} of the step holds ${batch.values[at]}`,
      );
    return mergeClasses(state, classMoments(batch, "chi2"));
  },
  merge: mergeClasses,
  finish: (state, width) => {
    const classes = present(state);
    return Array.from({ length: width }, (_, k) => {
      const own = classes.map((moments) => moments[k] ?? none);
      const rows = own.reduce((sum, { count }) => sum + count, 0);
      const total = own.reduce((sum, { count, mean }) => sum + count * mean, 0);
      return own.reduce((sum, { count, mean }) => {
        const expected = (total * count) / rows;
        return sum + (count * mean - expected) ** 2 / expected;
      }, 0);
    });
  },
};

/** Moments of the columns and the quantity, and of their products. */
interface LineSums {
  readonly target: Moments;
  readonly columns: readonly Moments[];
  /** Sums of products of deviations. */
  readonly products: readonly number[];
}

const mergeLines = (left: LineSums, right: LineSums): LineSums => {
  const [a, b] = [left.target, right.target];
  if (a.count === 0) return right;
  if (b.count === 0) return left;
  const lever = ((b.mean - a.mean) * a.count * b.count) / (a.count + b.count);
  return {
    target: mergeMoments(a, b),
    columns: left.columns.map((own, k) => mergeMoments(own, right.columns[k] ?? none)),
    products: left.products.map((own, k) => {
      const apart = (right.columns[k]?.mean ?? 0) - (left.columns[k]?.mean ?? 0);
      return own + (right.products[k] ?? 0) + lever * apart;
    }),
  };
};

const lineSums = (batch: StepBatch): LineSums => {
  const { rows, width, values } = batch;
  const y = quantityOf(batch, "fRegression");
  let target = none;
  const columns = new Array<Moments>(width).fill(none);
  const products = new Array<number>(width).fill(0);
  for (let row = 0; row < rows; row++) {
    const own = y[row] ?? 0;
    target = withNumber(target, own);
    for (let k = 0; k < width; k++) {
      const value = values[row * width + k] ?? 0;
      const before = columns[k] ?? none;
      products[k] = (products[k] ?? 0) + (value - before.mean) * (own - target.mean);
      columns[k] = withNumber(before, value);
    }
  }
  return { target, columns, products };
};

/** The largest finite score, for a column that the quantity follows exactly. */
const perfect = Number.MAX_VALUE;

/** F of the line through a quantity; 0 for a constant column. */
export const lineThroughTarget: Scoring<LineSums> = {
  start: (width) => ({
    target: none,
    columns: new Array<Moments>(width).fill(none),
    products: new Array<number>(width).fill(0),
  }),
  add: (state, batch) => mergeLines(state, lineSums(batch)),
  merge: mergeLines,
  finish: ({ target, columns, products }) =>
    columns.map((own, k) => {
      const square = (products[k] ?? 0) ** 2 / (own.squares * target.squares);
      const score = (square / (1 - square)) * (target.count - 2);
      return Number.isNaN(score) ? 0 : score < 0 || score > perfect ? perfect : score;
    }),
};
