// Weights of rows times those of their classes, for every classifier that takes classWeight.
import { ArgumentError } from "@millrace/kernels";
import { checkOption } from "./check-option.ts";
import type { FitData } from "./estimator.ts";

/** Weight of each class by its code, or "balanced": rows / (classes that occur * rows of the class); null is 1 each. */
export type ClassWeight = "balanced" | readonly number[] | null;

/** @throws ArgumentError unless the option is a weighting of classes */
export const checkClassWeight = (kind: string, classWeight: ClassWeight): void =>
  checkOption(
    kind,
    "classWeight",
    classWeight === null ||
      classWeight === "balanced" ||
      (Array.isArray(classWeight) && classWeight.every((weight) => Number.isFinite(weight) && weight >= 0)),
    '"balanced", null or a weight of at least 0 for each class',
    classWeight,
  );

/** @throws ArgumentError when there are not as many weights as classes */
export const rowWeights = (
  { x, codes, weights, classCount = 0 }: FitData,
  classWeight: ClassWeight | undefined,
): Float64Array => {
  const own = weights ? weights.slice() : new Float64Array(x.rows).fill(1);
  if (!codes || !classWeight) return own;
  const counts = new Float64Array(classCount);
  for (const code of codes) counts[code] = (counts[code] ?? 0) + 1;
  if (classWeight !== "balanced" && classWeight.length !== classCount)
    throw new ArgumentError(`classWeight has ${classWeight.length} weights, but there are ${classCount} classes`);
  // As scikit-learn, rows divided by the classes that occur times the rows of this one.
  const present = counts.filter((count) => count > 0).length;
  for (let row = 0; row < own.length; row++) {
    const code = codes[row] ?? 0;
    const factor = classWeight === "balanced" ? x.rows / (present * (counts[code] ?? 1)) : (classWeight[code] ?? 1);
    own[row] = (own[row] ?? 0) * factor;
  }
  return own;
};
