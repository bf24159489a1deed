// A figure of each class apart.
import { type ClassLabel, checkWeights } from "../label-codes.ts";
import { type ClassFigure, type FigureOptions, figuresOfClasses, shareMetric } from "./class-figures.ts";
import { type ClassData, classRows } from "./class-rows.ts";
import { addSums, startSums } from "./sum-metric.ts";

/**
 * Precision, recall, F1, F-beta, Jaccard or specificity of each class against all others, in the order of the classes.
 * @throws LabelError, MetricError, ArgumentError
 * @example
 * measureByClass("recall", { truth: ["a", "b", "b"], predictions: ["a", "b", "a"] }); // a: 1, b: 0.5
 */
export const measureByClass = (
  name: ClassFigure,
  data: ClassData & { readonly weights?: ArrayLike<number> | undefined },
  options: FigureOptions = {},
): Map<ClassLabel, number> => {
  const rows = classRows(data);
  const metric = shareMetric(name, rows, { average: "macro" });
  const every = rows.truth.keys().toArray();
  const { sums } = addSums(metric, startSums(metric), rows, checkWeights(data.weights, rows.truth.length), every);
  const figures = figuresOfClasses(name, sums, rows.classes.length, options);
  return new Map(rows.classes.map((label, own) => [label, figures[own] ?? Number.NaN]));
};
