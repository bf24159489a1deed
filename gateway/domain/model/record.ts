// What a model version's row says of the model beside its bundle: the signature, the metrics and the split, as plain
// values with one parser each. Training writes them, the registry and prediction read them.
import { z } from "zod";
import type { ColumnSchema } from "../../data/schema.ts";
import { metricNames, type PipelineSpecification, split } from "../pipeline/specification.ts";

const input = z.object({
  name: z.string(),
  /** INTEGER where it is a category; a column of whole numbers that is measured takes any number. */
  type: z.enum(["INTEGER", "FLOAT", "BOOLEAN", "TEXT"]),
  /** Whether a missing value is filled by the pipeline; when not, a row must bring a value. */
  nullable: z.boolean(),
  /** The categories that are known, in text, when an unknown one is refused; null when any value will do. */
  categories: z.array(z.string()).nullable(),
});

const signature = z.object({
  inputs: z.array(input),
  label: z.object({ name: z.string(), classes: z.array(z.string()).min(2), positiveClass: z.string().nullable() }),
});

const metrics = z.object({
  entries: z.array(
    z.object({
      name: z.enum(metricNames),
      /** The rows that it was measured on; "all" are those of a prediction set. */
      part: z.enum(["train", "heldOut", "all"]),
      value: z.number(),
      /** What always answering the most frequent class, or its share, would get on the same rows. */
      base: z.number(),
    }),
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

/** The column of a prediction set that holds the most probable class. */
export const predictionColumn = "prediction";

/**
 * The columns of a prediction set's files, in order: the class, then `probability: <class>` for each class. Rows are
 * those of the dataset version, in its order.
 */
export const predictionSchema = ({ label }: Signature): ColumnSchema[] => [
  { name: predictionColumn, type: "TEXT", nullable: false, missingCount: 0 },
  ...label.classes.map(
    (name): ColumnSchema => ({
      name: `probability: ${name}`,
      type: "FLOAT",
      nullable: false,
      missingCount: 0,
    }),
  ),
];

/** A bundle's signature, as the compute core has it. */
type BundleSignature = {
  readonly inputs: readonly {
    readonly name: string;
    readonly kind: "numeric" | "boolean" | "dictionary" | "timestamp";
    readonly categories: readonly (string | number | boolean | null)[] | null;
    readonly nullable: boolean;
  }[];
  readonly label: string;
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
  return {
    inputs: bundle.inputs.map(({ name, kind, categories, nullable }) => ({
      name,
      type: inputType(kind, categories?.every((category) => Number.isInteger(category)) ?? false),
      nullable,
      categories: ignores.has(name) ? null : (categories?.filter((own) => own !== null).map(String) ?? null),
    })),
    label: {
      name: bundle.label,
      classes: bundle.classes.map(String),
      positiveClass: label.positiveClass ?? (bundle.classes.length === 2 ? String(bundle.classes[1]) : null),
    },
  };
};
