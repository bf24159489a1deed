// Naive Bayes against scikit-learn's probabilities, its batches and shards, and what it refuses.
import {
  bernoulliNaiveBayes,
  fitEstimator,
  gaussianNaiveBayes,
  matrixOf,
  multinomialNaiveBayes,
  startPartialFit,
} from "@millrace/core/tables";
import { describe, expect, test } from "vitest";
import { devices, everyRow, gpu, largestGap, matrix, recorded, table } from "../cluster-fixture.ts";

interface Case {
  readonly table: string;
  readonly kind: string;
  readonly options: Record<string, never>;
  readonly weights: number[] | null;
  readonly step: number;
  readonly probabilities: number[];
}

const cases = recorded<Case[]>("bayes");
const make = { GaussianNaiveBayes: gaussianNaiveBayes, MultinomialNaiveBayes: multinomialNaiveBayes };
const specificationOf = ({ kind, options }: Case) =>
  kind === "BernoulliNaiveBayes" ? bernoulliNaiveBayes(options) : Reflect.get(make, kind)(options);

const rowsOf = (own: Case) => {
  const { x, y } = table(own.table);
  const counts = own.kind === "MultinomialNaiveBayes" ? matrix(x.data.map(Math.abs), x.columns) : x;
  const weights = own.weights ? Float64Array.from(own.weights) : undefined;
  return { x: counts, codes: y, classCount: Math.max(...y) + 1, weights };
};

describe.each(devices)("on %s", (_, open) => {
  test.each(cases)("$kind of $table with $options has scikit-learn's probabilities", async (own) => {
    using device = await open();
    const data = rowsOf(own);
    using model = await fitEstimator(specificationOf(own), data, { device });
    const { probabilities = [] } = await model.predict(everyRow(data.x, own.step));
    expect(largestGap(probabilities, own.probabilities)).toBeLessThan(1e-5);
  });
});

test("a GPU gives the same probabilities", async () => {
  using device = await gpu();
  for (const kind of ["GaussianNaiveBayes", "MultinomialNaiveBayes", "BernoulliNaiveBayes"]) {
    const own = cases.find((one) => one.kind === kind && one.table === "iris");
    if (!own) throw new Error("not recorded");
    using model = await fitEstimator(specificationOf(own), rowsOf(own), { device });
    const { probabilities = [] } = await model.predict(rowsOf(own).x);
    expect(largestGap(probabilities, own.probabilities)).toBeLessThan(1e-5);
  }
}, 300_000);

test.each(cases.filter((own) => own.table === "iris"))(
  "$kind with $options learns the same from batches and merged shards as from all rows",
  async (own) => {
    const { x, codes, classCount, weights } = rowsOf(own);
    const part = (from: number, to: number) => ({
      x: matrix(x.data.slice(from * x.columns, to * x.columns), x.columns),
      codes: codes.slice(from, to),
      weights: weights?.slice(from, to),
    });
    const empty = await startPartialFit(specificationOf(own), { columns: x.columns, classCount });
    const left = await (await empty.add(part(0, 40))).add(part(40, 90));
    const right = await empty.add(part(90, 150));
    using model = left.merge(empty).merge(right).finish();
    const { probabilities = [] } = await model.predict(x);
    expect(largestGap(probabilities, own.probabilities)).toBeLessThan(1e-5);
  },
);

test("a column far from 0 keeps its digits", async () => {
  // Two classes half a deviation apart at a million: P = 1 / (1 + exp(x - 0.5 - mean)), worked out by hand for unit variance.
  const values = [-1, 1, 0, 2].map((offset) => [1e6 + offset]);
  using model = await fitEstimator(gaussianNaiveBayes({ varSmoothing: 0 }), {
    x: matrixOf(values),
    codes: Int32Array.of(0, 0, 1, 1),
    classCount: 2,
  });
  const { probabilities = [] } = await model.predict([[1e6], [1e6 + 0.5], [1e6 + 3]]);
  const second = (offset: number) => 1 / (1 + Math.exp(0.5 - offset));
  const wanted = [0, 0.5, 3].flatMap((offset) => [1 - second(offset), second(offset)]);
  expect(largestGap(probabilities, wanted)).toBeLessThan(1e-6);
});

test("a class without rows is never expected, and far rows have finite probabilities", async () => {
  const data = { x: matrixOf([[0], [1], [5], [7]]), codes: Int32Array.of(0, 0, 2, 2), classCount: 3 };
  for (const specification of [gaussianNaiveBayes(), multinomialNaiveBayes(), bernoulliNaiveBayes()]) {
    using model = await fitEstimator(specification, data);
    const { probabilities = [] } = await model.predict([[0], [6], [3e38]]);
    expect(Array.from(probabilities).every((p) => p >= 0 && p <= 1)).toBe(true);
    expect([probabilities[1], probabilities[4], probabilities[7]]).toEqual([0, 0, 0]);
  }
});

test("options and rows that will not do are refused in words", async () => {
  const data = { x: matrixOf([[1], [-2]]), codes: Int32Array.of(0, 1), classCount: 2 };
  const refused = (specification: { readonly kind: string }, given: object = {}) =>
    expect(fitEstimator(specification, { ...data, ...given })).rejects;
  await refused(multinomialNaiveBayes()).toThrow('row 1 of column "x0" is -2; MultinomialNaiveBayes takes counts');
  await refused(multinomialNaiveBayes({ alpha: 0 })).toThrow("alpha is a finite number of at least 1e-10, but got 0");
  await refused(bernoulliNaiveBayes({ binarize: Number.NaN })).toThrow("binarize is a finite number or null");
  await refused(gaussianNaiveBayes({ varSmoothing: -1 })).toThrow("varSmoothing is a finite number of at least 0");
  await refused(gaussianNaiveBayes({ priors: [0.5, 0.6] })).toThrow("priors is null, or a number of at least 0");
  await refused(gaussianNaiveBayes({ priors: [1] })).toThrow("there are 1 priors for 2 classes");
  await refused(gaussianNaiveBayes(), { codes: undefined }).toThrow("is fitted on classes");
  await refused(gaussianNaiveBayes(), { codes: Int32Array.of(0, 2) }).toThrow("the code of row 1 is 2");
  await refused(gaussianNaiveBayes(), { weights: Float64Array.of(0, 0) }).toThrow("all rows have the weight 0");
  await refused(gaussianNaiveBayes(), { x: matrixOf([[3], [3]]) }).toThrow("column 0 is constant in class 0");
});
