// What a pipeline is: the column groups, the label, the estimator, the split and the metrics, as one plain value
// that is stored, hashed and later handed to the executor. Option names are scikit-learn's, in camel case.
import { createHash } from "node:crypto";
import { z } from "zod";
import { restore, type Table } from "./declaration.ts";
import { estimators } from "./estimators.ts";
import { isPlain, type Metric, metrics } from "./metrics.ts";
import { splits } from "./splits.ts";
import { steps } from "./steps.ts";

export type { Estimator } from "./estimators.ts";
export type { Metric } from "./metrics.ts";
export type { Split } from "./splits.ts";
export type { Step } from "./steps.ts";

/** A kind of a table, as it is stored. */
const kindOf = <Specification extends { readonly kind: string }>(table: Table<Specification>) =>
  z.unknown().transform((stored): Specification => restore(table, stored));

const columnGroup = z.object({ columns: z.array(z.string()), steps: z.array(kindOf(steps)) });

/** The column to learn. `positiveClass` names the class that precision, recall, F1 and ROC AUC speak of. */
const label = z.object({ column: z.string(), positiveClass: z.string().nullable() });

export const split = kindOf(splits);

/** A metric as it is stored: by its name alone where every choice is as by default. */
export const metric = z
  .unknown()
  .transform((stored): Metric => restore(metrics, typeof stored === "string" ? { kind: stored } : stored));

const specification = z.object({
  features: z.array(columnGroup),
  /** Null where nothing is learnt and nothing judges. */
  label: label.nullable(),
  estimator: kindOf(estimators),
  split,
  metrics: z.array(metric),
  /** Seeds the initial weights and the order of the batches. */
  seed: z.number().int(),
});

export type ColumnGroup = z.infer<typeof columnGroup>;
export type Label = z.infer<typeof label>;
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

/** A specification as it is stored: a metric without a choice of its own by its name alone. */
export const toStored = (own: PipelineSpecification) => ({
  ...own,
  metrics: own.metrics.map((metric) => (isPlain(metric) ? metric.kind : metric)),
});

/** SHA-256, in hexadecimal, of the specification in canonical JSON: the same pipeline has the same hash everywhere. */
export const specificationHash = (specification: PipelineSpecification): string =>
  createHash("sha256")
    .update(canonicalJson(toStored(specification)))
    .digest("hex");
