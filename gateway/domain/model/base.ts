// What each metric would be for nothing: a model that always gives the classes' shares among the rows that it is
// measured on, and so always names the most frequent one.
import type { MetricName } from "../pipeline/specification.ts";

/**
 * The base of a metric.
 *
 * @param counts rows of each class, in the order of the classes; at least two classes, at least one row
 * @param positive index of the class that precision, recall and F1 speak of when there are two; the last by default
 * @example baseOf("accuracy", [30, 70]); // 0.7
 */
export const baseOf = (metric: MetricName, counts: readonly number[], positive = counts.length - 1): number => {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const shares = counts.map((count) => count / total);
  const largest = Math.max(...shares);
  const named = shares.indexOf(largest);
  /** A figure of the class that is always named, as scikit-learn averages it with the zeros of the others. */
  const averaged = (figure: number): number =>
    counts.length > 2 ? figure / counts.length : named === positive ? figure : 0;
  switch (metric) {
    case "accuracy":
      return largest;
    case "precision":
      return averaged(largest);
    case "recall":
      return averaged(1);
    case "f1":
      return averaged((2 * largest) / (1 + largest));
    case "rocAuc":
      return 0.5;
    case "logLoss":
      return -shares.reduce((sum, share) => (share > 0 ? sum + share * Math.log(share) : sum), 0);
  }
};
