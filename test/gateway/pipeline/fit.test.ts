// Whether a pipeline fits the columns of a dataset version.
import { checkFit, type FitColumn } from "@millrace/gateway/domain/pipeline/fit.ts";
import type { PipelineSpecification, Step } from "@millrace/gateway/domain/pipeline/specification.ts";
import { expect, test } from "vitest";

const columns: FitColumn[] = [
  { name: "length", type: "FLOAT", missingCount: 2 },
  { name: "island", type: "TEXT", missingCount: 0 },
  { name: "species", type: "TEXT", missingCount: 0 },
  { name: "sex", type: "TEXT", missingCount: 10 },
  { name: "when", type: "TIMESTAMP", missingCount: 0 },
  { name: "late", type: "BOOLEAN", missingCount: 0 },
];
const mean: Step = { kind: "SimpleImputer", strategy: "mean", fillValue: null, addIndicator: false };
const scale: Step = { kind: "StandardScaler", withMean: true, withStd: true };
const encode: Step = { kind: "OneHotEncoder", handleUnknown: "error" };
const fill = (fillValue: number | string | boolean): Step => ({ ...mean, strategy: "constant", fillValue });

const specification = (column: string, steps: Step[], label = "species", time?: string): PipelineSpecification => ({
  features: [{ columns: [column], steps }],
  label: { column: label, positiveClass: null },
  estimator: { kind: "LogisticRegression", l2: 0, learningRate: 0.1, epochs: 1, batchSize: 8 },
  split: time
    ? { kind: "TimeOrdered", column: time, fraction: 0.2 }
    : { kind: "HoldOut", fraction: 0.2, stratify: false, seed: 0 },
  metrics: [{ kind: "accuracy" }],
  seed: 0,
});

test.each([
  ["numbers with gaps that are filled and scaled", specification("length", [mean, scale])],
  ["text that is encoded", specification("island", [encode])],
  ["text with gaps, which are a category of their own to the encoder", specification("sex", [encode])],
  ["text that is encoded and then scaled", specification("island", [encode, scale])],
  ["truth values as they are", specification("late", [])],
  ["a truth value as the label, ordered by time", specification("length", [mean], "late", "when")],
])("takes %s", async (_, value) => {
  await expect(checkFit(value, columns)).resolves.toBeUndefined();
});

test.each([
  ["a column that is not there", specification("lenght", [mean]), "UNKNOWN_COLUMN", ["features", "0", "columns", "0"]],
  ["a label that is not there", specification("length", [mean], "kind"), "UNKNOWN_COLUMN", ["label", "column"]],
  [
    "the mean of text",
    specification("island", [mean, encode]),
    "STEP_DOES_NOT_FIT",
    ["features", "0", "steps", "0", "simpleImputer", "strategy"],
  ],
  ["text to the end", specification("island", []), "STEP_DOES_NOT_FIT", ["features", "0", "columns", "0"]],
  [
    "scaling text",
    specification("island", [scale, encode]),
    "STEP_DOES_NOT_FIT",
    ["features", "0", "steps", "0", "standardScaler"],
  ],
  [
    "encoding twice",
    specification("island", [encode, encode]),
    "STEP_DOES_NOT_FIT",
    ["features", "0", "steps", "1", "oneHotEncoder"],
  ],
  ["gaps that nothing fills", specification("length", [scale]), "STEP_DOES_NOT_FIT", ["features", "0", "columns", "0"]],
  [
    "a number filled with text",
    specification("length", [fill("none")]),
    "STEP_DOES_NOT_FIT",
    ["features", "0", "steps", "0", "simpleImputer", "fillValue"],
  ],
  ["a timestamp as a feature", specification("when", []), "STEP_DOES_NOT_FIT", ["features", "0", "columns", "0"]],
  [
    "a measured quantity as the label",
    specification("island", [encode], "length"),
    "LABEL_DOES_NOT_FIT",
    ["label", "column"],
  ],
  ["a label with gaps", specification("island", [encode], "sex"), "LABEL_DOES_NOT_FIT", ["label", "column"]],
  [
    "time in text",
    specification("length", [mean], "late", "island"),
    "STEP_DOES_NOT_FIT",
    ["split", "timeOrdered", "column"],
  ],
])("refuses %s", async (_, value, code, path) => {
  await expect(checkFit(value, columns)).rejects.toMatchObject({ code, path });
});
