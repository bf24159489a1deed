// Every task through the one door: a column pipeline, an estimator over a matrix, and a bundle that says the same once loaded.
import {
  booleanColumn,
  type FitOptions,
  fitPipeline,
  frame,
  frameFromRows,
  frameSource,
  holdOut,
  loadBundle,
  logisticRegression,
  numericColumn,
  saveBundle,
  simpleImputer,
} from "@millrace/core";
import {
  gradientBoostingClassifier,
  isolationForest,
  polynomialFeatures,
  quantileTransformer,
  randomForestClassifier,
  ridge,
} from "@millrace/core/tables";
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
  test("refuses gaps where a step takes none, and gives it columns that have none", async () => {
    const steps = [quantileTransformer({ nQuantiles: 9 }), polynomialFeatures()];
    const features = [{ columns: lengths, steps }];
    const estimator = randomForestClassifier({ nEstimators: 10 });
    await expect(fitPipeline(penguinFit({ estimator, features }))).rejects.toThrow(/is missing and no step fills it/);
    const { fit } = await kept({
      estimator,
      features: [{ columns: lengths, steps: [simpleImputer({ strategy: "median" }), ...steps] }],
    });
    expect(fit.metrics.accuracy).toBeGreaterThan(0.9);
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

describe("held-out rows in more than one chunk of the source", () => {
  // A source is read 65,536 rows at a time.
  const rows = 140_000;
  const x = Float64Array.from({ length: rows }, (_, row) => Math.sin(row));
  const long = frame({
    x: numericColumn(x),
    quantity: numericColumn(x.map((value) => 3 * value + 1)),
    sign: booleanColumn(Array.from(x, (value) => value > 0)),
  });
  const shared = {
    source: frameSource(long),
    features: [{ columns: ["x"], steps: [] }],
    split: holdOut({ fraction: 0.5 }),
  };

  test("are judged as quantities", async () => {
    const fit = await fitPipeline(
      penguinFit({ ...shared, label: { column: "quantity" }, estimator: ridge({ alpha: 0 }) }),
    );
    expect(fit.rows.heldOut).toBe(rows / 2);
    expect(fit.metrics.r2).toBeGreaterThan(1 - 1e-9);
    fit.bundle.release();
  });
  test("are judged as classes, by a network and by trees", async () => {
    for (const estimator of [
      logisticRegression({ solver: "adam", epochs: 2, batchSize: 4096, learningRate: 0.1 }),
      gradientBoostingClassifier({ nEstimators: 3, numLeaves: 4 }),
    ]) {
      const fit = await fitPipeline(penguinFit({ ...shared, label: { column: "sign" }, estimator }));
      expect(fit.confusion.counts.reduce((sum, count) => sum + count, 0)).toBe(rows / 2);
      expect(fit.metrics.accuracy).toBeGreaterThan(0.98);
      expect(fit.metrics.rocAuc).toBeGreaterThan(0.99);
      fit.bundle.release();
    }
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
