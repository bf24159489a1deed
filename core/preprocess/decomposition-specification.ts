// Steps that put few columns in place of many, as plain values, with scikit-learn's names and defaults.
import { constructorOf } from "../model/constructor-of.ts";

/**
 * Principal components: the directions in which the training rows vary most, each with its largest weight above 0, as in
 * scikit-learn. Keeps columns² numbers while it is fitted (all rows, where they are fewer than the columns). What was found
 * is told as explainedVariance, explainedVarianceRatio and singularValues.
 */
export interface PCA {
  readonly kind: "PCA";
  /** A number of components; from 0 to 1, as many as explain more than that share; null (default): as many as rows or columns allow. */
  readonly nComponents: number | null;
  /** Each component to variance 1. Default false. */
  readonly whiten: boolean;
  /** "full": exact in float64; "randomized": subspace iteration on the device, which keeps all rows; "auto" (default): randomized past 2048 columns. */
  readonly svdSolver: "auto" | "full" | "randomized";
  /** Of "randomized": null (default) is 7 where components are under a tenth of rows and columns, else 4. */
  readonly iteratedPower: number | null;
  /** Of "randomized": directions beyond the wanted ones that help to find them. Default 10. */
  readonly nOversamples: number;
  /** Of "randomized". Default 0. */
  readonly seed: number;
}

/** Principal components from batch after batch, in the memory of one batch: close to PCA, and dependent on the batches. */
export interface IncrementalPCA {
  readonly kind: "IncrementalPCA";
  /** null (default): as many as the first batch has rows or columns. */
  readonly nComponents: number | null;
  /** Each component to variance 1. Default false. */
  readonly whiten: boolean;
  /** Rows; null (default): 5 times the columns. */
  readonly batchSize: number | null;
}

/** The directions in which the training rows are longest, from 0 and not from their mean. Otherwise as PCA. */
export interface TruncatedSVD {
  readonly kind: "TruncatedSVD";
  /** Default 2. */
  readonly nComponents: number;
  /** "exact" (default): in float64; "randomized": subspace iteration on the device, which keeps all rows. */
  readonly algorithm: "exact" | "randomized";
  /** Of "randomized". Default 5. */
  readonly nIter: number;
  /** Of "randomized". Default 10. */
  readonly nOversamples: number;
  /** Of "randomized". Default 0. */
  readonly seed: number;
}

/** Products with a random matrix of normal numbers, which keep distances between rows about as they are. */
export interface GaussianRandomProjection {
  readonly kind: "GaussianRandomProjection";
  /** "auto" (default): as many as Johnson and Lindenstrauss's lemma asks for `eps` and the training rows. */
  readonly nComponents: number | "auto";
  /** Distances keep within 1 ± eps, for "auto". Default 0.1. */
  readonly eps: number;
  /** Default 0. */
  readonly seed: number;
}

/** Products with a random matrix that is mostly zeros (Li, Hastie and Church 2006), the others one number and its negative. */
export interface SparseRandomProjection {
  readonly kind: "SparseRandomProjection";
  /** "auto" (default): as many as Johnson and Lindenstrauss's lemma asks for `eps` and the training rows. */
  readonly nComponents: number | "auto";
  /** Share of numbers that are not 0; "auto" (default): 1 / sqrt(columns). */
  readonly density: number | "auto";
  /** Distances keep within 1 ± eps, for "auto". Default 0.1. */
  readonly eps: number;
  /** Default 0. */
  readonly seed: number;
}

/** A step that puts few columns in place of many. */
export type DecompositionStep = PCA | IncrementalPCA | TruncatedSVD | GaussianRandomProjection | SparseRandomProjection;

type Options<Step> = Partial<Omit<Step, "kind">>;

/** Principal components. @example pca({ nComponents: 0.95 }) */
export const pca: (options?: Options<PCA>) => PCA = /*#__PURE__*/ constructorOf<PCA>({
  kind: "PCA",
  nComponents: null,
  whiten: false,
  svdSolver: "auto",
  iteratedPower: null,
  nOversamples: 10,
  seed: 0,
});

/** Principal components batch by batch. @example incrementalPCA({ nComponents: 8, batchSize: 1000 }) */
export const incrementalPCA: (options?: Options<IncrementalPCA>) => IncrementalPCA =
  /*#__PURE__*/ constructorOf<IncrementalPCA>({
    kind: "IncrementalPCA",
    nComponents: null,
    whiten: false,
    batchSize: null,
  });

/** Singular vectors of rows as they are. @example truncatedSVD({ nComponents: 16 }) */
export const truncatedSVD: (options?: Options<TruncatedSVD>) => TruncatedSVD =
  /*#__PURE__*/ constructorOf<TruncatedSVD>({
    kind: "TruncatedSVD",
    nComponents: 2,
    algorithm: "exact",
    nIter: 5,
    nOversamples: 10,
    seed: 0,
  });

/** Random normal directions. @example gaussianRandomProjection({ nComponents: 32, seed: 1 }) */
export const gaussianRandomProjection: (options?: Options<GaussianRandomProjection>) => GaussianRandomProjection =
  /*#__PURE__*/ constructorOf<GaussianRandomProjection>({
    kind: "GaussianRandomProjection",
    nComponents: "auto",
    eps: 0.1,
    seed: 0,
  });

/** Random directions of few columns each. @example sparseRandomProjection({ nComponents: 32, seed: 1 }) */
export const sparseRandomProjection: (options?: Options<SparseRandomProjection>) => SparseRandomProjection =
  /*#__PURE__*/ constructorOf<SparseRandomProjection>({
    kind: "SparseRandomProjection",
    nComponents: "auto",
    density: "auto",
    eps: 0.1,
    seed: 0,
  });
