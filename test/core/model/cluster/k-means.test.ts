// K-means and its batches against scikit-learn's best of 200 starts, and what they refuse.
import { adjustedRand, fitEstimator, kMeans, matrixOf, miniBatchKMeans, startPartialFit } from "@millrace/core/tables";
import { describe, expect, test } from "vitest";
import { devices, gpu, matrix, recorded, table } from "../cluster-fixture.ts";

interface Case {
  readonly table: string;
  readonly k: number;
  readonly inertia: number;
  readonly labels: number[];
}

const cases = recorded<{ kmeans: Case[] }>("clusters").kmeans;

/** What the state of a clustering tells. */
const told = (state: unknown): { inertia: number; labels: number[]; clusterCentres: number[] } => {
  if (!state || typeof state !== "object" || !("inertia" in state)) throw new Error("the state tells no inertia");
  return state as { inertia: number; labels: number[]; clusterCentres: number[] };
};

describe.each(devices)("on %s", (name, open) => {
  const own = cases.filter(({ table }) => name !== "reference" || table !== "digits");
  test.each(own)(
    "k-means of $table comes to scikit-learn's best inertia and clusters",
    async ({ table: key, ...wanted }) => {
      using device = await open();
      const { x } = table(key);
      const nInit = key === "digits" ? 200 : 10;
      const specification = kMeans({ nClusters: wanted.k, nInit, tol: 1e-8 });
      using model = await fitEstimator(specification, { x }, { device, seed: 3 });
      const { inertia, labels } = told(model.state);
      expect(Math.abs(inertia / wanted.inertia - 1)).toBeLessThan(1e-4);
      // The digits have several optima within 1e-4 of the best, which put some rows elsewhere.
      if (key !== "digits") expect(adjustedRand(wanted.labels, labels)).toBeGreaterThanOrEqual(0.99);
      const { cluster = [] } = await model.predict(x);
      expect(Array.from(cluster)).toEqual(labels);
    },
  );
});

test("a GPU finds the same clusters, and batches of rows nearly as good ones", async () => {
  using device = await gpu();
  const { x } = table("blobs");
  const wanted = cases.find((own) => own.table === "blobs");
  for (const specification of [
    kMeans({ nClusters: 5, nInit: 3 }),
    miniBatchKMeans({ nClusters: 5, nInit: 3, maxIter: 3 }),
  ]) {
    using model = await fitEstimator(specification, { x }, { device, seed: 1 });
    const { cluster = [] } = await model.predict(x);
    expect(adjustedRand(wanted?.labels ?? [], cluster)).toBeGreaterThanOrEqual(0.99);
  }
}, 300_000);

test("the same seed gives the same bits for any number of threads, and rows of all blocks count", async () => {
  // 20,000 rows are three blocks; groups at 0, 100 and 200 with offsets of whole 64ths, whose means are known.
  const rows = 20_000;
  const x = matrix(
    Float32Array.from({ length: rows }, (_, row) => 100 * (row % 3) + ((row % 64) - 31.5) / 64),
    1,
  );
  const found = [];
  for (const threads of [1, 2]) {
    using device = await (await import("@millrace/core")).openDevice("wasm", { threads, deterministic: true });
    using model = await fitEstimator(kMeans({ nClusters: 3 }), { x }, { device, seed: 9 });
    found.push(model.state);
    const centres = told(model.state).clusterCentres.toSorted((a, b) => a - b);
    for (const [k, centre] of centres.entries()) {
      const own = x.data.filter((_, row) => row % 3 === k);
      expect(centre).toBeCloseTo(own.reduce((sum, value) => sum + value, 0) / own.length, 4);
    }
  }
  expect(found[0]).toEqual(found[1]);
});

test("weights count as repeated rows, and a cluster without rows is given the farthest one", async () => {
  const rows = [[0], [1], [10], [11], [30]];
  const weights = Float64Array.of(3, 1, 1, 1, 2);
  const repeated = [[0], [0], [0], [1], [10], [11], [30], [30]];
  using weighted = await fitEstimator(kMeans({ nClusters: 3, nInit: 5 }), { x: matrixOf(rows), weights });
  using plain = await fitEstimator(kMeans({ nClusters: 3, nInit: 5 }), { x: matrixOf(repeated) });
  // {0, 0, 0, 1}, {10, 11}, {30, 30}: 0.75 + 0.5.
  expect(told(weighted.state).inertia).toBeCloseTo(1.25, 5);
  expect(told(plain.state).inertia).toBeCloseTo(1.25, 5);
  // Random starts on equal rows leave clusters empty; the optimum of 3 clusters has inertia 0 all the same.
  const equal = [...Array.from({ length: 50 }, () => [1]), [5], [9]];
  using moved = await fitEstimator(kMeans({ nClusters: 3, init: "random" }), { x: matrixOf(equal) }, { seed: 2 });
  expect(told(moved.state).inertia).toBe(0);
});

test.each(["blobs", "iris", "digits"])(
  "batches of %s come within 5 % of the best inertia, in one fit and one by one",
  async (key) => {
    const { x } = table(key);
    const wanted = cases.find((own) => own.table === key);
    if (!wanted) throw new Error("not recorded");
    const specification = miniBatchKMeans({ nClusters: wanted.k, batchSize: 100, nInit: 10 });
    using model = await fitEstimator(specification, { x }, { seed: 1 });
    expect(told(model.state).inertia / wanted.inertia).toBeLessThan(1.05);
    using again = await fitEstimator(specification, { x }, { seed: 1 });
    expect(again.state).toEqual(model.state);
  },
);

test("batches that come one by one move the centres to the means of what they were given", async () => {
  const { x } = table("blobs");
  const wanted = cases.find((own) => own.table === "blobs");
  let fit = await startPartialFit(miniBatchKMeans({ nClusters: 5 }), { columns: x.columns }, { seed: 4 });
  for (let from = 0; from < 300; from += 100)
    fit = await fit.add({ x: matrix(x.data.slice(from * x.columns, (from + 100) * x.columns), x.columns) });
  using model = fit.finish();
  const { cluster = [] } = await model.predict(x);
  expect(adjustedRand(wanted?.labels ?? [], cluster)).toBeGreaterThanOrEqual(0.99);
  expect(() => fit.merge(fit)).toThrow("takes batches in one order");
});

test("options and rows that will not do are refused in words", async () => {
  const x = matrixOf([[1], [2]]);
  const refused = (specification: { readonly kind: string }, given: object = {}) =>
    expect(fitEstimator(specification, { x, ...given })).rejects;
  await refused(kMeans()).toThrow("there are 8 clusters to find in 2 rows");
  await refused(kMeans({ nClusters: 2 }), { weights: Float64Array.of(1, 0) }).toThrow("2 clusters to find in 1 rows");
  await refused(kMeans({ nClusters: 0 })).toThrow("nClusters is a whole number of at least 1, but got 0");
  await refused(kMeans({ tol: -1 })).toThrow("tol is a finite number of at least 0");
  await refused({ ...kMeans(), ...{ init: "first" } }).toThrow('init is "k-means++" or "random"');
  await refused(miniBatchKMeans({ batchSize: 1.5 })).toThrow("batchSize is a whole number");
  const signal = AbortSignal.abort(new Error("enough"));
  await expect(fitEstimator(kMeans({ nClusters: 1 }), { x }, { signal })).rejects.toThrow("enough");
});
