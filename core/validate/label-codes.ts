// Labels as codes of their sorted distinct values: what every metric of classes works on.
import { LabelError, MetricError } from "./error.ts";

/** A class label: whole numbers, texts or truths, one kind in a list. */
export type ClassLabel = number | string | boolean;
/** Labels of rows: whole numbers, texts or booleans. */
export type Labels = ArrayLike<number> | readonly string[] | readonly boolean[];

/** Sorts as scikit-learn does: numbers by size, false before true, text by code unit. */
export const compareLabels = (left: ClassLabel, right: ClassLabel): number =>
  left < right ? -1 : left > right ? 1 : 0;

const checkLabel = (name: string, label: ClassLabel | undefined, row: number): ClassLabel => {
  if (label === undefined || (typeof label === "number" && !Number.isFinite(label)))
    throw new LabelError(`${name}: row ${row} has the label ${label}; a label is a finite number, text or truth`);
  return label;
};

/** The distinct labels of some lists, sorted. @throws LabelError naming a row without a label, or lists of two kinds */
export const distinctLabels = (...lists: readonly (readonly [name: string, labels: Labels])[]): ClassLabel[] => {
  const distinct = new Set<ClassLabel>();
  let kind: string | undefined;
  for (const [name, labels] of lists)
    for (let row = 0; row < labels.length; row++) {
      const label = checkLabel(name, labels[row], row);
      if (kind !== undefined && typeof label !== kind)
        throw new LabelError(`${name}: row ${row} has a ${typeof label} label, but others are ${kind}`);
      kind = typeof label;
      distinct.add(label);
    }
  return [...distinct].sort(compareLabels);
};

/** The code of each label in `classes`. @throws LabelError naming a label that is none of them */
export const codesOf = (name: string, labels: Labels, classes: readonly ClassLabel[]): Int32Array => {
  const codeOf = new Map(classes.map((label, code) => [label, code]));
  const codes = new Int32Array(labels.length);
  for (let row = 0; row < labels.length; row++) {
    const label = checkLabel(name, labels[row], row);
    const code = codeOf.get(label);
    if (code === undefined)
      throw new LabelError(`${name}: row ${row} has the label ${label}, which is none of ${classes.join(", ")}`);
    codes[row] = code;
  }
  return codes;
};

/** Weights of rows: as given, or 1 each. @throws MetricError on a wrong length, a negative or non-finite weight, or a zero sum */
export const checkWeights = (weights: ArrayLike<number> | undefined, rowCount: number): ArrayLike<number> => {
  if (rowCount === 0) throw new MetricError("a metric of no rows has no value: give at least one row");
  if (!weights) return new Float64Array(rowCount).fill(1);
  if (weights.length !== rowCount)
    throw new MetricError(`there are ${weights.length} weights for ${rowCount} rows; give one a row`);
  let sum = 0;
  for (let row = 0; row < rowCount; row++) {
    const weight = weights[row] ?? Number.NaN;
    if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY))
      throw new MetricError(`the weight of row ${row} is ${weight}; a weight is a finite number of at least 0`);
    sum += weight;
  }
  if (sum === 0) throw new MetricError("all weights are 0, so the metric has no value");
  return weights;
};

/** @throws MetricError when two lists of one value a row differ in length */
export const checkLengths = (leftName: string, left: number, rightName: string, right: number): void => {
  if (left !== right)
    throw new MetricError(`there are ${left} ${leftName} and ${right} ${rightName}; give one of each a row`);
};
