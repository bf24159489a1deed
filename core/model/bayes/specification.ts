// Naive Bayes as plain values: the features of a class are taken to be independent.
import { constructorOf } from "../constructor-of.ts";

interface NaiveBayesOptions {
  /** P(class) of each class, adding up to 1; null (default) takes the classes' shares of the weight. */
  readonly priors: readonly number[] | null;
}

/** Naive Bayes of quantities that are normal within each class. */
export interface GaussianNaiveBayes extends NaiveBayesOptions {
  readonly kind: "GaussianNaiveBayes";
  /** This part of the largest variance of any column is added to every variance. Default 1e-9. */
  readonly varSmoothing: number;
}

interface CountOptions extends NaiveBayesOptions {
  /** Added to every count (Laplace 1, Lidstone below), at least 1e-10. Default 1. */
  readonly alpha: number;
  /** Classes have the shares of their weight; false takes all as equally likely. Default true; priors win over it. */
  readonly fitPrior: boolean;
}

/** Naive Bayes of counts, such as words of a text: features of at least 0. */
export interface MultinomialNaiveBayes extends CountOptions {
  readonly kind: "MultinomialNaiveBayes";
}

/** Naive Bayes of truths: each feature is there or not. */
export interface BernoulliNaiveBayes extends CountOptions {
  readonly kind: "BernoulliNaiveBayes";
  /** Features above it, as float32, are there; null takes features as they are, 0 or 1. Default 0. */
  readonly binarize: number | null;
}

/**
 * Gaussian naive Bayes, as scikit-learn's GaussianNB. Defaults: varSmoothing 1e-9, priors null.
 * @example gaussianNaiveBayes({ priors: [0.9, 0.1] })
 */
export const gaussianNaiveBayes = /* @__PURE__ */ constructorOf<GaussianNaiveBayes>({
  kind: "GaussianNaiveBayes",
  varSmoothing: 1e-9,
  priors: null,
});

const counted = { alpha: 1, fitPrior: true, priors: null };

/**
 * Multinomial naive Bayes, as scikit-learn's MultinomialNB. Defaults: alpha 1, fitPrior true, priors null.
 * @example multinomialNaiveBayes({ alpha: 0.1 })
 */
export const multinomialNaiveBayes = /* @__PURE__ */ constructorOf<MultinomialNaiveBayes>({
  kind: "MultinomialNaiveBayes",
  ...counted,
});

/**
 * Bernoulli naive Bayes, as scikit-learn's BernoulliNB. Defaults: alpha 1, fitPrior true, priors null, binarize 0.
 * @example bernoulliNaiveBayes({ binarize: 0.5 })
 */
export const bernoulliNaiveBayes = /* @__PURE__ */ constructorOf<BernoulliNaiveBayes>({
  kind: "BernoulliNaiveBayes",
  ...counted,
  binarize: 0,
});
