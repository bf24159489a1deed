// K nearest neighbours: the training rows are the model (Fix and Hodges 1951; Cover and Hart 1967). Found by brute force, which
// a matrix product makes the fastest way in more than a few columns.
import { ArgumentError } from "@millrace/kernels";
import type { NamedTensors } from "../../preprocess/features.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkCount, checkOption } from "../check-option.ts";
import type { EstimatorDefinition, Plain } from "../estimator.ts";
import { parameterOf } from "../parameter-of.ts";
import { nearest, storeRows } from "./nearest.ts";
import type { KNeighborsClassifier, KNeighborsRegressor } from "./specification.ts";

type Neighbours = KNeighborsClassifier | KNeighborsRegressor;

const check = ({ kind, nNeighbors, weights, metric }: Neighbours): void => {
  checkCount(kind, "nNeighbors", nNeighbors);
  checkOption(kind, "weights", ["uniform", "distance"].includes(weights), '"uniform" or "distance"', weights);
  const metrics = ["euclidean", "manhattan", "cosine"];
  checkOption(kind, "metric", metrics.includes(metric), '"euclidean", "manhattan" or "cosine"', metric);
};

const checkRows = ({ kind, nNeighbors }: Neighbours, rows: number, weights: Float64Array | undefined): void => {
  if (nNeighbors > rows)
    throw new ArgumentError(`${kind}: nNeighbors is ${nNeighbors}, but there are ${rows} training rows to be near`);
  if (weights?.some((weight) => weight !== 1))
    throw new ArgumentError(`${kind} takes no weights of rows: leave them out, or repeat rows`);
};

/** The nearest rows' answers [rows, neighbours] and what each counts, adding up to 1. */
const answersOf = (specification: Neighbours, features: Tensor, parameters: NamedTensors) => {
  const { nNeighbors, metric, weights } = specification;
  const { distances, indices } = nearest(features, metric, parameters, nNeighbors);
  const answers = parameterOf(parameters, "answers").gather(indices);
  if (weights === "uniform") return { answers, shares: undefined };
  const atZero = distances.equal(0);
  const someAtZero = atZero.to("f32").max({ axis: 1, keepDimensions: true }).greater(0);
  // Relative to the nearest, so that no quotient overflows.
  const least = distances.min({ axis: 1, keepDimensions: true });
  const counted = someAtZero.where(atZero.to("f32"), least.divide(distances));
  return { answers, shares: counted.divide(counted.sum({ axis: 1, keepDimensions: true })) };
};

const work = (_: Neighbours, { rows, columns }: { readonly rows: number; readonly columns: number }) => ({
  flops: 3 * rows * columns,
  bytes: 8 * rows * columns,
});

const classCountOf = (state: Plain): number => {
  const count = state && typeof state === "object" && "classCount" in state ? state.classCount : undefined;
  if (typeof count === "number") return count;
  throw new ArgumentError("the state of a nearest-neighbours classifier says no classCount");
};

export const kNeighborsClassifierDefinition: EstimatorDefinition<KNeighborsClassifier> = {
  kind: "KNeighborsClassifier",
  task: "classification",
  takesMissing: false,
  takesCategories: false,
  check,
  fit: async (specification, { x, codes, classCount, weights }, context) => {
    const { kind, metric } = specification;
    if (!codes || classCount === undefined)
      throw new ArgumentError(`${kind} is fitted on classes: give codes and classCount`);
    checkRows(specification, x.rows, weights);
    const stored = await storeRows(x, metric, context);
    return {
      parameters: { ...stored, answers: { shape: [x.rows], data: Int32Array.from(codes) } },
      state: { classCount },
    };
  },
  apply: (specification, state, features, parameters) => {
    const { answers, shares } = answersOf(specification, features, parameters);
    const votes = answers.oneHot(classCountOf(state));
    const [rows = 0, count = 0] = answers.shape;
    return {
      probabilities: shares
        ? votes.multiply(shares.reshape([rows, count, 1])).sum({ axis: 1 })
        : votes.sum({ axis: 1 }).divide(count),
    };
  },
  work,
};

export const kNeighborsRegressorDefinition: EstimatorDefinition<KNeighborsRegressor> = {
  kind: "KNeighborsRegressor",
  task: "regression",
  takesMissing: false,
  takesCategories: false,
  check,
  fit: async (specification, { x, target, weights }, context) => {
    const { kind, metric } = specification;
    if (!target) throw new ArgumentError(`${kind} is fitted on quantities: give a target`);
    checkRows(specification, x.rows, weights);
    const stored = await storeRows(x, metric, context);
    return { parameters: { ...stored, answers: { shape: [x.rows], data: Float32Array.from(target) } }, state: null };
  },
  apply: (specification, _, features, parameters) => {
    const { answers, shares } = answersOf(specification, features, parameters);
    return { prediction: shares ? answers.multiply(shares).sum({ axis: 1 }) : answers.mean({ axis: 1 }) };
  },
  work,
};
