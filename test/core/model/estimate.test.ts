// Estimates before a fit against the counts after it.
import { estimateFit, estimatePredict, fitPipeline, logisticRegression, mlpClassifier } from "@millrace/core";
import { afterAll, describe, expect, test } from "vitest";
import { device, penguinFeatures, penguinFit, penguinRows } from "./penguins.ts";

const columns = Object.keys(penguinRows[0] ?? {}).map((name) => {
  const values = penguinRows.map((row) => row[name]);
  const text = values.some((value) => typeof value === "string");
  return {
    name,
    kind: text ? ("dictionary" as const) : ("numeric" as const),
    distinctCount: new Set(values.filter((value) => value !== null)).size,
    missingCount: values.filter((value) => value === null).length,
  };
});
const split = { kind: "HoldOut", fraction: 0.25, stratify: true, seed: 1 } as const;

describe("an estimate of a fit", () => {
  test.each([
    ["a perceptron", mlpClassifier({ hiddenLayerSizes: [32, 16], epochs: 10, batchSize: 32 })],
    ["logistic regression by Adam", logisticRegression({ solver: "adam", epochs: 10, batchSize: 64 })],
  ])("counts the floating-point operations of %s within a twentieth", async (_, estimator) => {
    const fit = await fitPipeline(penguinFit({ estimator, split }));
    const estimate = await estimateFit({
      rowCount: 344,
      columns,
      features: penguinFeatures,
      classCount: 3,
      estimator,
      split,
    });
    const training = fit.usage.filter((use) => use.kernel !== "host").reduce((sum, use) => sum + use.flops, 0);
    expect(estimate.flops / training).toBeGreaterThan(0.95);
    expect(estimate.flops / training).toBeLessThan(1.05);
    expect(estimate.steps).toBe(Math.ceil(258 / estimator.batchSize) * 10);
    expect((await estimatePredict(fit.bundle, 86)).flops).toBeGreaterThan(
      2 * 86 * fit.bundle.pipeline.featureNames.length,
    );
    fit.bundle.release();
  });
  test("is made without reading a row, for tables of any size, and refuses what the fit would", async () => {
    const estimator = mlpClassifier({ epochs: 2 });
    const large = { rowCount: 3_000_000, columns, features: penguinFeatures, estimator, split };
    expect((await estimateFit(large)).flops).toBeGreaterThan(1e9);
    await expect(estimateFit({ ...large, columns: columns.slice(0, 2) })).rejects.toThrow(/there is no column/);
    await expect(estimateFit({ ...large, estimator: mlpClassifier({ epochs: -1 }) })).rejects.toThrow(/epochs/);
  });
});

afterAll(() => device[Symbol.dispose]());
