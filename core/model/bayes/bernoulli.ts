// Bernoulli naive Bayes: each feature is there or not, with a probability of its own in each class, and what is not there
// counts too (Manning, Raghavan and Schuetze 2008, chapter 13.3).

import { checkOption } from "../check-option.ts";
import type { EstimatorDefinition } from "../estimator.ts";
import { fitWhole } from "../fit-whole.ts";
import type { PartialFit } from "../partial-fit.ts";
import { addToSums, type ClassSums, mergeSums, startSums } from "./class-sums.ts";
import { applyLinear, checkCounted, linearModel } from "./counted.ts";
import type { BernoulliNaiveBayes } from "./specification.ts";

const partial: PartialFit<BernoulliNaiveBayes, ClassSums> = {
  start: (_, { classes, columns }) => startSums(classes, columns),
  add: ({ kind, binarize }, before, data, context) => {
    const threshold = Math.fround(binarize ?? 0);
    const read = binarize === null ? (value: number) => value : (value: number) => Number(value > threshold);
    return addToSums(kind, before, data, context, read);
  },
  merge: mergeSums,
  finish: (specification, own) => {
    const { alpha } = specification;
    const { weights, sums } = own;
    const columns = sums.length / weights.length;
    const intercepts = new Float64Array(weights.length);
    const coefficients = sums.map((sum, at) => {
      const code = Math.floor(at / columns);
      const weight = weights[code] ?? 0;
      const absent = Math.log(weight - sum + alpha);
      intercepts[code] = (intercepts[code] ?? 0) + absent - Math.log(weight + 2 * alpha);
      return Math.log(sum + alpha) - absent;
    });
    return linearModel(specification, own, coefficients, intercepts);
  },
};

export const bernoulliDefinition: EstimatorDefinition<BernoulliNaiveBayes, ClassSums> = {
  kind: "BernoulliNaiveBayes",
  task: "classification",
  takesMissing: false,
  takesCategories: false,
  check: (specification) => {
    const { kind, binarize } = specification;
    checkCounted(specification);
    checkOption(kind, "binarize", binarize === null || Number.isFinite(binarize), "a finite number or null", binarize);
  },
  partial,
  fit: fitWhole(partial),
  apply: ({ binarize }, _, features, parameters) =>
    applyLinear(binarize === null ? features : features.greater(Math.fround(binarize)).to("f32"), parameters),
  work: (_, { rows, columns }) => ({ flops: 2 * rows * columns, bytes: 4 * rows * columns }),
};
