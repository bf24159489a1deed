// Gaussian naive Bayes. Scores are sums of squared standard distances taken feature by feature: expanded into products, as
// a matrix product would have it, they cancel in float32 wherever a class is many of its deviations from the middle.

import { ArgumentError } from "@millrace/kernels";
import type { NamedTensors } from "../../preprocess/features.ts";
import { concatenate, type Tensor } from "../../tensor/tensor.ts";
import { breather } from "../breath.ts";
import { checkNumber } from "../check-option.ts";
import type { EstimatorDefinition, FittedModel } from "../estimator.ts";
import { fitWhole } from "../fit-whole.ts";
import { parameterOf } from "../parameter-of.ts";
import type { PartialFit } from "../partial-fit.ts";
import { addRow, copyMoments, type Moments, mergeMoments, startMoments } from "./moments.ts";
import { checkPriors, classRowsOf, logPriors } from "./prior.ts";
import type { GaussianNaiveBayes } from "./specification.ts";

/** Moments of each class, and behind them of all rows without their weights, of which the smoothing is a part. */
const partial: PartialFit<GaussianNaiveBayes, Moments> = {
  start: (_, { classes, columns }) => startMoments(classes + 1, columns),
  add: async ({ kind }, before, data, { signal }) => {
    const { codes, classCount } = classRowsOf(kind, data);
    if (before.weights.length !== classCount + 1)
      throw new ArgumentError(
        `${kind}: the fit has ${before.weights.length - 1} classes, but the rows have ${classCount}`,
      );
    const moments = copyMoments(before);
    const breathe = breather(signal);
    for (let row = 0; row < data.x.rows; row++) {
      addRow(moments, codes[row] ?? 0, data.weights?.[row] ?? 1, data.x.data, row * data.x.columns);
      addRow(moments, classCount, 1, data.x.data, row * data.x.columns);
      if (row % 256 === 255) await breathe();
    }
    return moments;
  },
  merge: mergeMoments,
  finish: (specification, moments) => modelOf(specification, moments),
};

const modelOf = (specification: GaussianNaiveBayes, { weights, means, squares }: Moments): FittedModel => {
  const { kind, varSmoothing } = specification;
  const classes = weights.length - 1;
  const columns = means.length / weights.length;
  const priors = logPriors(kind, weights.subarray(0, classes), specification);
  const rows = weights[classes] ?? 0;
  let largest = 0;
  for (const sum of squares.subarray(classes * columns)) largest = Math.max(largest, sum / rows);
  const smoothing = varSmoothing * largest;
  // Distances are from the middle of all rows: a column far from 0 then keeps its float32 digits.
  const middle = Float32Array.from(means.subarray(classes * columns));
  const factors = new Float32Array(classes * columns);
  const scores = new Float64Array(classes);
  const relative = Float32Array.from(means.subarray(0, classes * columns), (mean, at) => {
    const code = Math.floor(at / columns);
    const weight = weights[code] ?? 0;
    if (weight === 0) return 0;
    const spread = (squares[at] ?? 0) / weight + smoothing;
    if (spread === 0)
      throw new ArgumentError(
        `${kind}: column ${at % columns} is constant in class ${code} and varSmoothing adds nothing: raise it, or drop the column`,
      );
    factors[at] = Math.sqrt(0.5 / spread);
    scores[code] = (scores[code] ?? 0) - 0.5 * Math.log(2 * Math.PI * spread);
    return mean - (middle[at % columns] ?? 0);
  });
  const own = scores.map((score, code) => score + (priors[code] ?? 0));
  // A softmax does not see what all classes share: what is left keeps more digits.
  const best = Math.max(...own);
  return {
    parameters: {
      middle: { shape: [columns], data: middle },
      means: { shape: [classes, columns], data: relative },
      factors: { shape: [classes, columns], data: factors },
      scores: { shape: [classes], data: Float32Array.from(own, (score) => score - best) },
    },
    state: { classWeights: [...weights.subarray(0, classes)], smoothing },
  };
};

/** Floats a row that the squared distances of some classes take at a time: 32 MB at 8,192 rows. */
const togetherFloats = 1024;
/** Standard distances beyond are all as far: their squares' sum stays finite in float32. */
const farthest = 1e17;

const distances = (features: Tensor, parameters: NamedTensors): Tensor => {
  const rows = features.shape[0] ?? 0;
  const means = parameterOf(parameters, "means");
  const factors = parameterOf(parameters, "factors");
  const [classes = 0, columns = 0] = means.shape;
  const x = features.subtract(parameterOf(parameters, "middle")).reshape([rows, 1, columns]);
  const size = Math.max(1, Math.floor(togetherFloats / columns));
  const parts: Tensor[] = [];
  for (let from = 0; from < classes; from += size) {
    const count = Math.min(size, classes - from);
    const some = (table: Tensor): Tensor => table.slice([from, 0], [count, columns]).reshape([1, count, columns]);
    const apart = x.subtract(some(means)).multiply(some(factors)).absolute().minimum(farthest);
    parts.push(apart.square().sum({ axis: 2 }));
  }
  return concatenate(parts, 1);
};

export const gaussianDefinition: EstimatorDefinition<GaussianNaiveBayes, Moments> = {
  kind: "GaussianNaiveBayes",
  task: "classification",
  takesMissing: false,
  takesCategories: false,
  check: ({ kind, varSmoothing, priors }) => {
    checkNumber(kind, "varSmoothing", varSmoothing);
    checkPriors(kind, priors);
  },
  partial,
  fit: fitWhole(partial),
  apply: (_, __, features, parameters) => ({
    probabilities: parameterOf(parameters, "scores").subtract(distances(features, parameters)).softmax(),
  }),
  work: (_, { rows, columns }) => ({ flops: 8 * rows * columns, bytes: 4 * rows * columns }),
};
