// What is kept with a model version beside its bundle: the bases of its metrics and its signature.
import { baseOf } from "@millrace/gateway/domain/model/base.ts";
import { parseSignature, predictionSchema, toSignature } from "@millrace/gateway/domain/model/record.ts";
import type { PipelineSpecification } from "@millrace/gateway/domain/pipeline/specification.ts";
import { describe, expect, test } from "vitest";

describe("the base of a metric", () => {
  // 70 rows of the second class and 30 of the first: naming the second is right in 0.7, finds all of it, and has
  // F1 = 2 * 0.7 * 1 / 1.7. Of the first as the positive class it finds nothing.
  test("with two classes speaks of the positive one", () => {
    expect(baseOf("accuracy", [30, 70])).toBeCloseTo(0.7, 12);
    expect(baseOf("precision", [30, 70])).toBeCloseTo(0.7, 12);
    expect(baseOf("recall", [30, 70])).toBe(1);
    expect(baseOf("f1", [30, 70])).toBeCloseTo(14 / 17, 12);
    expect(baseOf("f1", [30, 70], 0)).toBe(0);
    expect(baseOf("rocAuc", [30, 70])).toBe(0.5);
    expect(baseOf("logLoss", [30, 70])).toBeCloseTo(-(0.3 * Math.log(0.3) + 0.7 * Math.log(0.7)), 12);
  });

  test("with more is the mean over the classes, of which all but one are never named", () => {
    expect(baseOf("precision", [50, 30, 20])).toBeCloseTo(0.5 / 3, 12);
    expect(baseOf("recall", [50, 30, 20])).toBeCloseTo(1 / 3, 12);
    expect(baseOf("f1", [50, 30, 20])).toBeCloseTo(2 / 3 / 3, 12);
  });

  test("of a class without a row is not infinite", () => {
    expect(baseOf("logLoss", [10, 0])).toBeCloseTo(0, 12);
  });
});

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
    metrics: ["accuracy"],
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
      label: "late",
      classes: [false, true],
    },
    specification,
  );
  expect(signature).toEqual({
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
