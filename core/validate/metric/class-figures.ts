// Figures of predicted classes as functions of sums: for each class the weight predicted right, predicted, and true.
import { ArgumentError } from "@millrace/kernels";
import { MetricError } from "../error.ts";
import { type ClassRows, predictedOf } from "./class-rows.ts";
import type { SumMetric } from "./sum-metric.ts";

/** How the figures of the classes become one. */
export type ClassAverage = "binary" | "macro" | "micro" | "weighted";

/** Choices of the figures of classes. */
export interface FigureOptions {
  /**
   * "binary": of the positive class, where there are two; "macro": the mean of the classes; "micro": of the counts of all
   * classes together; "weighted": the mean by each class's share of the truth. Default: "binary" of two classes, else "macro".
   */
  readonly average?: ClassAverage | undefined;
  /** The value of a share of nothing (no row predicted, or none true): 0 if absent. */
  readonly zeroDivision?: number | undefined;
  /** What fBeta weighs recall by against precision: 1 if absent. */
  readonly beta?: number | undefined;
  /** How Cohen's kappa weighs a disagreement of two classes by their distance in order: not at all if absent. */
  readonly kappaWeights?: "linear" | "quadratic" | undefined;
}

interface ClassCounts {
  readonly total: number;
  readonly hit: number;
  readonly predicted: number;
  readonly actual: number;
}

const countsOf = (sums: ArrayLike<number>, classCount: number): ClassCounts[] =>
  Array.from({ length: classCount }, (_, own) => ({
    total: sums[0] ?? 0,
    hit: sums[1 + 3 * own] ?? 0,
    predicted: sums[2 + 3 * own] ?? 0,
    actual: sums[3 + 3 * own] ?? 0,
  }));

const sumOf = (counts: readonly ClassCounts[], what: (own: ClassCounts) => number): number =>
  counts.reduce((sum, own) => sum + what(own), 0);

const countTerm = (rows: ClassRows, row: number, into: Float64Array): void => {
  const actual = 1 + 3 * (rows.truth[row] ?? 0);
  const predicted = 1 + 3 * (predictedOf(rows)[row] ?? 0);
  if (actual === predicted) into[actual] = 1;
  into[predicted + 1] = 1;
  into[actual + 2] = 1;
};

const fromCounts = (classCount: number, finish: (counts: readonly ClassCounts[]) => number): SumMetric<ClassRows> => ({
  kind: "sums",
  width: 1 + 3 * classCount,
  term: countTerm,
  finish: (sums) => finish(countsOf(sums, classCount)),
});

/** A share as part and whole, so that "micro" can add both over the classes. */
type Share = (own: ClassCounts) => readonly [part: number, whole: number];

const trueNegatives = (own: ClassCounts): number => own.total - own.predicted - own.actual + own.hit;

/** Figures that are of each class. */
export type ClassFigure = "precision" | "recall" | "f1" | "fBeta" | "jaccard" | "specificity";

const shares = (beta: number): Readonly<Record<ClassFigure, Share>> => ({
  precision: (own) => [own.hit, own.predicted],
  recall: (own) => [own.hit, own.actual],
  f1: (own) => [2 * own.hit, own.predicted + own.actual],
  fBeta: (own) => [(1 + beta * beta) * own.hit, own.predicted + beta * beta * own.actual],
  jaccard: (own) => [own.hit, own.predicted + own.actual - own.hit],
  specificity: (own) => [trueNegatives(own), own.total - own.actual],
});

const checkBeta = (beta: number): number => {
  if (!(beta > 0 && Number.isFinite(beta))) throw new ArgumentError(`beta is a number above 0, but is ${beta}`);
  return beta;
};

/** The figure of each class from its counts. */
export const figuresOfClasses = (
  name: ClassFigure,
  sums: ArrayLike<number>,
  classCount: number,
  options: FigureOptions,
): number[] => {
  const share = shares(checkBeta(options.beta ?? 1))[name];
  return countsOf(sums, classCount).map((own) => ratio(share(own), options.zeroDivision ?? 0));
};

const ratio = ([part, whole]: readonly [number, number], zeroDivision: number): number =>
  whole === 0 ? zeroDivision : part / whole;

/** A figure of classes, averaged. @throws MetricError for "binary" of other than two classes */
export const shareMetric = (name: ClassFigure, rows: ClassRows, options: FigureOptions): SumMetric<ClassRows> => {
  const classCount = rows.classes.length;
  const { zeroDivision = 0, average = classCount <= 2 ? "binary" : "macro" } = options;
  if (average === "binary" && classCount > 2)
    throw new MetricError(
      `average "binary" is for two classes, but there are ${classCount} (${rows.classes.join(", ")}): choose "macro", "micro" or "weighted"`,
    );
  const share = shares(checkBeta(options.beta ?? 1))[name];
  return fromCounts(classCount, (counts) => {
    if (average === "micro") {
      const parts = counts.map(share);
      const add = (at: 0 | 1): number => parts.reduce((sum, part) => sum + part[at], 0);
      return ratio([add(0), add(1)], zeroDivision);
    }
    const figures = counts.map((own) => ratio(share(own), zeroDivision));
    if (average === "binary") return figures[rows.positive] ?? Number.NaN;
    const weightOf = (own: ClassCounts): number => (average === "macro" ? 1 : own.actual);
    const total = sumOf(counts, weightOf);
    return counts.reduce((sum, own, i) => sum + weightOf(own) * (figures[i] ?? 0), 0) / total;
  });
};

/** Share of the weight of rows predicted right. */
export const accuracyMetric = (rows: ClassRows): SumMetric<ClassRows> =>
  fromCounts(rows.classes.length, (counts) => sumOf(counts, (own) => own.hit) / (counts[0]?.total ?? 0));

/** Mean recall of the classes that have a true row. */
export const balancedAccuracyMetric = (rows: ClassRows): SumMetric<ClassRows> =>
  fromCounts(rows.classes.length, (counts) => {
    const present = counts.filter((own) => own.actual > 0);
    return sumOf(present, (own) => own.hit / own.actual) / present.length;
  });

/** Matthews' correlation, of any number of classes (Gorodkin 2004); 0 where truth or prediction is one class only. */
export const matthewsMetric = (rows: ClassRows): SumMetric<ClassRows> =>
  fromCounts(rows.classes.length, (counts) => {
    const total = counts[0]?.total ?? 0;
    const covariance = (left: (own: ClassCounts) => number, right: (own: ClassCounts) => number): number =>
      total * total - sumOf(counts, (own) => left(own) * right(own));
    const predicted = (own: ClassCounts): number => own.predicted;
    const actual = (own: ClassCounts): number => own.actual;
    const spread = covariance(predicted, predicted) * covariance(actual, actual);
    const common = sumOf(counts, (own) => own.hit) * total - sumOf(counts, (own) => own.predicted * own.actual);
    return spread === 0 ? 0 : common / Math.sqrt(spread);
  });

/** Cohen's kappa: agreement beyond chance; NaN where only one class was ever true and predicted. */
export const kappaMetric = (rows: ClassRows, { kappaWeights }: FigureOptions): SumMetric<ClassRows> => {
  const classCount = rows.classes.length;
  const disagreement = (left: number, right: number): number =>
    kappaWeights === undefined ? Number(left !== right) : Math.abs(left - right) ** (kappaWeights === "linear" ? 1 : 2);
  const last = 1 + 3 * classCount;
  return {
    kind: "sums",
    width: last + 1,
    term: (own, row, into) => {
      countTerm(own, row, into);
      into[last] = disagreement(own.truth[row] ?? 0, predictedOf(own)[row] ?? 0);
    },
    finish: (sums) => {
      const counts = countsOf(sums, classCount);
      let chance = 0;
      counts.forEach((left, i) => {
        counts.forEach((right, j) => {
          chance += disagreement(i, j) * left.actual * right.predicted;
        });
      });
      return chance === 0 ? Number.NaN : 1 - ((sums[last] ?? 0) * (sums[0] ?? 0)) / chance;
    },
  };
};
