// What multinomial and Bernoulli naive Bayes share: the score of a class is linear in the features.
import type { NamedTensors } from "../../preprocess/features.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkNumber, checkOption } from "../check-option.ts";
import type { FittedModel, ModelOutputs } from "../estimator.ts";
import { parameterOf } from "../parameter-of.ts";
import type { ClassSums } from "./class-sums.ts";
import { checkPriors, logPriors } from "./prior.ts";
import type { BernoulliNaiveBayes, MultinomialNaiveBayes } from "./specification.ts";

type Counted = BernoulliNaiveBayes | MultinomialNaiveBayes;

/** @throws ArgumentError */
export const checkCounted = ({ kind, alpha, fitPrior, priors }: Counted): void => {
  checkNumber(kind, "alpha", alpha, 1e-10);
  checkOption(kind, "fitPrior", typeof fitPrior === "boolean", "true or false", fitPrior);
  checkPriors(kind, priors);
};

/**
 * The model of scores features x coefficients + intercepts. A softmax does not see what all classes share, so their mean is
 * taken off: a score is then as small as the classes are alike, and float32 keeps more of the difference.
 * @param coefficients float64 [classes, columns]; @param intercepts float64 [classes], without the priors
 */
export const linearModel = (
  specification: Counted,
  { weights }: ClassSums,
  coefficients: Float64Array,
  intercepts: Float64Array,
): FittedModel => {
  const priors = logPriors(specification.kind, weights, specification);
  const classes = weights.length;
  const columns = coefficients.length / classes;
  const centred = (values: Float64Array, width: number): Float64Array => {
    const own = values.slice();
    for (let column = 0; column < width; column++) {
      let mean = 0;
      for (let code = 0; code < classes; code++) mean += (values[code * width + column] ?? 0) / classes;
      for (let at = column; at < own.length; at += width) own[at] = (own[at] ?? 0) - mean;
    }
    return own;
  };
  const shared = centred(intercepts, 1);
  return {
    parameters: {
      coefficients: { shape: [classes, columns], data: Float32Array.from(centred(coefficients, columns)) },
      intercepts: { shape: [classes], data: Float32Array.from(shared, (value, code) => value + (priors[code] ?? 0)) },
    },
    state: { classWeights: [...weights] },
  };
};

export const applyLinear = (features: Tensor, parameters: NamedTensors): ModelOutputs => ({
  probabilities: features
    .matmul(parameterOf(parameters, "coefficients"), { transposeB: true })
    .add(parameterOf(parameters, "intercepts"))
    .softmax(),
});
