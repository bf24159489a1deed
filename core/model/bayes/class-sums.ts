// Sums of features by class, weighted: all that multinomial and Bernoulli naive Bayes learn from rows.
import { ArgumentError } from "@millrace/kernels";
import { breather } from "../breath.ts";
import type { FitContext, FitData } from "../estimator.ts";
import { classRowsOf } from "./prior.ts";

export interface ClassSums {
  /** Sum of weights of each class. */
  readonly weights: Float64Array;
  /** [classes, columns]: sums of weight times feature. */
  readonly sums: Float64Array;
}

export const startSums = (classes: number, columns: number): ClassSums => ({
  weights: new Float64Array(classes),
  sums: new Float64Array(classes * columns),
});

/** @throws ArgumentError when the classes differ */
export const mergeSums = (left: ClassSums, right: ClassSums): ClassSums => {
  const add = (a: Float64Array, b: Float64Array): Float64Array => {
    if (a.length !== b.length)
      throw new ArgumentError(`fits of ${a.length} and ${b.length} sums do not merge: classes and columns must agree`);
    return a.map((value, i) => value + (b[i] ?? 0));
  };
  return { weights: add(left.weights, right.weights), sums: add(left.sums, right.sums) };
};

/** The sums with the rows of `data`, each feature taken by `read`. */
export const addToSums = async (
  kind: string,
  before: ClassSums,
  data: FitData,
  { signal }: FitContext,
  read: (value: number, at: number) => number,
): Promise<ClassSums> => {
  const { codes, classCount } = classRowsOf(kind, data);
  const { rows, columns, data: values } = data.x;
  if (before.weights.length !== classCount)
    throw new ArgumentError(`${kind}: the fit has ${before.weights.length} classes, but the rows have ${classCount}`);
  const weights = before.weights.slice();
  const sums = before.sums.slice();
  const breathe = breather(signal);
  for (let row = 0; row < rows; row++) {
    const weight = data.weights?.[row] ?? 1;
    const code = codes[row] ?? 0;
    weights[code] = (weights[code] ?? 0) + weight;
    for (let column = 0; column < columns; column++) {
      const at = code * columns + column;
      sums[at] = (sums[at] ?? 0) + weight * read(values[row * columns + column] ?? 0, row * columns + column);
    }
    if (row % 256 === 255) await breathe();
  }
  return { weights, sums };
};
