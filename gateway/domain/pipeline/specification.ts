// What a pipeline is: the column groups, the label, the estimator, the split and the metrics, as one plain value
// that is stored, hashed and later handed to the executor. Option names are scikit-learn's, in camel case.
import { createHash } from "node:crypto";
import { z } from "zod";

const simpleImputer = z.object({
  kind: z.literal("SimpleImputer"),
  strategy: z.enum(["mean", "median", "mostFrequent", "constant"]),
  /** Given with the strategy "constant", and only then. */
  fillValue: z.union([z.number(), z.string(), z.boolean()]).nullable(),
  /** Adds a column of 0 and 1 that says where values were missing. */
  addIndicator: z.boolean(),
});
const standardScaler = z.object({ kind: z.literal("StandardScaler"), withMean: z.boolean(), withStd: z.boolean() });
const oneHotEncoder = z.object({ kind: z.literal("OneHotEncoder"), handleUnknown: z.enum(["error", "ignore"]) });
const step = z.discriminatedUnion("kind", [simpleImputer, standardScaler, oneHotEncoder]);

const columnGroup = z.object({ columns: z.array(z.string()), steps: z.array(step) });

/** The column to learn. `positiveClass` names the class that precision, recall, F1 and ROC AUC speak of. */
const label = z.object({ column: z.string(), positiveClass: z.string().nullable() });

const gradientDescent = {
  l2: z.number(),
  learningRate: z.number(),
  epochs: z.number().int(),
  batchSize: z.number().int(),
};
const logisticRegression = z.object({
  kind: z.literal("LogisticRegression"),
  ...gradientDescent,
  /** Left out: chosen by the number of training rows. */
  solver: z.enum(["lbfgs", "adam"]).exactOptional(),
});
const mlpClassifier = z.object({
  kind: z.literal("MLPClassifier"),
  ...gradientDescent,
  hiddenLayerSizes: z.array(z.number().int()),
  activation: z.enum(["relu", "tanh"]),
  /** Epochs without a better validation loss before training stops; null trains all epochs. */
  patience: z.number().int().nullable(),
  /** Share of the training rows that judges each epoch when there is patience. */
  validationFraction: z.number(),
});
/** Options as the compute core's GradientBoostingClassifier documents them. */
const gradientBoostingClassifier = z.object({
  kind: z.literal("GradientBoostingClassifier"),
  nEstimators: z.number().int(),
  learningRate: z.number(),
  numLeaves: z.number().int(),
  maxDepth: z.number().int().nullable(),
  growth: z.enum(["leafWise", "depthWise"]),
  minDataInLeaf: z.number().int(),
  minSumHessianInLeaf: z.number(),
  lambdaL1: z.number(),
  lambdaL2: z.number(),
  minGainToSplit: z.number(),
  baggingFraction: z.number(),
  featureFraction: z.number(),
  maxBins: z.number().int(),
  monotoneConstraints: z.array(z.union([z.literal(-1), z.literal(0), z.literal(1)])).nullable(),
  patience: z.number().int().nullable(),
  validationFraction: z.number(),
});
const estimator = z.discriminatedUnion("kind", [logisticRegression, mlpClassifier, gradientBoostingClassifier]);

const holdOut = z.object({
  kind: z.literal("HoldOut"),
  fraction: z.number(),
  stratify: z.boolean(),
  seed: z.number().int(),
});
/** The rows that come last by the column are held out. */
const timeOrdered = z.object({ kind: z.literal("TimeOrdered"), column: z.string(), fraction: z.number() });
export const split = z.discriminatedUnion("kind", [holdOut, timeOrdered]);

export const metricNames = ["accuracy", "precision", "recall", "f1", "rocAuc", "logLoss"] as const;

const specification = z.object({
  features: z.array(columnGroup),
  label,
  estimator,
  split,
  metrics: z.array(z.enum(metricNames)),
  /** Seeds the initial weights and the order of the batches. */
  seed: z.number().int(),
});

export type Step = z.infer<typeof step>;
export type ColumnGroup = z.infer<typeof columnGroup>;
export type Label = z.infer<typeof label>;
export type Estimator = z.infer<typeof estimator>;
export type Split = z.infer<typeof split>;
export type MetricName = (typeof metricNames)[number];
export type PipelineSpecification = z.infer<typeof specification>;

/** The specification that a pipeline version's row holds. */
export const parseSpecification = (stored: unknown): PipelineSpecification => specification.parse(stored);

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
