// Every task through the one door: a column pipeline, an estimator over a matrix, and a bundle that says the same once loaded.
import {
  type FitOptions,
  fitPipeline,
  frameFromRows,
  frameSource,
  holdOut,
  loadBundle,
  saveBundle,
} from "@millrace/core";
import { isolationForest, randomForestClassifier, ridge } from "@millrace/core/tables";
import { describe, expect, test } from "vitest";
import { device, penguinFit, penguinRows } from "./penguins.ts";

const lengths = ["Beak Length (mm)", "Beak Depth (mm)", "Flipper Length (mm)"];
const weighed = frameFromRows(penguinRows.filter((row) => row["Body Mass (g)"] !== null));

const kept = async (changes: Partial<FitOptions>) => {
  const fit = await fitPipeline(penguinFit(changes));
  using bundle = fit.bundle;
  using loaded = loadBundle(saveBundle(bundle));
  const rows = penguinRows.slice(0, 40);
  const said = await bundle.predict(rows, { device });
  expect(await loaded.predict(rows, { device })).toEqual(said);
  return { fit, said, signature: loaded.signature, state: loaded.state };
};

describe("an estimator over a matrix, fitted on a table", () => {
  test("classifies, and takes gaps that nothing fills", async () => {
    const { fit, said } = await kept({
      estimator: randomForestClassifier({ nEstimators: 30 }),
      features: [{ columns: lengths, steps: [] }],
    });
    expect(fit.metrics.accuracy).toBeGreaterThan(0.9);
    expect(fit.metrics.rocAuc).toBeGreaterThan(0.98);
    expect(said.probabilities).toHaveLength(40 * 3);
    expect(said.prediction).toHaveLength(0);
  });
  test("predicts a quantity, judged by the metrics of quantities", async () => {
    const { fit, said, signature } = await kept({
      source: frameSource(weighed),
      label: { column: "Body Mass (g)" },
      features: [{ ...penguinFit().features[0], columns: lengths, steps: penguinFit().features[0]?.steps ?? [] }],
      estimator: ridge({ alpha: 0.1 }),
    });
    // Ordinary least squares explains 0.76 of the mass from the three lengths.
    expect(fit.metrics.r2).toBeGreaterThan(0.6);
    expect(fit.metrics.rootMeanSquaredError).toBeLessThan(500);
    expect(signature).toMatchObject({ task: "regression", label: "Body Mass (g)", classes: [] });
    expect(said.prediction).toHaveLength(40);
    expect(fit.confusion.classes).toEqual([]);
  });
  test("tells outliers without a label", async () => {
    const { fit, said, signature } = await kept({
      label: null,
      estimator: isolationForest({ nEstimators: 20 }),
      split: holdOut({ fraction: 0.25, stratify: false }),
    });
    expect(signature).toMatchObject({ task: "outlierDetection", label: null });
    expect(said.score).toHaveLength(40);
    expect(fit.metrics).toEqual({});
  });
});

test.each<[string, Partial<FitOptions>, string]>([
  ["an unknown kind", { estimator: { kind: "Perceptron" } }, 'there is no estimator "Perceptron"'],
  [
    "a quantity that is text",
    { estimator: ridge() },
    'column "Species": is dictionary; a quantity to learn is a number: choose a classifier, or derive',
  ],
  [
    "a metric of another task",
    { estimator: ridge(), metrics: ["rocAuc"] },
    'there is no metric "rocAuc" of regression',
  ],
  [
    "a regression without a label",
    { estimator: ridge(), label: null },
    "regression learns a column: name it as the label",
  ],
])("%s is refused", async (_, changes, message) => {
  await expect(fitPipeline(penguinFit(changes))).rejects.toThrow(message);
});
