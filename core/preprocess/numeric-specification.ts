// Steps over numbers as plain values, with scikit-learn's names and defaults. A group of columns takes them in any order,
// among imputers and standard scalers; they do not go with an encoder in one group.

import { constructorOf } from "../model/constructor-of.ts";
import type { DecompositionStep } from "./decomposition-specification.ts";
import type { ImputationStep } from "./imputation-specification.ts";
import type { SelectionStep } from "./selection-specification.ts";

/** Moves each column onto a range by its smallest and largest training value (a constant one onto its start). */
export interface MinMaxScaler {
  readonly kind: "MinMaxScaler";
  /** Default [0, 1]. */
  readonly featureRange: readonly [number, number];
  /** Holds values of other rows inside the range. Default false. */
  readonly clip: boolean;
}

/** Subtracts the median and divides by the distance of two quantiles, which outliers hardly move. Keeps 8 bytes a value. */
export interface RobustScaler {
  readonly kind: "RobustScaler";
  /** Default true. */
  readonly withCentering: boolean;
  /** Default true. */
  readonly withScaling: boolean;
  /** In percent. Default [25, 75]. */
  readonly quantileRange: readonly [number, number];
  /** Divides once more by the same distance of the normal distribution. Default false. */
  readonly unitVariance: boolean;
}

/** Divides by the largest magnitude of the training values, so that zeros stay zeros. */
export interface MaxAbsScaler {
  readonly kind: "MaxAbsScaler";
}

/** Divides each row by its norm (a row of zeros stays as it is). */
export interface Normalizer {
  readonly kind: "Normalizer";
  /** Default "l2". */
  readonly norm: "l1" | "l2" | "max";
}

/** Puts features of 0 and 1 for what is missing in place of the numbers. */
export interface MissingIndicator {
  readonly kind: "MissingIndicator";
  /** "missingOnly" (default): of columns that miss training values; "all": of each. */
  readonly features: "missingOnly" | "all";
}

/** Numbers to bins. Keeps 8 bytes a value while it is fitted. */
export interface KBinsDiscretizer {
  readonly kind: "KBinsDiscretizer";
  /** Default 5. */
  readonly nBins: number;
  /** "oneHot" (default): a feature of 0 and 1 for each bin; "ordinal": the number of the bin. */
  readonly encode: "oneHot" | "ordinal";
  /** "quantile" (default): as many training values in each, by averaged order statistics; "uniform": equally wide. */
  readonly strategy: "quantile" | "uniform";
}

/** Products of columns up to a degree: powers and crosses. */
export interface PolynomialFeatures {
  readonly kind: "PolynomialFeatures";
  /** Default 2. */
  readonly degree: number;
  /** Crosses of distinct columns alone. Default false. */
  readonly interactionOnly: boolean;
  /** A first feature of ones. Default true. */
  readonly includeBias: boolean;
}

/** Holds outliers at a fence, or flags them. Keeps 8 bytes a value while it is fitted. */
export interface OutlierClipper {
  readonly kind: "OutlierClipper";
  /** "iqr" (default): beyond the quartiles (Tukey); "zScore": from the mean, in deviations; "robustZ": from the median, in median deviations / 0.6745. */
  readonly method: "iqr" | "zScore" | "robustZ";
  /** In the method's unit; null (default): 1.5, 3 and 3.5 (Iglewicz and Hoaglin). */
  readonly threshold: number | null;
  /** "clip" (default), or "flag": the values stay, and a feature of 0 and 1 for each column follows. */
  readonly action: "clip" | "flag";
}

/** Leaves out columns that hardly vary. */
export interface VarianceThreshold {
  readonly kind: "VarianceThreshold";
  /** Columns of this variance or less go. Default 0: constant ones. */
  readonly threshold: number;
}

/** A curve for each column that makes it most like a normal distribution. Keeps 8 bytes a value while it is fitted. */
export interface PowerTransformer {
  readonly kind: "PowerTransformer";
  /** Default "yeoJohnson"; "boxCox" takes numbers above 0 alone. */
  readonly method: "yeoJohnson" | "boxCox";
  /** Then to mean 0 and deviation 1. Default true. */
  readonly standardize: boolean;
}

/**
 * Ranks in place of numbers: each column's training values spread evenly, or as a normal distribution. Quantiles are exact,
 * of all training values (scikit-learn samples 10,000). Keeps 8 bytes a value while it is fitted.
 */
export interface QuantileTransformer {
  readonly kind: "QuantileTransformer";
  /** Places that the distribution is kept at, between which it is a line; at most as many as rows. Default 1000. */
  readonly nQuantiles: number;
  /** "uniform" (default): 0 to 1; "normal": held at 5.2 deviations. */
  readonly outputDistribution: "uniform" | "normal";
}

/** Crosses of chosen columns: a product for each pair or longer list. */
export interface FeatureCrosses {
  readonly kind: "FeatureCrosses";
  /** Lists of two or more names of features as they reach this step. */
  readonly crosses: readonly (readonly string[])[];
  /** The columns themselves stay before their crosses. Default true. */
  readonly keepColumns: boolean;
}

/** A step over numbers by its specification. */
export type NumericStep =
  | MinMaxScaler
  | RobustScaler
  | MaxAbsScaler
  | Normalizer
  | MissingIndicator
  | KBinsDiscretizer
  | PolynomialFeatures
  | OutlierClipper
  | VarianceThreshold
  | PowerTransformer
  | QuantileTransformer
  | FeatureCrosses
  | DecompositionStep
  | ImputationStep
  | SelectionStep;

/** Scales to a range. @example minMaxScaler({ featureRange: [-1, 1] }) */
export const minMaxScaler: (options?: Partial<Omit<MinMaxScaler, "kind">>) => MinMaxScaler =
  /*#__PURE__*/ constructorOf<MinMaxScaler>({ kind: "MinMaxScaler", featureRange: [0, 1], clip: false });

/** Scales by quantiles. @example robustScaler({ quantileRange: [10, 90] }) */
export const robustScaler: (options?: Partial<Omit<RobustScaler, "kind">>) => RobustScaler =
  /*#__PURE__*/ constructorOf<RobustScaler>({
    kind: "RobustScaler",
    withCentering: true,
    withScaling: true,
    quantileRange: [25, 75],
    unitVariance: false,
  });

/** Scales to magnitudes of at most 1. @example maxAbsScaler() */
export const maxAbsScaler: (options?: Partial<Omit<MaxAbsScaler, "kind">>) => MaxAbsScaler =
  /*#__PURE__*/ constructorOf<MaxAbsScaler>({ kind: "MaxAbsScaler" });

/** Scales rows to norm 1. @example normalizer({ norm: "l1" }) */
export const normalizer: (options?: Partial<Omit<Normalizer, "kind">>) => Normalizer =
  /*#__PURE__*/ constructorOf<Normalizer>({
    kind: "Normalizer",
    norm: "l2",
  });

/** Says what is missing. @example missingIndicator({ features: "all" }) */
export const missingIndicator: (options?: Partial<Omit<MissingIndicator, "kind">>) => MissingIndicator =
  /*#__PURE__*/ constructorOf<MissingIndicator>({ kind: "MissingIndicator", features: "missingOnly" });

/** Cuts numbers into bins. @example kBinsDiscretizer({ nBins: 3, encode: "ordinal" }) */
export const kBinsDiscretizer: (options?: Partial<Omit<KBinsDiscretizer, "kind">>) => KBinsDiscretizer =
  /*#__PURE__*/ constructorOf<KBinsDiscretizer>({
    kind: "KBinsDiscretizer",
    nBins: 5,
    encode: "oneHot",
    strategy: "quantile",
  });

/** Powers and crosses. @example polynomialFeatures({ degree: 3 }) */
export const polynomialFeatures: (options?: Partial<Omit<PolynomialFeatures, "kind">>) => PolynomialFeatures =
  /*#__PURE__*/ constructorOf<PolynomialFeatures>({
    kind: "PolynomialFeatures",
    degree: 2,
    interactionOnly: false,
    includeBias: true,
  });

/** Fences for outliers. @example outlierClipper({ method: "robustZ", action: "flag" }) */
export const outlierClipper: (options?: Partial<Omit<OutlierClipper, "kind">>) => OutlierClipper =
  /*#__PURE__*/ constructorOf<OutlierClipper>({
    kind: "OutlierClipper",
    method: "iqr",
    threshold: null,
    action: "clip",
  });

/** Drops columns that hardly vary. @example varianceThreshold({ threshold: 0.01 }) */
export const varianceThreshold: (options?: Partial<Omit<VarianceThreshold, "kind">>) => VarianceThreshold =
  /*#__PURE__*/ constructorOf<VarianceThreshold>({ kind: "VarianceThreshold", threshold: 0 });

/** Bends columns towards a normal distribution. @example powerTransformer({ method: "boxCox" }) */
export const powerTransformer: (options?: Partial<Omit<PowerTransformer, "kind">>) => PowerTransformer =
  /*#__PURE__*/ constructorOf<PowerTransformer>({ kind: "PowerTransformer", method: "yeoJohnson", standardize: true });

/** Columns to ranks. @example quantileTransformer({ outputDistribution: "normal" }) */
export const quantileTransformer: (options?: Partial<Omit<QuantileTransformer, "kind">>) => QuantileTransformer =
  /*#__PURE__*/ constructorOf<QuantileTransformer>({
    kind: "QuantileTransformer",
    nQuantiles: 1000,
    outputDistribution: "uniform",
  });

/** Products of chosen columns. @example featureCrosses([["length", "width"]]) */
export const featureCrosses = (
  crosses: FeatureCrosses["crosses"],
  options: Partial<Pick<FeatureCrosses, "keepColumns">> = {},
): FeatureCrosses => ({ kind: "FeatureCrosses", keepColumns: true, ...options, crosses });
