// Logistic regression over a matrix, to its optimum in float64 by L-BFGS. Features are centred and divided by their deviations
// while it runs, with the penalty still on the coefficients as they are: the optimum is the same and is reached in tens of
// iterations where raw features take thousands.
import { type Evaluation, lbfgsIteration, startLbfgs } from "../../optim/lbfgs.ts";
import { breather } from "../breath.ts";
import { classesApart } from "../check-classes.ts";
import { checkNetwork } from "../check-network.ts";
import { checkOption } from "../check-option.ts";
import type { EstimatorDefinition, FitContext, FitData, FittedModel } from "../estimator.ts";
import { parameterOf } from "../parameter-of.ts";
import type { LogisticRegression } from "../specification.ts";
import { addMultiple, dot } from "./householder.ts";
import { centreOf } from "./least-squares.ts";

/** Rows as the solver has them: features standardised, weights of sum 1, one logit for two classes. */
interface Rows {
  readonly features: readonly Float64Array[];
  readonly codes: Int32Array;
  readonly weights: Float64Array;
  /** Squared deviations of the columns: what a coefficient of a standardised feature squared is divided by. */
  readonly variances: Float64Array;
  readonly logits: number;
}

/** Mean cross-entropy and penalty, and their gradient by [logits, columns + 1], the intercept last. */
const objectiveOf = (
  { features, codes, weights, variances, logits }: Rows,
  l2: number,
  breathe: () => Promise<void> | undefined,
) => {
  const columns = variances.length;
  const width = columns + 1;
  /** With one logit, the first class has 0. */
  const first = logits === 1 ? 1 : 0;
  return async (point: Float64Array): Promise<Evaluation> => {
    const gradient = new Float64Array(point.length);
    const parts = Array.from({ length: logits }, (_, k) => point.subarray(k * width, k * width + columns));
    const slopes = Array.from({ length: logits }, (_, k) => gradient.subarray(k * width, k * width + columns));
    const scores = new Float64Array(logits + first);
    let value = 0;
    for (let row = 0; row < features.length; row++) {
      if (row % 64 === 0) await breathe();
      const own = features[row];
      const weight = weights[row] ?? 0;
      if (!own || weight === 0) continue;
      parts.forEach((part, k) => {
        scores[k + first] = dot(part, own) + (point[k * width + columns] ?? 0);
      });
      const most = scores.reduce((left, right) => Math.max(left, right));
      const total = scores.reduce((sum, score) => sum + Math.exp(score - most), 0);
      const code = codes[row] ?? 0;
      value += weight * (most + Math.log(total) - (scores[code] ?? 0));
      slopes.forEach((slope, k) => {
        const probability = Math.exp((scores[k + first] ?? 0) - most) / total;
        const factor = weight * (probability - Number(code === k + first));
        addMultiple(slope, factor, own);
        gradient[k * width + columns] = (gradient[k * width + columns] ?? 0) + factor;
      });
    }
    parts.forEach((part, k) => {
      variances.forEach((variance, column) => {
        const coefficient = part[column] ?? 0;
        value += (l2 * coefficient * coefficient) / (2 * variance);
        const at = k * width + column;
        gradient[at] = (gradient[at] ?? 0) + (l2 * coefficient) / variance;
      });
    });
    return { value, gradient };
  };
};

const fit = async (
  { l2, epochs }: LogisticRegression,
  data: FitData,
  { signal, report }: FitContext,
): Promise<FittedModel> => {
  const { codes, classCount } = classesApart("LogisticRegression", data);
  const { rows, columns, data: x } = data.x;
  const total = data.weights?.reduce((sum, weight) => sum + weight, 0) ?? rows;
  const weights = Float64Array.from({ length: rows }, (_, row) => (data.weights?.[row] ?? 1) / total);
  const { mean } = centreOf({ rows, columns, x, y: new Float64Array(rows), weights: data.weights });
  const origin = Float32Array.from(mean);
  const features = Array.from({ length: rows }, (_, row) =>
    Float64Array.from({ length: columns }, (_, k) => (x[row * columns + k] ?? 0) - (origin[k] ?? 0)),
  );
  const variances = new Float64Array(columns);
  features.forEach((own, row) => {
    for (let k = 0; k < columns; k++) variances[k] = (variances[k] ?? 0) + (weights[row] ?? 0) * (own[k] ?? 0) ** 2;
  });
  // A constant column is left as it is: it varies by rounding alone, which must not be blown up.
  const deviations = variances.map((variance, k) =>
    variance > (1e-7 * (origin[k] ?? 0)) ** 2 ? Math.sqrt(variance) : 1,
  );
  for (const own of features)
    deviations.forEach((deviation, k) => {
      own[k] = (own[k] ?? 0) / deviation;
    });
  const logits = classCount === 2 ? 1 : classCount;
  const width = columns + 1;
  const own = { features, codes, weights, variances: deviations.map((deviation) => deviation ** 2), logits };
  const objective = objectiveOf(own, l2, breather(signal));
  let state = await startLbfgs(new Float64Array(logits * width), objective);
  while (state.iteration < epochs && !state.converged) {
    state = await lbfgsIteration(state, objective);
    const { iteration, value: loss } = state;
    const fraction = state.converged ? 1 : iteration / epochs;
    report?.({ step: iteration, epoch: iteration, epochs, fraction, loss });
  }
  const coefficients = new Float32Array(columns * classCount);
  const atOrigin = new Float32Array(classCount);
  for (let k = 0; k < logits; k++) {
    const code = logits === 1 ? 1 : k;
    atOrigin[code] = state.point[k * width + columns] ?? 0;
    deviations.forEach((deviation, column) => {
      coefficients[column * classCount + code] = (state.point[k * width + column] ?? 0) / deviation;
    });
  }
  return {
    parameters: {
      origin: { shape: [columns], data: origin },
      coefficients: { shape: [columns, classCount], data: coefficients },
      atOrigin: { shape: [classCount], data: atOrigin },
    },
    state: { iterations: state.iteration, converged: state.converged, objective: state.value },
  };
};

/** Probabilities of the classes. State: iterations, whether the optimum was reached, and the objective there. */
export const logisticRegressionDefinition: EstimatorDefinition<LogisticRegression> = {
  kind: "LogisticRegression",
  task: "classification",
  takesMissing: false,
  takesCategories: false,
  check: (specification) => {
    checkNetwork(specification);
    const { kind, solver } = specification;
    checkOption(kind, "solver", solver !== "adam", '"lbfgs" for arrays ("adam" is for tables)', solver);
  },
  fit,
  apply: (_, _state, features, parameters) => ({
    probabilities: features
      .subtract(parameterOf(parameters, "origin"))
      .matmul(parameterOf(parameters, "coefficients"))
      .add(parameterOf(parameters, "atOrigin"))
      .softmax(),
  }),
  work: ({ epochs }, { rows, columns, classes }) => ({
    flops: 4 * rows * columns * (classes > 2 ? classes : 1) * epochs,
    bytes: 8 * rows * columns * epochs,
  }),
};
