// IterativeImputer: gaps of each column predicted from the others, in rounds. The fit runs the rounds in float64 over all
// training rows and keeps the weights of each regression; the graph runs the same regressions over the rows it is given.
import { ArgumentError } from "@millrace/kernels";
import { breather } from "../model/breath.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { bayesianRidge, type RegressionSums } from "./bayesian-ridge.ts";
import { type KeptBatches, keepBatch, mergeBatches } from "./column-values.ts";
import { FitError } from "./error.ts";
import type { NamedTensors } from "./features.ts";
import { type GappedMatrix, type GappedStage, gappedMatrix, imputingStep } from "./gapped-matrix.ts";
import type { IterativeImputer } from "./imputation-specification.ts";
import { fittedVector, type NumericStepDefinition, type StepContext, taken } from "./numeric-step.ts";

/** A round costs the fourth power of these: at 1,000 a round takes hours. */
const mostColumns = 1000;

/** One regression: the column's gaps are rows · weights + intercept. */
interface Regression {
  readonly column: number;
  /** One a column, 0 for its own. */
  readonly weights: Float64Array;
  readonly intercept: number;
}

/** Sums over the rows that have the column, of the other columns about their means. */
const sumsOf = (
  { rows, width, values, present }: GappedMatrix,
  column: number,
  means: Float64Array,
): RegressionSums => {
  const others = width - 1;
  means.fill(0);
  let count = 0;
  for (let row = 0, at = 0; row < rows; row++, at += width) {
    if (present[at + column] === 0) continue;
    count++;
    for (let i = 0; i < width; i++) means[i] = (means[i] ?? 0) + (values[at + i] ?? 0);
  }
  for (let i = 0; i < width; i++) means[i] = (means[i] ?? 0) / count;
  // The target stands last, so that its products are the last line of one triangle.
  const order = [...means.keys()].filter((own) => own !== column).concat(column);
  const products = order.map((_, i) => new Float64Array(i + 1));
  const own = new Float64Array(width);
  for (let row = 0, at = 0; row < rows; row++, at += width) {
    if (present[at + column] === 0) continue;
    for (let i = 0; i < width; i++) {
      const place = order[i] ?? 0;
      own[i] = (values[at + place] ?? 0) - (means[place] ?? 0);
    }
    for (let i = 0; i < width; i++) {
      const line = products[i] ?? own;
      const value = own[i] ?? 0;
      for (let j = 0; j <= i; j++) line[j] = (line[j] ?? 0) + value * (own[j] ?? 0);
    }
  }
  const last = products[others] ?? own;
  return {
    count,
    products: products.slice(0, others).map((line) => Float64Array.from({ length: others }, (_, j) => line[j] ?? 0)),
    withTarget: last.slice(0, others),
    targetSquares: last[others] ?? 0,
  };
};

const regress = async (matrix: GappedMatrix, column: number, signal: StepContext["signal"]): Promise<Regression> => {
  const { width } = matrix;
  const means = new Float64Array(width);
  const found = await bayesianRidge(sumsOf(matrix, column, means), signal);
  const weights = new Float64Array(width);
  let intercept = means[column] ?? 0;
  for (let i = 0, at = 0; i < width; i++) {
    if (i === column) continue;
    const weight = found[at++] ?? 0;
    weights[i] = weight;
    intercept -= weight * (means[i] ?? 0);
  }
  return { column, weights, intercept };
};

/** Fills the gaps of a column. */
const predict = ({ rows, width, values, present }: GappedMatrix, { column, weights, intercept }: Regression): void => {
  for (let row = 0, at = 0; row < rows; row++, at += width) {
    if (present[at + column] !== 0) continue;
    let sum = intercept;
    for (let i = 0; i < width; i++) sum += (weights[i] ?? 0) * (values[at + i] ?? 0);
    values[at + column] = sum;
  }
};

/** The largest change of a row, its columns summed. */
const moved = ({ rows, width, values }: GappedMatrix, before: Float64Array): number => {
  let most = 0;
  for (let row = 0, at = 0; row < rows; row++) {
    let sum = 0;
    for (let i = 0; i < width; i++, at++) sum += Math.abs((values[at] ?? 0) - (before[at] ?? 0));
    most = Math.max(most, sum);
  }
  return most;
};

/** The regressions of all rounds, in the order in which they are applied. The matrix is filled on the way. */
const runRounds = async (
  matrix: GappedMatrix,
  { maxIterations, tolerance, skipComplete }: IterativeImputer,
  signal: StepContext["signal"],
): Promise<Regression[]> => {
  const { gaps, width } = matrix;
  const columns = [...gaps.keys()]
    .filter((column) => !skipComplete || (gaps[column] ?? 0) > 0)
    .sort((a, b) => (gaps[a] ?? 0) - (gaps[b] ?? 0) || a - b);
  const regressions: Regression[] = [];
  const breathe = breather(signal);
  for (let round = 0; width > 1 && round < maxIterations; round++) {
    const before = matrix.values.slice();
    for (const column of columns) {
      await breathe();
      const own = await regress(matrix, column, signal);
      predict(matrix, own);
      regressions.push(own);
    }
    if (moved(matrix, before) < tolerance * matrix.largest) break;
  }
  return regressions;
};

/** The same regressions over the rows of a graph. */
const applyRounds =
  (columns: readonly number[]) =>
  ({ x, present }: GappedStage, parameters: NamedTensors): Tensor => {
    const width = x.shape[1] ?? 0;
    const places = taken(parameters, "places");
    // One mask a column, used in every round.
    const masks = new Map(columns.map((column) => [column, present.not().and(places.equal(column))]));
    const weights = taken(parameters, "weights");
    const intercepts = taken(parameters, "intercepts");
    return columns.reduce((rows, column, at) => {
      const own = rows.matmul(weights.slice([at, 0], [1, width]), { transposeB: true });
      return masks.get(column)?.where(own.add(intercepts.slice([at], [1])), rows) ?? rows;
    }, x);
  };

/** See IterativeImputer. */
export const iterativeImputerDefinition: NumericStepDefinition<IterativeImputer, KeptBatches> = {
  takesMissing: true,
  fills: true,
  check: ({ maxIterations, tolerance, initialStrategy }) => {
    if (!(Number.isInteger(maxIterations) && maxIterations >= 0 && maxIterations <= 100))
      throw new ArgumentError(`maxIterations takes a whole number from 0 to 100, but got ${maxIterations}`);
    if (!(tolerance >= 0)) throw new ArgumentError(`tolerance takes a number from 0 on, but got ${tolerance}`);
    if (initialStrategy !== "mean" && initialStrategy !== "median")
      throw new ArgumentError(`initialStrategy takes "mean" or "median", but got ${JSON.stringify(initialStrategy)}`);
  },
  start: () => [],
  add: keepBatch,
  merge: mergeBatches,
  finish: async (step, kept, names, { signal }) => {
    if (names.length > mostColumns)
      throw new FitError(
        names[0] ?? "",
        -1,
        `IterativeImputer regresses each column on all others, and ${names.length} columns are more than ${mostColumns}: use a SimpleImputer, or several groups of columns`,
      );
    const matrix = gappedMatrix(kept, names, step.initialStrategy, step.kind);
    const regressions = await runRounds(matrix, step, signal);
    const parameters = {
      weights: { shape: [regressions.length, names.length], data: regressions.flatMap((own) => [...own.weights]) },
      intercepts: fittedVector(regressions.map((own) => own.intercept)),
      places: fittedVector(names.map((_, column) => column)),
    };
    return imputingStep(
      matrix,
      names,
      step.addIndicator,
      { parameters: regressions.length > 0 ? parameters : {}, locations: [] },
      regressions.length > 0 ? applyRounds(regressions.map((own) => own.column)) : ({ x }) => x,
    );
  },
};
