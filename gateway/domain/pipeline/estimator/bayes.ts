// Naive Bayes: the features of a class are taken to be independent.
import { bernoulliNaiveBayes, gaussianNaiveBayes, multinomialNaiveBayes } from "@millrace/core/tables";
import { declare } from "../declaration.ts";
import { float, floatShape, list, nullable, truth } from "../option.ts";

const priors = nullable(
  list(
    floatShape({ from: 0, to: 1 }),
    "Probability of each class in the order of the sorted classes, adding up to 1: the classes' shares when left out.",
    2,
    1000,
  ),
);
const counted = {
  priors,
  alpha: float({ from: 1e-10 }, "Added to every count."),
  fitPrior: truth("Whether classes have their shares; else all are equally likely. Priors win over it."),
};

export const bayes = [
  declare(gaussianNaiveBayes, "Naive Bayes of quantities that are normal within each class.", {
    varSmoothing: float({ from: 0 }, "Part of the largest variance that is added to every variance."),
    priors,
  }),
  declare(multinomialNaiveBayes, "Naive Bayes of counts: features of at least 0.", counted),
  declare(bernoulliNaiveBayes, "Naive Bayes of truths: each feature is there or not.", {
    ...counted,
    binarize: nullable(float({}, "Features above it are there; null takes features as they are, 0 or 1.")),
  }),
];
