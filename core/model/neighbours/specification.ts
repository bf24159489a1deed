// Nearest neighbours as plain values.
import { constructorOf } from "../constructor-of.ts";

/** How far two rows are: the length of their difference, the sum of its magnitudes, or 1 minus the cosine of their angle. */
export type NeighbourMetric = "euclidean" | "manhattan" | "cosine";

interface NeighbourOptions {
  /** Training rows that answer together. Default 5. */
  readonly nNeighbors: number;
  /** "uniform" (default): each counts alike; "distance": by 1 / distance, and where some are at 0 those alone. */
  readonly weights: "uniform" | "distance";
  /** Default "euclidean". */
  readonly metric: NeighbourMetric;
}

/** The class that most of the nearest training rows have. */
export interface KNeighborsClassifier extends NeighbourOptions {
  readonly kind: "KNeighborsClassifier";
}

/** The mean of the nearest training rows. */
export interface KNeighborsRegressor extends NeighbourOptions {
  readonly kind: "KNeighborsRegressor";
}

const defaults = { nNeighbors: 5, weights: "uniform", metric: "euclidean" } as const;

/**
 * K nearest neighbours for classes, as scikit-learn's. Defaults: nNeighbors 5, weights "uniform", metric "euclidean".
 * @example kNeighborsClassifier({ nNeighbors: 3, weights: "distance" })
 */
export const kNeighborsClassifier = /* @__PURE__ */ constructorOf<KNeighborsClassifier>({
  kind: "KNeighborsClassifier",
  ...defaults,
});

/**
 * K nearest neighbours for quantities, as scikit-learn's. Defaults: nNeighbors 5, weights "uniform", metric "euclidean".
 * @example kNeighborsRegressor({ metric: "manhattan" })
 */
export const kNeighborsRegressor = /* @__PURE__ */ constructorOf<KNeighborsRegressor>({
  kind: "KNeighborsRegressor",
  ...defaults,
});
