// What a model version's row says of the model beside its bundle: the signature, the metrics and the split, as plain
// values with one parser each. Training writes them, the registry and prediction read them.
import { z } from "zod";
import { metric, type PipelineSpecification, split } from "../pipeline/specification.ts";

const input = z.object({
  name: z.string(),
  /** INTEGER where it is a category; a column of whole numbers that is measured takes any number. */
  type: z.enum(["INTEGER", "FLOAT", "BOOLEAN", "TEXT"]),
  /** Whether a missing value is filled by the pipeline; when not, a row must bring a value. */
  nullable: z.boolean(),
  /** The categories that are known, in text, when an unknown one is refused; null when any value will do. */
  categories: z.array(z.string()).nullable(),
});

/** What a model answers: of classifiers, probabilities or margins of classes. */
const answer = z.enum(["probabilities", "margins", "value", "cluster", "score"]);

const signature = z.object({
  task: z.enum(["classification", "regression", "ranking", "clustering", "outlierDetection"]).default("classification"),
  answer: answer.default("probabilities"),
  /** Of outliers: rows with a score above it are some. */
  threshold: z.number().nullable().default(null),
  inputs: z.array(input),
  /** What was learnt, or what clusters and outliers were judged by; classes where the task is classification. */
  label: z.object({ name: z.string(), classes: z.array(z.string()), positiveClass: z.string().nullable() }).nullable(),
});

const part = z.enum(["train", "heldOut", "all"]);
const metrics = z.object({
  entries: z.array(
    z.preprocess(
      // Entries from before metrics had choices were named.
      (stored) =>
        typeof stored === "object" && stored !== null && "name" in stored ? { ...stored, metric: stored.name } : stored,
      z.object({
        metric,
        /** The rows that it was measured on; "all" are those of a prediction set. */
        part,
        value: z.number(),
        /** What the best constant would get on the same rows; null where that has no value. */
        base: z.number().nullable(),
      }),
    ),
  ),
});

const splitRecord = z.object({
  specification: split,
  /** SHA-256 of the row masks: two models with the same hash were measured on the same rows. */
  hash: z.string(),
  trainRowCount: z.number().int(),
  heldOutRowCount: z.number().int(),
});

export type SignatureInput = z.infer<typeof input>;
export type Signature = z.infer<typeof signature>;
export type ModelMetrics = z.infer<typeof metrics>;
export type ModelMetric = ModelMetrics["entries"][number];
export type SplitRecord = z.infer<typeof splitRecord>;

/** The signature that a model version's row holds. */
export const parseSignature = (stored: unknown): Signature => signature.parse(stored);
/** The metrics that a model version's row holds. */
export const parseMetrics = (stored: unknown): ModelMetrics => metrics.parse(stored);
/** The split that a model version's row holds. */
export const parseSplitRecord = (stored: unknown): SplitRecord => splitRecord.parse(stored);

/** A bundle's signature, as the compute core has it, with what it answers. */
export type BundleSignature = Pick<Signature, "task" | "answer" | "threshold"> & {
  readonly inputs: readonly {
    readonly name: string;
    readonly kind: "numeric" | "boolean" | "dictionary" | "timestamp";
    readonly categories: readonly (string | number | boolean | null)[] | null;
    readonly nullable: boolean;
  }[];
  readonly classes: readonly (string | number | boolean)[];
};

const inputType = (kind: BundleSignature["inputs"][number]["kind"], isCategory: boolean): SignatureInput["type"] => {
  if (kind === "dictionary") return "TEXT";
  if (kind === "boolean") return "BOOLEAN";
  return isCategory ? "INTEGER" : "FLOAT";
};

/**
 * The signature to keep with a model version, from its bundle's and the specification that it was trained by. Categories
 * are told where an unknown one is refused.
 */
export const toSignature = (bundle: BundleSignature, { features, label }: PipelineSpecification): Signature => {
  const ignores = new Set(
    features.flatMap(({ columns, steps }) =>
      steps.some((step) => step.kind === "OneHotEncoder" && step.handleUnknown === "ignore") ? columns : [],
    ),
  );
  const { task, answer: gives, threshold, classes } = bundle;
  return {
    task,
    answer: gives,
    threshold,
    inputs: bundle.inputs.map(({ name, kind, categories, nullable }) => ({
      name,
      type: inputType(kind, categories?.every((category) => Number.isInteger(category)) ?? false),
      nullable,
      categories: ignores.has(name) ? null : (categories?.filter((own) => own !== null).map(String) ?? null),
    })),
    label: label && {
      name: label.column,
      classes: classes.map(String),
      positiveClass: label.positiveClass ?? (classes.length === 2 ? String(classes[1]) : null),
    },
  };
};
