// The parts of a specification as a client reads them back: each kind of step, estimator and split a type of its own.
import { estimators } from "../../domain/pipeline/estimators.ts";
import { choices, metricName } from "../../domain/pipeline/metrics.ts";
import type { ColumnGroup as ColumnGroupValue, Label as LabelValue } from "../../domain/pipeline/specification.ts";
import { splits } from "../../domain/pipeline/splits.ts";
import { steps } from "../../domain/pipeline/steps.ts";
import { builder } from "../builder.ts";
import { enumOf, type Members, type OutputFields, outputField, unionOf } from "./kinds.ts";

const Step = unionOf({ name: "Step", description: "One step of preprocessing." }, steps);
export const Estimator = unionOf({ name: "Estimator", description: "What is trained." }, estimators);
export const Split = unionOf({ name: "Split", description: "Which rows are kept from training." }, splits);

export const ColumnGroup = builder.objectRef<ColumnGroupValue>("ColumnGroup").implement({
  description: "Columns that go through the same steps.",
  fields: (t) => ({
    columns: t.exposeStringList("columns"),
    steps: t.field({ type: [Step], resolve: (group) => group.steps }),
  }),
});
export const Label = builder.objectRef<LabelValue>("Label").implement({
  description: "The column to learn.",
  fields: (t) => ({
    column: t.exposeString("column"),
    positiveClass: t.exposeString("positiveClass", { nullable: true }),
  }),
});

export const MetricName = enumOf(metricName);

const metricFields = (t: OutputFields) => ({
  name: outputField(t, {
    shape: { kind: "enumeration", of: metricName },
    description: "Which measure.",
    nullable: false,
    read: ({ kind }) => kind,
  }),
  ...Object.fromEntries(
    Object.entries(choices).map(([name, { shape, description }]) => [
      name,
      outputField(t, { shape, description, nullable: true, read: (own) => own[name] ?? null }),
    ]),
  ),
});

export const Metric = builder.objectRef<Members>("Metric").implement({
  description: "A measure of quality with its choices, each null where the measure has no such choice.",
  fields: metricFields,
});
