// What a pipeline is: the column groups, the label, the estimator, the split and the metrics, as one plain value
// that is stored, hashed and later handed to the executor. Option names are scikit-learn's, in camel case.
import { createHash } from "node:crypto";

export type ImputeStrategy = "mean" | "median" | "mostFrequent" | "constant";

export type SimpleImputer = {
  kind: "SimpleImputer";
  strategy: ImputeStrategy;
  /** Given with the strategy "constant", and only then. */
  fillValue: number | string | boolean | null;
  addIndicator: boolean;
};
export type StandardScaler = { kind: "StandardScaler"; withMean: boolean; withStd: boolean };
export type OneHotEncoder = { kind: "OneHotEncoder"; handleUnknown: "error" | "ignore" };
export type Step = SimpleImputer | StandardScaler | OneHotEncoder;

export type ColumnGroup = { columns: string[]; steps: Step[] };

/** The column to learn. `positiveClass` names the class that precision, recall, F1 and ROC AUC speak of. */
export type Label = { column: string; positiveClass: string | null };

export type LogisticRegression = {
  kind: "LogisticRegression";
  l2: number;
  learningRate: number;
  epochs: number;
  batchSize: number;
};
export type MLPClassifier = {
  kind: "MLPClassifier";
  hiddenLayerSizes: number[];
  activation: "relu" | "tanh";
  l2: number;
  learningRate: number;
  epochs: number;
  batchSize: number;
  /** Epochs without a better validation loss before training stops; null trains all epochs. */
  patience: number | null;
};
export type Estimator = LogisticRegression | MLPClassifier;

export type HoldOut = { kind: "HoldOut"; fraction: number; stratify: boolean; seed: number };
export type TimeOrdered = { kind: "TimeOrdered"; column: string; fraction: number };
export type Split = HoldOut | TimeOrdered;

export const metricNames = ["accuracy", "precision", "recall", "f1", "rocAuc", "logLoss"] as const;
export type MetricName = (typeof metricNames)[number];

export type PipelineSpecification = {
  features: ColumnGroup[];
  label: Label;
  estimator: Estimator;
  split: Split;
  metrics: MetricName[];
  /** Seeds the initial weights and the order of the batches. */
  seed: number;
};

/** JSON with object keys in code-unit order, so that equal values are equal text. Takes plain JSON values alone. */
export const canonicalJson = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(",")}}`;
};

/** SHA-256, in hexadecimal, of the specification in canonical JSON: the same pipeline has the same hash everywhere. */
export const specificationHash = (specification: PipelineSpecification): string =>
  createHash("sha256").update(canonicalJson(specification)).digest("hex");
