// P(class) and what naive Bayes asks of its rows, whichever its features are.
import { ArgumentError } from "@millrace/kernels";
import { checkOption } from "../check-option.ts";
import type { FitData } from "../estimator.ts";

/** @throws ArgumentError unless priors are null, or at least 0 and of sum 1 */
export const checkPriors = (kind: string, priors: readonly number[] | null): void => {
  const sum = priors?.reduce((total, prior) => total + prior, 0) ?? 1;
  const holds = Math.abs(sum - 1) <= 1e-9 && (priors ?? []).every((prior) => prior >= 0);
  checkOption(kind, "priors", holds, "null, or a number of at least 0 for each class with a sum of 1", priors);
};

/** Labelled rows of a fit. */
export interface ClassRows {
  readonly codes: Int32Array;
  readonly classCount: number;
}

/** @throws ArgumentError when the rows have no classes */
export const classRowsOf = (kind: string, { codes, classCount }: FitData): ClassRows => {
  if (!codes || classCount === undefined)
    throw new ArgumentError(`${kind} is fitted on classes: give codes and classCount`);
  const wrong = codes.findIndex((code) => !(code >= 0 && code < classCount));
  if (wrong >= 0)
    throw new ArgumentError(`the class of row ${wrong} is ${codes[wrong]}; codes go from 0 to ${classCount - 1}`);
  return { codes, classCount };
};

/**
 * Logarithm of P(class); -Infinity for a class of no weight.
 * @throws ArgumentError when the priors are not one a class, or no row has weight
 */
export const logPriors = (
  kind: string,
  weightOfClass: Float64Array,
  { priors, fitPrior = true }: { readonly priors: readonly number[] | null; readonly fitPrior?: boolean },
): Float64Array => {
  const classes = weightOfClass.length;
  if (priors && priors.length !== classes)
    throw new ArgumentError(`${kind}: there are ${priors.length} priors for ${classes} classes; give one each`);
  const total = weightOfClass.reduce((sum, weight) => sum + weight, 0);
  if (total === 0) throw new ArgumentError(`${kind}: all rows have the weight 0; give some row more`);
  return weightOfClass.map((weight, code) =>
    Math.log(priors ? (priors[code] ?? 0) : fitPrior ? weight / total : 1 / classes),
  );
};
