// Tables at the edges: empty, of one row, constant, wide, with a column without values; each trains, or says what is wrong.
import {
  booleanColumn,
  type Column,
  fitPipeline,
  frame,
  frameFromRows,
  frameSource,
  holdOut,
  logisticRegression,
  mlpClassifier,
  numericColumn,
  oneHotEncoder,
  randomStream,
  type SplitSpecification,
  simpleImputer,
  standardScaler,
  timeOrdered,
} from "@millrace/core";
import { afterAll, describe, expect, test } from "vitest";
import { device, penguinFit, penguinRows } from "./penguins.ts";

const rowsOf = (count: number, make: (row: number) => Record<string, unknown>) =>
  frameSource(frameFromRows(Array.from({ length: count }, (_, row) => make(row))));
const x = [{ columns: ["x"], steps: [simpleImputer(), standardScaler()] }];
const y = { column: "y" };
const estimator = logisticRegression();

describe("tables at the edges", () => {
  test("no row and one row have no two classes", async () => {
    const empty = frameSource(frame({ x: numericColumn(new Float64Array(0)), y: numericColumn(new Int32Array(0)) }));
    const told = { code: "LABEL" };
    await expect(fitPipeline(penguinFit({ source: empty, features: x, label: y }))).rejects.toMatchObject(told);
    const one = rowsOf(1, () => ({ x: 1, y: "a" }));
    await expect(fitPipeline(penguinFit({ source: one, features: x, label: y }))).rejects.toMatchObject(told);
  });
  test("a class of one row cannot be stratified, but can be trained on", async () => {
    const source = rowsOf(9, (row) => ({ x: row, y: row === 0 ? "rare" : "common" }));
    const learn = (split: SplitSpecification) =>
      fitPipeline(penguinFit({ source, features: x, label: y, estimator, split }));
    await expect(learn(holdOut())).rejects.toMatchObject({
      code: "LABEL",
      message: expect.stringMatching(/row 0 has 1 row/),
    });
    const { metrics, bundle } = await learn(timeOrdered("x"));
    // ROC AUC is left out where the held-out rows are of one class.
    expect(Object.keys(metrics)).not.toContain("rocAuc");
    expect(metrics.accuracy).toBe(1);
    bundle.release();
  });
  test("constant features train and predict the base rate", async () => {
    const source = rowsOf(40, (row) => ({ x: 7, y: row % 4 === 0 }));
    const fit = await fitPipeline(
      penguinFit({ source, features: x, label: y, estimator, split: { kind: "NoHoldOut" } }),
    );
    const { probabilities } = await fit.bundle.predict([{ x: 7 }], { device });
    expect(probabilities[1]).toBeCloseTo(0.25, 3);
    expect(fit.metrics).toEqual({});
    fit.bundle.release();
  });
  test("a column without any value is told, unless a constant fills it", async () => {
    const source = rowsOf(12, (row) => ({ x: null, z: row, y: row % 2 }));
    const learn = (steps: (typeof x)[0]["steps"]) =>
      fitPipeline(penguinFit({ source, features: [{ columns: ["x"], steps }], label: y, estimator }));
    await expect(learn([simpleImputer()])).rejects.toMatchObject({ code: "FIT", column: "x" });
    const { bundle } = await learn([simpleImputer({ fillValue: 0 }), standardScaler()]);
    bundle.release();
  });
  test("two thousand columns of noise beside one that tells are learned", async () => {
    const rows = 60;
    const stream = randomStream(5, 5);
    const noise = Array.from({ length: 2000 }, (_, i): [string, Column] => [
      `n${i}`,
      numericColumn(Float64Array.from({ length: rows }, () => stream.uniform())),
    ]);
    const truth = Array.from({ length: rows }, (_, row) => row % 2 === 0);
    const signal = numericColumn(Float64Array.from(truth, (own) => (own ? 30 : -30)));
    const table = frame(new Map<string, Column>([...noise, ["signal", signal], ["y", booleanColumn(truth)]]));
    const features = [{ columns: [...noise.map(([name]) => name), "signal"], steps: [] }];
    const fit = await fitPipeline(penguinFit({ source: frameSource(table), features, label: y, estimator }));
    expect(fit.metrics.accuracy).toBe(1);
    fit.bundle.release();
  });
  test("the order of columns, and columns that were not there, change nothing at predict time", async () => {
    const { bundle } = await fitPipeline(penguinFit());
    const rows = penguinRows.slice(0, 20);
    const turned = rows.map((row) => Object.fromEntries(Object.entries({ extra: 1, ...row }).reverse()));
    expect(await bundle.predict(turned, { device })).toEqual(await bundle.predict(rows, { device }));
    expect(await bundle.predict(frameFromRows(turned), { device })).toEqual(await bundle.predict(rows, { device }));
    bundle.release();
  });
  test("a batch larger than the table is the table, and one row is a batch too", async () => {
    for (const batchSize of [1, 7, 100_000]) {
      const small = mlpClassifier({
        hiddenLayerSizes: [8],
        epochs: batchSize === 1 ? 3 : 40,
        batchSize,
        learningRate: 0.01,
      });
      const fit = await fitPipeline(penguinFit({ estimator: small }));
      expect(fit.metrics.accuracy).toBeGreaterThan(0.9);
      fit.bundle.release();
    }
  });
  test("a validation part too small to leave training rows is told", async () => {
    const source = rowsOf(4, (row) => ({ x: row, t: "a", y: row % 2 }));
    const features = [...x, { columns: ["t"], steps: [oneHotEncoder()] }];
    const stopping = mlpClassifier({ patience: 2, validationFraction: 0.9 });
    const fit = fitPipeline(
      penguinFit({ source, features, label: y, estimator: stopping, split: { kind: "NoHoldOut" } }),
    );
    await expect(fit).rejects.toMatchObject({ code: "SPLIT" });
  });
});

afterAll(() => device[Symbol.dispose]());
