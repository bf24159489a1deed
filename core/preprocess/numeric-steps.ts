// Every step over numbers by its kind. A definition is loaded when a step of its kind is first fitted.
import { ArgumentError } from "@millrace/kernels";
import type { NumericStepDefinition } from "./numeric-step.ts";
import type { PreprocessStep } from "./steps.ts";

type AnyDefinition = NumericStepDefinition<PreprocessStep, unknown>;

const definitions: Readonly<Record<string, () => Promise<unknown>>> = {
  FeatureCrosses: async () => (await import("./feature-crosses.ts")).featureCrossesDefinition,
  GaussianRandomProjection: async () => (await import("./random-projection.ts")).gaussianRandomProjectionDefinition,
  IncrementalPCA: async () => (await import("./incremental-pca.ts")).incrementalPcaDefinition,
  IterativeImputer: async () => (await import("./iterative-imputer.ts")).iterativeImputerDefinition,
  KBinsDiscretizer: async () => (await import("./k-bins-discretizer.ts")).kBinsDiscretizerDefinition,
  KNNImputer: async () => (await import("./knn-imputer.ts")).knnImputerDefinition,
  MaxAbsScaler: async () => (await import("./max-abs-scaler.ts")).maxAbsScalerDefinition,
  MinMaxScaler: async () => (await import("./min-max-scaler.ts")).minMaxScalerDefinition,
  MissingIndicator: async () => (await import("./missing-indicator.ts")).missingIndicatorDefinition,
  Normalizer: async () => (await import("./normalizer.ts")).normalizerDefinition,
  OutlierClipper: async () => (await import("./outlier-clipper.ts")).outlierClipperDefinition,
  PCA: async () => (await import("./pca.ts")).pcaDefinition,
  PolynomialFeatures: async () => (await import("./polynomial-features.ts")).polynomialFeaturesDefinition,
  PowerTransformer: async () => (await import("./power-transformer.ts")).powerTransformerDefinition,
  QuantileTransformer: async () => (await import("./quantile-transformer.ts")).quantileTransformerDefinition,
  RFE: async () => (await import("./recursive-elimination.ts")).rfeDefinition,
  RobustScaler: async () => (await import("./robust-scaler.ts")).robustScalerDefinition,
  SelectKBest: async () => (await import("./select-columns.ts")).selectKBestDefinition,
  SelectPercentile: async () => (await import("./select-columns.ts")).selectPercentileDefinition,
  SparseRandomProjection: async () => (await import("./random-projection.ts")).sparseRandomProjectionDefinition,
  TruncatedSVD: async () => (await import("./truncated-svd.ts")).truncatedSvdDefinition,
  VarianceThreshold: async () => (await import("./variance-threshold.ts")).varianceThresholdDefinition,
};

/** The kinds of steps over numbers that have definitions of their own, sorted. */
export const numericStepKinds = (): string[] => Object.keys(definitions).sort();

/** True for a step that has a definition of its own here, rather than moments by algebra or an encoder. */
export const isNumericStep = (step: PreprocessStep): boolean => Object.hasOwn(definitions, step.kind);

/** The definition of a step's kind. @throws ArgumentError listing the kinds there are */
export const numericStepOf = async (step: PreprocessStep): Promise<AnyDefinition> => {
  const load = isNumericStep(step) ? definitions[step.kind] : undefined;
  if (!load)
    throw new ArgumentError(
      `there is no step "${step.kind}" over numbers; there are SimpleImputer, StandardScaler, ${Object.keys(definitions).join(", ")}`,
    );
  // A definition is kept under its own kind, so it only ever meets specifications and states of that kind.
  return (await load()) as AnyDefinition;
};
