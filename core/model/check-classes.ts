// What classifiers that cannot do with one class ask of their rows.
import { ArgumentError } from "@millrace/kernels";
import type { FitData } from "./estimator.ts";

/** @throws ArgumentError unless rows of at least two classes have weight */
export const classesApart = (
  kind: string,
  { codes, classCount = 0, weights }: FitData,
): { readonly codes: Int32Array; readonly classCount: number } => {
  if (!codes) throw new ArgumentError(`${kind}: a classification takes codes, the class of each row`);
  const seen = new Set(codes.filter((_, row) => (weights?.[row] ?? 1) > 0));
  if (seen.size < 2 || classCount < 2)
    throw new ArgumentError(`${kind} tells classes apart, but the rows have ${seen.size}; it takes two or more`);
  return { codes, classCount };
};
