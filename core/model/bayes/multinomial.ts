// Multinomial naive Bayes: features are counts, drawn one by one with the probabilities of the class (Manning, Raghavan and
// Schuetze 2008, chapter 13.2), smoothed by alpha.

import { ArgumentError } from "@millrace/kernels";
import type { EstimatorDefinition } from "../estimator.ts";
import { fitWhole } from "../fit-whole.ts";
import type { PartialFit } from "../partial-fit.ts";
import { addToSums, type ClassSums, mergeSums, startSums } from "./class-sums.ts";
import { applyLinear, checkCounted, linearModel } from "./counted.ts";
import type { MultinomialNaiveBayes } from "./specification.ts";

const partial: PartialFit<MultinomialNaiveBayes, ClassSums> = {
  start: (_, { classes, columns }) => startSums(classes, columns),
  add: ({ kind }, before, data, context) =>
    addToSums(kind, before, data, context, (value, at) => {
      if (value >= 0) return value;
      const { columns, names } = data.x;
      throw new ArgumentError(
        `row ${Math.floor(at / columns)} of column "${names[at % columns]}" is ${value}; ${kind} takes counts of at least 0`,
      );
    }),
  merge: mergeSums,
  finish: (specification, own) => {
    const classes = own.weights.length;
    const columns = own.sums.length / classes;
    const coefficients = own.sums.map((sum) => Math.log(sum + specification.alpha));
    for (let code = 0; code < classes; code++) {
      let total = 0;
      for (let at = code * columns; at < (code + 1) * columns; at++) total += (own.sums[at] ?? 0) + specification.alpha;
      for (let at = code * columns; at < (code + 1) * columns; at++)
        coefficients[at] = (coefficients[at] ?? 0) - Math.log(total);
    }
    return linearModel(specification, own, coefficients, new Float64Array(classes));
  },
};

export const multinomialDefinition: EstimatorDefinition<MultinomialNaiveBayes, ClassSums> = {
  kind: "MultinomialNaiveBayes",
  task: "classification",
  takesMissing: false,
  takesCategories: false,
  check: checkCounted,
  partial,
  fit: fitWhole(partial),
  apply: (_, __, features, parameters) => applyLinear(features, parameters),
  work: (_, { rows, columns }) => ({ flops: 2 * rows * columns, bytes: 4 * rows * columns }),
};
