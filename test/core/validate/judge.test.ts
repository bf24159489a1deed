// Metrics beside what a constant would get on the same rows: expected values by hand.
import { type JudgedRows, judge } from "@millrace/core/metrics";
import { describe, expect, test } from "vitest";

const none = { labels: new Int32Array(0), probabilities: new Float32Array(0), prediction: new Float32Array(0) };
const nothing = { ...none, cluster: new Int32Array(0), score: new Float32Array(0) };

/** Rows of classes, so many each, of which the model says what is right. */
const rowsOf = (counts: readonly number[], positive?: number): JudgedRows => {
  const truth = Int32Array.from(counts.flatMap((count, code) => new Array<number>(count).fill(code)));
  const probabilities = new Float32Array(truth.length * counts.length);
  truth.forEach((code, row) => {
    probabilities[row * counts.length + code] = 1;
  });
  return {
    ...nothing,
    task: "classification",
    classCount: counts.length,
    truth,
    labels: truth,
    probabilities,
    positive,
  };
};

const baseOf = (kind: Parameters<typeof judge>[1][number]["kind"], counts: readonly number[], positive?: number) =>
  judge(rowsOf(counts, positive), [{ kind }])[0]?.base;

describe("the base of a metric of classes", () => {
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
    expect(baseOf("brier", [30, 70])).toBeCloseTo(0.21, 12);
    expect(baseOf("cohenKappa", [30, 70])).toBeCloseTo(0, 12);
  });

  test("with more is the mean over the classes, of which all but one are never named", () => {
    expect(baseOf("precision", [50, 30, 20])).toBeCloseTo(0.5 / 3, 12);
    expect(baseOf("recall", [50, 30, 20])).toBeCloseTo(1 / 3, 12);
    expect(baseOf("f1", [50, 30, 20])).toBeCloseTo(2 / 3 / 3, 12);
  });

  test("of a class without a row is not infinite", () => {
    expect(baseOf("logLoss", [10, 0])).toBeCloseTo(0, 12);
  });

  test("follows the choices of the metric", () => {
    const [macro, weighted] = judge(rowsOf([30, 70]), [
      { kind: "recall", average: "macro" },
      { kind: "recall", average: "weighted" },
    ]);
    expect([macro?.base, weighted?.base]).toEqual([0.5, expect.closeTo(0.7, 12)]);
    expect([macro?.value, weighted?.value]).toEqual([1, 1]);
  });
});

test("quantities stand beside their mean, median or quantile", () => {
  const rows: JudgedRows = {
    ...nothing,
    task: "regression",
    classCount: 0,
    target: Float64Array.of(0, 1, 2, 9),
    prediction: Float32Array.of(0, 1, 2, 8),
  };
  const figures = judge(rows, [
    { kind: "meanSquaredError" },
    { kind: "r2" },
    { kind: "meanAbsoluteError" },
    { kind: "pinball", quantile: 1 },
    { kind: "gammaDeviance" },
  ]);
  // The mean is 3, squares 9 + 4 + 1 + 36; the median 1.5, distances 1.5 + 0.5 + 0.5 + 7.5; the largest 9. A 0 has no gamma deviance.
  expect(figures.map(({ metric, base }) => [metric.kind, base])).toEqual([
    ["meanSquaredError", 12.5],
    ["r2", 0],
    ["meanAbsoluteError", 2.5],
    ["pinball", 0],
  ]);
  expect(figures[0]?.value).toBe(0.25);
  expect(figures[1]?.value).toBeCloseTo(1 - 1 / 50, 12);
});

test("clusters stand beside a label's classes, or beside their distances", () => {
  const rows: JudgedRows = {
    ...nothing,
    task: "clustering",
    classCount: 2,
    truth: Int32Array.of(0, 0, 1, 1),
    cluster: Int32Array.of(5, 5, 3, 3),
    features: { places: [0, 1, 2, 3], rows: { rows: 4, columns: 1, data: [0, 1, 10, 11] } },
  };
  const figures = judge(rows, [{ kind: "adjustedRand" }, { kind: "silhouette" }, { kind: "calinskiHarabasz" }]);
  // The silhouette of 0, 1 | 10, 11: a = 1, b = 10.5 and 9.5, twice.
  expect(figures.map(({ value }) => value)).toEqual([1, expect.closeTo((9.5 / 10.5 + 8.5 / 9.5) / 2, 12), 200]);
  expect(figures.map(({ base }) => base)).toEqual([0, undefined, undefined]);
});

test("outliers are ranked against a label of two classes, and have no figure without", () => {
  const rows: JudgedRows = {
    ...nothing,
    task: "outlierDetection",
    classCount: 2,
    truth: Int32Array.of(0, 0, 0, 1),
    score: Float32Array.of(0.25, 0.5, 0.75, 0.625),
  };
  const [auc, precision] = judge(rows, [{ kind: "rocAuc" }, { kind: "averagePrecision" }]);
  expect([auc?.value, auc?.base]).toEqual([expect.closeTo(2 / 3, 12), 0.5]);
  expect([precision?.value, precision?.base]).toEqual([0.5, 0.25]);
  expect(judge({ ...rows, truth: undefined }, [{ kind: "rocAuc" }])).toEqual([]);
});
