// Rows of a classification as every metric of classes reads them: codes, and scores [rows, classes] where there are any.
import { MetricError } from "../error.ts";
import { type ClassLabel, checkLengths, codesOf, distinctLabels, type Labels } from "../label-codes.ts";

/** What is known of the rows of a classification. */
export interface ClassRows {
  readonly classes: readonly ClassLabel[];
  /** Index of the class that figures of two classes speak of. */
  readonly positive: number;
  readonly truth: Int32Array;
  /** Codes of the predicted classes; the first largest probability's where only those are given. */
  readonly predicted: Int32Array | undefined;
  /** [rows, classes], row-major, each from 0 to 1. */
  readonly probabilities: ArrayLike<number> | undefined;
  /** Decision scores: [rows, classes], or of two classes one a row that speaks for the second. */
  readonly scores: ArrayLike<number> | undefined;
}

/** What classRows takes. */
export interface ClassData {
  /** The true class of each row. */
  readonly truth: Labels;
  /** The predicted class of each row. */
  readonly predictions?: Labels | undefined;
  /** [rows, classes] row-major, or of two classes one of the second a row. Each from 0 to 1. */
  readonly probabilities?: ArrayLike<number> | undefined;
  /** Decision scores, shaped as probabilities, of any finite size. */
  readonly scores?: ArrayLike<number> | undefined;
  /** The classes in the order of the columns; the sorted distinct labels if absent. */
  readonly classes?: readonly ClassLabel[] | undefined;
  /** Of two classes the one that figures speak of; the last if absent. */
  readonly positive?: ClassLabel | undefined;
}

const checkMatrix = (name: string, values: ArrayLike<number>, rows: number, width: number, unit: boolean): void => {
  checkLengths(`${name} (rows times classes)`, values.length, "wanted", rows * width);
  for (let at = 0; at < values.length; at++) {
    const value = values[at] ?? Number.NaN;
    if (unit ? !(value >= 0 && value <= 1) : !Number.isFinite(value))
      throw new MetricError(
        `${name}: row ${Math.floor(at / width)} has ${value}; each is ${unit ? "between 0 and 1" : "a finite number"}`,
      );
  }
};

const firstLargest = (values: ArrayLike<number>, rows: number, width: number): Int32Array => {
  const codes = new Int32Array(rows);
  for (let row = 0; row < rows; row++)
    for (let column = 1; column < width; column++)
      if ((values[row * width + column] ?? 0) > (values[row * width + (codes[row] ?? 0)] ?? 0)) codes[row] = column;
  return codes;
};

/**
 * Checks the rows of a classification.
 * @throws LabelError on a missing or unknown label, MetricError on no rows, wrong lengths, a NaN or a value out of range
 */
export const classRows = (data: ClassData): ClassRows => {
  const rows = data.truth.length;
  if (rows === 0) throw new MetricError("a metric of no rows has no value: give at least one row");
  const lists: [string, Labels][] = [["truth", data.truth]];
  if (data.predictions) lists.push(["predictions", data.predictions]);
  const classes = data.classes ?? distinctLabels(...lists);
  if (data.predictions) checkLengths("true labels", rows, "predictions", data.predictions.length);
  const positive = data.positive === undefined ? classes.length - 1 : classes.indexOf(data.positive);
  if (positive < 0) throw new MetricError(`the positive class ${data.positive} is none of ${classes.join(", ")}`);
  const width = classes.length;
  const { scores } = data;
  if (scores) checkMatrix("scores", scores, rows, width === 2 && scores.length === rows ? 1 : width, false);
  let probabilities = data.probabilities;
  if (probabilities) {
    const single = width === 2 && probabilities.length === rows;
    checkMatrix("probabilities", probabilities, rows, single ? 1 : width, true);
    const given = probabilities;
    if (single)
      probabilities = Float64Array.from({ length: 2 * rows }, (_, at) => {
        const second = given[at >> 1] ?? Number.NaN;
        return at % 2 === 1 ? second : 1 - second;
      });
  }
  return {
    classes,
    positive,
    truth: codesOf("truth", data.truth, classes),
    predicted: data.predictions
      ? codesOf("predictions", data.predictions, classes)
      : probabilities && firstLargest(probabilities, rows, width),
    probabilities,
    scores,
  };
};

/** The predicted classes. @throws MetricError where there are none */
export const predictedOf = (rows: ClassRows): Int32Array => {
  if (!rows.predicted)
    throw new MetricError("this metric takes predicted classes: give `predictions` or `probabilities`");
  return rows.predicted;
};

/** The probabilities. @throws MetricError where there are none */
export const probabilitiesOf = (rows: ClassRows): ArrayLike<number> => {
  if (!rows.probabilities) throw new MetricError("this metric takes `probabilities`, [rows, classes]");
  return rows.probabilities;
};
