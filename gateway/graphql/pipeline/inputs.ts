// What a client writes to describe a pipeline, every option typed and its default in the schema, and how it becomes a
// specification. Estimators, steps, splits and metrics are made from their tables in domain/pipeline.

import { type InputPath, InvalidInput } from "../../domain/error.ts";
import { type Chosen, specify, type Table } from "../../domain/pipeline/declaration.ts";
import { estimators } from "../../domain/pipeline/estimators.ts";
import { metrics } from "../../domain/pipeline/metrics.ts";
import { splits } from "../../domain/pipeline/splits.ts";
import { steps } from "../../domain/pipeline/steps.ts";
import type { NewSpecification } from "../../domain/pipeline/validation.ts";
import { builder } from "../builder.ts";
import { chosenOf, oneOfInput } from "./kinds.ts";

const StepInput = oneOfInput({ name: "StepInput", description: "One step of preprocessing." }, steps);
export const EstimatorInput = oneOfInput({ name: "EstimatorInput", description: "What is trained." }, estimators);
export const SplitInput = oneOfInput(
  { name: "SplitInput", description: "Which rows are kept from training, to measure the model on." },
  splits,
);
export const MetricInput = oneOfInput(
  { name: "MetricInput", description: "A measure of quality." },
  metrics,
  (name) => `${name.charAt(0).toUpperCase()}${name.slice(1)}MetricInput`,
);

export const ColumnGroupInput = builder.inputType("ColumnGroupInput", {
  description: "Columns that go through the same steps.",
  fields: (t) => ({
    columns: t.stringList({ required: true }),
    steps: t.field({ type: [StepInput], required: true, defaultValue: [] }),
  }),
});
export const LabelInput = builder.inputType("LabelInput", {
  description: "The column to learn.",
  fields: (t) => ({
    column: t.string({ required: true }),
    positiveClass: t.string({
      description:
        "With two classes: the one that precision, recall, F1 and ROC AUC speak of. The greater of the two by default.",
    }),
  }),
});

type OneOf = Readonly<Record<string, unknown>>;

/** What a one-of input chose. @throws TypeError for one that chose nothing, which GraphQL's own checks let through as false */
const chosen = (input: OneOf, path: InputPath): Chosen => {
  const found = chosenOf(input);
  if (found) return found;
  throw new InvalidInput(`false chooses nothing: take the place out of ${path[0]}, or say true.`, path);
};

const specified = <Specification extends { readonly kind: string }>(
  table: Table<Specification>,
  input: OneOf,
  path: InputPath,
): Specification => specify(table, chosen(input, path), path);

/**
 * The specification that an input describes.
 *
 * @throws InvalidInput at the option that will not do
 */
export const toSpecification = (input: {
  features: readonly (typeof ColumnGroupInput.$inferInput)[];
  label?: typeof LabelInput.$inferInput | null | undefined;
  estimator: OneOf;
  split: OneOf;
  metrics?: readonly OneOf[] | null | undefined;
  seed: number;
}): NewSpecification => ({
  features: input.features.map((group, index) => ({
    columns: [...group.columns],
    steps: group.steps.map((step, position) => specified(steps, step, ["features", index, "steps", position])),
  })),
  label: input.label ? { column: input.label.column, positiveClass: input.label.positiveClass ?? null } : null,
  estimator: specified(estimators, input.estimator, ["estimator"]),
  split: specified(splits, input.split, ["split"]),
  metrics: input.metrics?.map((metric, index) => specified(metrics, metric, ["metrics", index])),
  seed: input.seed,
});
