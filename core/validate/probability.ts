// Metrics of predicted probabilities and scores, in float64 with scikit-learn's meaning: ROC AUC and log loss.
import type { MetricOptions } from "./classification.ts";
import { LabelError, MetricError } from "./error.ts";
import { type ClassLabel, checkLengths, checkWeights, codesOf, distinctLabels, type Labels } from "./label-codes.ts";

const checkScores = (scores: ArrayLike<number>, columns: number): void => {
  for (let i = 0; i < scores.length; i++)
    if (!Number.isFinite(scores[i]))
      throw new MetricError(`the score of row ${Math.floor(i / columns)} is ${scores[i]}; scores are finite numbers`);
};

/** Area under the ROC curve of one class against all others: pairs ranked right, ties half, each pair by its weights. */
const areaOf = (
  positive: (row: number) => boolean,
  score: (row: number) => number,
  weights: ArrayLike<number>,
  rowCount: number,
): number => {
  const scores = Float64Array.from({ length: rowCount }, (_, row) => score(row));
  const order = Uint32Array.from({ length: rowCount }, (_, row) => row).sort(
    (left, right) => (scores[left] ?? 0) - (scores[right] ?? 0),
  );
  let area = 0;
  let negativesBelow = 0;
  let positives = 0;
  for (let begin = 0; begin < rowCount; ) {
    const value = scores[order[begin] ?? 0];
    let positiveHere = 0;
    let negativeHere = 0;
    let end = begin;
    for (; end < rowCount && scores[order[end] ?? 0] === value; end++) {
      const row = order[end] ?? 0;
      if (positive(row)) positiveHere += weights[row] ?? 0;
      else negativeHere += weights[row] ?? 0;
    }
    area += positiveHere * (negativesBelow + negativeHere / 2);
    negativesBelow += negativeHere;
    positives += positiveHere;
    begin = end;
  }
  return area / (positives * negativesBelow);
};

/** Options of rocAuc. */
export interface RocAucOptions extends MetricOptions {
  /** Of two classes, the one that high scores speak for; the last of the two sorted classes if absent. */
  readonly positive?: ClassLabel;
  /** The classes in the order of the columns of `scores`; the sorted distinct labels of the truth if absent. */
  readonly classes?: readonly ClassLabel[];
}

const checkAllPresent = (classes: readonly ClassLabel[], codes: Int32Array, weights: ArrayLike<number>): void => {
  const mass = new Float64Array(classes.length);
  codes.forEach((code, row) => {
    mass[code] = (mass[code] ?? 0) + (weights[row] ?? 0);
  });
  const empty = mass.indexOf(0);
  if (classes.length < 2 || empty >= 0)
    throw new LabelError(
      `ROC AUC compares rows of a class with rows of others, but the truth has ${
        classes.length < 2 ? `only the class ${classes[0]}` : `no row of weight of the class ${classes[empty]}`
      }`,
    );
};

/**
 * Area under the ROC curve. Of two classes: from one score a row, or from the positive class's column of [rows, 2]. Of more:
 * from a matrix of scores [rows, classes], row-major, each class against all others, averaged without weights
 * (scikit-learn's multi_class="ovr", average="macro").
 * @throws LabelError when a class has no row, MetricError on wrong lengths or a score that is not finite
 * @example
 * rocAuc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]); // 0.75
 */
export const rocAuc = (truth: Labels, scores: ArrayLike<number>, options: RocAucOptions = {}): number => {
  const classes = options.classes ?? distinctLabels(["truth", truth]);
  const codes = codesOf("truth", truth, classes);
  const weights = checkWeights(options.weights, truth.length);
  checkAllPresent(classes, codes, weights);
  const width = scores.length === truth.length ? 1 : classes.length;
  checkLengths("scores (rows times classes)", scores.length, "wanted", truth.length * width);
  checkScores(scores, width);
  if (width === 1 && classes.length > 2)
    throw new MetricError(`one score a row is for two classes, but there are ${classes.length}: give [rows, classes]`);
  const area = (own: number, column: number): number =>
    areaOf(
      (row) => codes[row] === own,
      (row) => scores[row * width + column] ?? Number.NaN,
      weights,
      codes.length,
    );
  if (classes.length === 2) {
    const positive = options.positive === undefined ? 1 : classes.indexOf(options.positive);
    if (positive < 0) throw new MetricError(`the positive class ${options.positive} is none of ${classes.join(", ")}`);
    return area(positive, width === 1 ? 0 : positive);
  }
  return classes.reduce<number>((sum, _, own) => sum + area(own, own), 0) / width;
};

/** Options of logLoss. */
export interface LogLossOptions extends MetricOptions {
  /** The classes in the order of the columns of `probabilities`; the sorted distinct labels of the truth if absent. */
  readonly classes?: readonly ClassLabel[];
}

const epsilon = 2 ** -52;
const clip = (probability: number): number => Math.min(Math.max(probability, epsilon), 1 - epsilon);

/**
 * Mean negative logarithm of the probability given to the true class, probabilities clipped to [2^-52, 1 - 2^-52] as
 * scikit-learn clips float64. Takes [rows, classes] row-major, or with two classes one probability of the second a row.
 * @throws LabelError on one class only or an unknown label, MetricError on wrong lengths or a value outside 0..1
 * @example
 * logLoss([0, 1], [0.1, 0.8]); // (-ln 0.9 - ln 0.8) / 2
 */
export const logLoss = (truth: Labels, probabilities: ArrayLike<number>, options: LogLossOptions = {}): number => {
  const classes = options.classes ?? distinctLabels(["truth", truth]);
  if (classes.length < 2)
    throw new LabelError(
      `log loss takes at least two classes, but there is only ${classes[0]}: name all in \`classes\``,
    );
  const codes = codesOf("truth", truth, classes);
  const weights = checkWeights(options.weights, truth.length);
  const single = classes.length === 2 && probabilities.length === truth.length;
  const width = single ? 1 : classes.length;
  checkLengths("probabilities", probabilities.length, "wanted (rows times classes)", truth.length * width);
  let loss = 0;
  let total = 0;
  codes.forEach((code, row) => {
    for (let column = 0; column < width; column++) {
      const given = probabilities[row * width + column] ?? Number.NaN;
      if (!(given >= 0 && given <= 1))
        throw new MetricError(`row ${row} has the probability ${given}, which is not between 0 and 1`);
    }
    const given = single ? (probabilities[row] ?? Number.NaN) : (probabilities[row * width + code] ?? Number.NaN);
    const weight = weights[row] ?? 0;
    loss -= weight * Math.log(clip(single && code === 0 ? 1 - given : given));
    total += weight;
  });
  return loss / total;
};
