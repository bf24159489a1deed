// What is kept with a model version beside its bundle: its signature.
import { predictionSchema } from "@millrace/gateway/domain/model/answers.ts";
import { parseSignature, toSignature } from "@millrace/gateway/domain/model/record.ts";
import type { PipelineSpecification } from "@millrace/gateway/domain/pipeline/specification.ts";
import { expect, test } from "vitest";

test("a signature takes fractions for measured whole numbers, and tells categories where unknown ones are refused", () => {
  const encode = (handleUnknown: "error" | "ignore") => ({ kind: "OneHotEncoder" as const, handleUnknown });
  const specification: PipelineSpecification = {
    features: [
      { columns: ["mass"], steps: [] },
      { columns: ["island", "year"], steps: [encode("error")] },
      { columns: ["colour"], steps: [encode("ignore")] },
    ],
    label: { column: "late", positiveClass: null },
    estimator: { kind: "LogisticRegression", l2: 0, learningRate: 0.1, epochs: 1, batchSize: 8 },
    split: { kind: "HoldOut", fraction: 0.2, stratify: false, seed: 0 },
    metrics: [{ kind: "accuracy" }],
    seed: 0,
  };
  const signature = toSignature(
    {
      inputs: [
        { name: "mass", kind: "numeric", categories: null, nullable: false },
        { name: "island", kind: "dictionary", categories: ["Biscoe", "Dream"], nullable: true },
        { name: "year", kind: "numeric", categories: [2007, 2008], nullable: false },
        { name: "colour", kind: "dictionary", categories: ["red"], nullable: true },
      ],
      task: "classification",
      answer: "probabilities",
      threshold: null,
      classes: [false, true],
    },
    specification,
  );
  expect(signature).toEqual({
    task: "classification",
    answer: "probabilities",
    threshold: null,
    inputs: [
      { name: "mass", type: "FLOAT", nullable: false, categories: null },
      { name: "island", type: "TEXT", nullable: true, categories: ["Biscoe", "Dream"] },
      { name: "year", type: "INTEGER", nullable: false, categories: ["2007", "2008"] },
      { name: "colour", type: "TEXT", nullable: true, categories: null },
    ],
    label: { name: "late", classes: ["false", "true"], positiveClass: "true" },
  });
  expect(parseSignature(JSON.parse(JSON.stringify(signature)))).toEqual(signature);
  expect(predictionSchema(signature).map(({ name, type }) => [name, type])).toEqual([
    ["prediction", "TEXT"],
    ["probability: false", "FLOAT"],
    ["probability: true", "FLOAT"],
  ]);
});
