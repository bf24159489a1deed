// Metrics against scikit-learn's recorded answers (test/fixtures/sklearn), to 1e-9, and what they refuse.
import { readFileSync } from "node:fs";
import { accuracy, confusionMatrix, f1, logLoss, precision, recall, rocAuc } from "@millrace/core/metrics";
import { describe, expect, test } from "vitest";

interface MetricCase {
  readonly classes: number;
  readonly truth: number[];
  readonly predicted: number[];
  readonly probabilities: number[];
  readonly weights: number[] | null;
  readonly confusion: number[][];
  readonly [figure: string]: unknown;
}
const cases: MetricCase[] = JSON.parse(
  readFileSync(new URL("../../fixtures/sklearn/metrics.json", import.meta.url), "utf8"),
);
const close = (got: number, want: unknown): void => {
  expect(Math.abs(got - Number(want))).toBeLessThanOrEqual(1e-9);
};

describe.each(cases)("with $classes classes and $truth.length rows", (recorded) => {
  const { truth, predicted, probabilities, classes } = recorded;
  const options = recorded.weights ? { weights: recorded.weights } : {};
  test(`figures of predicted classes are scikit-learn's (${recorded.weights ? "weighted" : "plain"})`, () => {
    close(accuracy(truth, predicted, options), recorded.accuracy);
    const { counts } = confusionMatrix(truth, predicted, options);
    recorded.confusion.flat().forEach((want, i) => {
      close(counts[i] ?? Number.NaN, want);
    });
    for (const average of classes === 2 ? (["binary", "macro", "weighted"] as const) : (["macro", "weighted"] as const))
      for (const [name, metric] of Object.entries({ precision, recall, f1 }))
        close(metric(truth, predicted, { ...options, average }), recorded[`${name}_${average}`]);
  });
  test("ROC AUC with ties and log loss with zeros are scikit-learn's", () => {
    close(logLoss(truth, probabilities, options), recorded.logLoss);
    const second = probabilities.filter((_, i) => i % 2 === 1);
    close(rocAuc(truth, classes === 2 ? second : probabilities, options), recorded.rocAuc);
    if (classes === 2) {
      close(logLoss(truth, second, options), recorded.logLoss);
      close(rocAuc(truth, probabilities, options), recorded.rocAuc);
    }
  });
});

describe("labels of any kind", () => {
  test("texts and truths are classes too, sorted as scikit-learn sorts them", () => {
    expect(confusionMatrix(["b", "a"], ["b", "b"]).classes).toEqual(["a", "b"]);
    expect(precision([true, false, true], [true, true, false])).toBe(0.5);
    expect(recall(["no", "yes"], ["yes", "yes"], { positive: "no" })).toBe(0);
    expect(rocAuc(["x", "y"], [0.9, 0.1], { positive: "x" })).toBe(1);
  });
});

describe("what is refused", () => {
  const code = (act: () => unknown): unknown => {
    try {
      act();
    } catch (error) {
      return error instanceof Error && "code" in error ? `${error.code}: ${error.message}` : error;
    }
    return "nothing was thrown";
  };
  test("a label that is NaN names its row", () => {
    expect(code(() => accuracy([0, Number.NaN], [0, 1]))).toMatch(/^LABEL: truth: row 1 has the label NaN/);
  });
  test("lists of different lengths, bad weights and no rows", () => {
    expect(code(() => accuracy([0, 1], [0]))).toMatch(/^METRIC: there are 2 true labels and 1 predictions/);
    expect(code(() => accuracy([0], [0], { weights: [1, 2] }))).toMatch(/^METRIC: there are 2 weights for 1 rows/);
    expect(code(() => accuracy([0], [0], { weights: [-1] }))).toMatch(/^METRIC: the weight of row 0 is -1/);
    expect(code(() => accuracy([0], [0], { weights: [0] }))).toMatch(/^METRIC: all weights are 0/);
    expect(code(() => accuracy([], []))).toMatch(/^METRIC: a metric of no rows/);
  });
  test("one class has no ROC AUC and no log loss", () => {
    expect(code(() => rocAuc([1, 1], [0.1, 0.2]))).toMatch(/^LABEL: .*only the class 1/);
    expect(code(() => rocAuc([0, 1], [0.1, 0.2], { weights: [1, 0] }))).toMatch(
      /^LABEL: .*no row of weight of the class 1/,
    );
    expect(code(() => logLoss([1, 1], [0.1, 0.2]))).toMatch(/^LABEL/);
  });
  test("scores that are not finite, probabilities outside 0..1, and unknown classes", () => {
    expect(code(() => rocAuc([0, 1], [0.1, Number.NaN]))).toMatch(/^METRIC: the score of row 1 is NaN/);
    expect(code(() => logLoss([0, 1], [0.1, 1.5]))).toMatch(/^METRIC: row 1 has the probability 1.5/);
    expect(code(() => f1([0, 1, 2], [0, 1, 2]))).toMatch(/^METRIC: average "binary" is for two classes/);
    expect(code(() => logLoss(["a", "c"], [0.1, 0.5], { classes: ["a", "b"] }))).toMatch(
      /^LABEL: truth: row 1 has the label c/,
    );
    expect(code(() => accuracy([0, 1], ["a", "b"]))).toMatch(/^LABEL: predicted: row 0 has a string label/);
  });
});
