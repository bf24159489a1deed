// A fitted step that multiplies rows by a matrix: what PCA, truncated SVD and random projections come to.
import type { FittedStep } from "./numeric-step.ts";
import { fittedVector, taken } from "./numeric-step.ts";

/** What a projection is made of. */
export interface Projection {
  /** [features][width]. */
  readonly components: readonly ArrayLike<number>[];
  /** Taken off the rows before; left out: none. */
  readonly mean?: ArrayLike<number> | undefined;
  /** "pca" names the features pca0, pca1 and so on, as scikit-learn does. */
  readonly prefix: string;
  readonly width: number;
  readonly found?: FittedStep["found"];
}

export const projectionStep = ({ components, mean, prefix, width, found }: Projection): FittedStep => {
  const size = components.length;
  const weights = Array.from({ length: width * size }, (_, at) => components[at % size]?.[Math.floor(at / size)] ?? 0);
  return {
    parameters: {
      weights: { shape: [width, size], data: weights },
      ...(mean ? { mean: fittedVector(Array.from(mean)) } : {}),
    },
    locations: mean ? ["mean"] : [],
    ...(found ? { found } : {}),
    featureNames: components.map((_, i) => `${prefix}${i}`),
    apply: ({ matrix }, parameters) => {
      const centred = mean ? matrix.subtract(taken(parameters, "mean")) : matrix;
      return { matrix: centred.matmul(taken(parameters, "weights")) };
    },
  };
};
