// Nearest neighbours against scikit-learn's brute force, with ties, duplicates and far columns, and what they refuse.
import { fitEstimator, kNeighborsClassifier, kNeighborsRegressor, matrixOf } from "@millrace/core/tables";
import { describe, expect, test } from "vitest";
import type { NeighbourMetric } from "../../../../core/tables.ts";
import { devices, everyRow, gpu, largestGap, matrix, pickRows, recorded, table } from "../cluster-fixture.ts";

interface Case {
  readonly table: string;
  readonly options: { nNeighbors: number; weights: "uniform" | "distance"; metric: NeighbourMetric };
  /** Held-out rows whose neighbours are clear; null for all. */
  readonly rows: number[] | null;
  readonly predicted: number[];
  readonly probabilities: number[] | null;
  readonly regression: number[];
}

const cases = recorded<Case[]>("neighbours");

const rowsOf = (own: Case) => {
  const { x, y } = table(own.table);
  const half = (from: number) => everyRow(x, 2, from);
  const target = Float64Array.from(y, (code, row) => Math.round(1000 * (Math.sin(row) * 10 + code)) / 1000);
  const codes = y.filter((_, row) => row % 2 === 0);
  return { train: half(0), held: half(1), codes, target: target.filter((_, row) => row % 2 === 0) };
};

const mostProbable = (probabilities: ArrayLike<number>, rows: number): number[] => {
  const classes = probabilities.length / rows;
  return Array.from({ length: rows }, (_, row) => {
    const own = Array.from({ length: classes }, (_, code) => probabilities[row * classes + code] ?? Number.NaN);
    return own.indexOf(Math.max(...own));
  });
};

describe.each(devices)("on %s", (name, open) => {
  // Float64 by plain loops takes a minute for the largest table, and tells nothing more there.
  const own = cases.filter(({ table }) => name !== "reference" || table !== "digits");
  test.each(own)("neighbours in $table with $options answer as scikit-learn's", async (own) => {
    using device = await open();
    const { train, held: all, codes, target } = rowsOf(own);
    const held = own.rows ? pickRows(all, own.rows) : all;
    const classCount = Math.max(...codes) + 1;
    using classifier = await fitEstimator(
      kNeighborsClassifier(own.options),
      { x: train, codes, classCount },
      { device },
    );
    const { probabilities = [] } = await classifier.predict(held);
    expect(mostProbable(probabilities, held.rows)).toEqual(own.predicted);
    if (own.probabilities) expect(largestGap(probabilities, own.probabilities)).toBeLessThan(1e-5);
    using regressor = await fitEstimator(kNeighborsRegressor(own.options), { x: train, target }, { device });
    const { prediction = [] } = await regressor.predict(held);
    // Rows of length 1 in float32 hold a cosine distance of 1e-4 to 1e-5 of itself; targets go to 12.
    expect(largestGap(prediction, own.regression)).toBeLessThan(own.options.metric === "cosine" ? 5e-5 : 1e-5);
  });
});

test("a GPU answers the same", async () => {
  using device = await gpu();
  for (const metric of ["euclidean", "manhattan", "cosine"]) {
    const own = cases.find(({ table, options }) => table === "irisTenths" && options.metric === metric);
    if (!own) throw new Error("not recorded");
    const { train, held: all, target } = rowsOf(own);
    using regressor = await fitEstimator(kNeighborsRegressor(own.options), { x: train, target }, { device });
    const { prediction = [] } = await regressor.predict(own.rows ? pickRows(all, own.rows) : all);
    expect(largestGap(prediction, own.regression)).toBeLessThan(5e-5);
  }
}, 300_000);

/** Whole numbers in rows that are often equal, and their nearest by plain loops: of equals the first. */
const wholeRows = (rows: number, columns: number, seed: number) =>
  matrix(
    Float32Array.from({ length: rows * columns }, (_, i) => 1000 + (Math.imul(i + seed, 2654435761) >>> 28)),
    columns,
  );
const nearestByLoops = (stored: ReturnType<typeof wholeRows>, asked: ReturnType<typeof wholeRows>): number[] =>
  Array.from({ length: asked.rows }, (_, row) => {
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let other = 0; other < stored.rows; other++) {
      let sum = 0;
      for (let column = 0; column < stored.columns; column++)
        sum +=
          ((stored.data[other * stored.columns + column] ?? 0) - (asked.data[row * asked.columns + column] ?? 0)) ** 2;
      if (sum >= least) continue;
      least = sum;
      best = other;
    }
    return best;
  });

test.each([2048, 2049, 5000])(
  "of %d stored rows, compared in parts, the first of the nearest answers",
  async (rows) => {
    const stored = wholeRows(rows, 3, 1);
    const asked = wholeRows(150, 3, 77_777);
    const target = Float64Array.from({ length: rows }, (_, row) => row);
    using model = await fitEstimator(kNeighborsRegressor({ nNeighbors: 1 }), { x: stored, target });
    const { prediction = [] } = await model.predict(asked);
    expect(Array.from(prediction)).toEqual(nearestByLoops(stored, asked));
  },
);

test("more rows than one batch holds are answered in order, and rows far from 0 are told apart", async () => {
  const stored = matrixOf([[1e6], [1e6 + 0.5], [1e6 + 1]]);
  using model = await fitEstimator(kNeighborsRegressor({ nNeighbors: 1 }), {
    x: stored,
    target: Float64Array.of(7, 8, 9),
  });
  const asked = Float32Array.from({ length: 20_000 }, (_, row) => 1e6 + (row % 3) / 2);
  const { prediction = [] } = await model.predict(matrix(asked, 1));
  expect(prediction.every((value, row) => value === 7 + (row % 3))).toBe(true);
});

test("with weights by distance, equal rows alone answer; a row of zeros is at cosine distance 1 from all", async () => {
  const x = matrixOf([
    [0, 0],
    [3, 4],
    [3, 4],
    [-3, 4],
  ]);
  const target = Float64Array.of(1, 2, 4, 50);
  const options = { nNeighbors: 4, weights: "distance" } as const;
  using euclidean = await fitEstimator(kNeighborsRegressor(options), { x, target });
  expect((await euclidean.predict([[3, 4]])).prediction).toEqual(Float32Array.of(3));
  using cosine = await fitEstimator(kNeighborsRegressor({ ...options, metric: "cosine" }), { x, target });
  const { prediction = [] } = await cosine.predict([
    [0, 0],
    [4, -3],
  ]);
  // From [4, -3] the cosines are 0 / 5, 0, 0 and -24 / 25: distances 1, 1, 1, 1.96.
  expect(prediction[0]).toBeCloseTo((1 + 2 + 4 + 50) / 4, 5);
  expect(prediction[1]).toBeCloseTo((1 + 2 + 4 + 50 / 1.96) / (3 + 1 / 1.96), 5);
});

test("options and rows that will not do are refused in words", async () => {
  const data = { x: matrixOf([[1], [2]]), codes: Int32Array.of(0, 1), classCount: 2 };
  const refused = (specification: { readonly kind: string }, given: object = {}) =>
    expect(fitEstimator(specification, { ...data, ...given })).rejects;
  await refused(kNeighborsClassifier()).toThrow("nNeighbors is 5, but there are 2 training rows");
  await refused(kNeighborsClassifier({ nNeighbors: 0 })).toThrow("nNeighbors is a whole number of at least 1");
  await refused(kNeighborsRegressor({ nNeighbors: 1 })).toThrow("is fitted on quantities: give a target");
  await refused(kNeighborsClassifier({ nNeighbors: 1 }), { codes: undefined }).toThrow("is fitted on classes");
  await refused(kNeighborsClassifier({ nNeighbors: 1 }), { weights: Float64Array.of(1, 2) }).toThrow(
    "takes no weights",
  );
  await refused({ ...kNeighborsClassifier({ nNeighbors: 1 }), ...{ metric: "chebyshev" } }).toThrow(
    'metric is "euclidean", "manhattan" or "cosine"',
  );
});
