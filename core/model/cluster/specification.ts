// Clustering as plain values.
import { constructorOf } from "../constructor-of.ts";

interface CentreOptions {
  /** Default 8. */
  readonly nClusters: number;
  /** "k-means++" (default; greedy, as scikit-learn's) or "random": rows drawn alike. */
  readonly init: "k-means++" | "random";
  /** Starts, of which the one of the least inertia stays. Default 1. */
  readonly nInit: number;
}

/** K-means by Lloyd's iterations. */
export interface KMeans extends CentreOptions {
  readonly kind: "KMeans";
  /** Iterations of each start at most. Default 300. */
  readonly maxIter: number;
  /** Ends when all centres together moved by a square of no more than this part of the mean variance. Default 1e-4. */
  readonly tol: number;
}

/** K-means by batches of rows, each moving the centres by less. */
export interface MiniBatchKMeans extends CentreOptions {
  readonly kind: "MiniBatchKMeans";
  /** Rows of a batch. Default 1024. */
  readonly batchSize: number;
  /** Passes over the rows at most. Default 100. */
  readonly maxIter: number;
  /** Batches without a lower smoothed inertia that end the fit. Default 10. */
  readonly maxNoImprovement: number;
}

/** How far a mixture's components are free: each its own matrix, one for all, its own axes, or its own radius. */
export type CovarianceType = "full" | "tied" | "diag" | "spherical";

/** A mixture of normal distributions, by expectation and maximisation. */
export interface GaussianMixture {
  readonly kind: "GaussianMixture";
  /** Default 1. */
  readonly nComponents: number;
  /** Default "full". */
  readonly covarianceType: CovarianceType;
  /** Ends when the mean log-likelihood of a row changes by less. Default 1e-3. */
  readonly tol: number;
  /** Added to every variance. Default 1e-6. */
  readonly regCovar: number;
  /** Default 100. */
  readonly maxIter: number;
  /** Starts, each from a k-means of its own, of which the likeliest stays. Default 1. */
  readonly nInit: number;
}

/** Clusters of whatever shape: rows near enough to dense rows. */
export interface DBSCAN {
  readonly kind: "DBSCAN";
  /** Euclidean distance up to which rows are neighbours. Default 0.5. */
  readonly eps: number;
  /** Neighbours, itself among them and by weight, that make a row dense (a core). Default 5. */
  readonly minSamples: number;
}

/**
 * K-means, as scikit-learn's. Defaults: nClusters 8, init "k-means++", nInit 1, maxIter 300, tol 1e-4.
 * @example kMeans({ nClusters: 3, nInit: 10 })
 */
export const kMeans = /* @__PURE__ */ constructorOf<KMeans>({
  kind: "KMeans",
  nClusters: 8,
  init: "k-means++",
  nInit: 1,
  maxIter: 300,
  tol: 1e-4,
});

/**
 * K-means by batches, as scikit-learn's. Defaults: nClusters 8, init "k-means++", nInit 1, batchSize 1024, maxIter 100,
 * maxNoImprovement 10.
 * @example miniBatchKMeans({ nClusters: 3 })
 */
export const miniBatchKMeans = /* @__PURE__ */ constructorOf<MiniBatchKMeans>({
  kind: "MiniBatchKMeans",
  nClusters: 8,
  init: "k-means++",
  nInit: 1,
  batchSize: 1024,
  maxIter: 100,
  maxNoImprovement: 10,
});

/**
 * A Gaussian mixture, as scikit-learn's. Defaults: nComponents 1, covarianceType "full", tol 1e-3, regCovar 1e-6,
 * maxIter 100, nInit 1.
 * @example gaussianMixture({ nComponents: 3, covarianceType: "diag" })
 */
export const gaussianMixture = /* @__PURE__ */ constructorOf<GaussianMixture>({
  kind: "GaussianMixture",
  nComponents: 1,
  covarianceType: "full",
  tol: 1e-3,
  regCovar: 1e-6,
  maxIter: 100,
  nInit: 1,
});

/**
 * DBSCAN, as scikit-learn's. Defaults: eps 0.5, minSamples 5.
 * @example dbscan({ eps: 0.3 })
 */
export const dbscan = /* @__PURE__ */ constructorOf<DBSCAN>({ kind: "DBSCAN", eps: 0.5, minSamples: 5 });
