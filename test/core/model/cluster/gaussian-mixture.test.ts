// Gaussian mixtures against scikit-learn's at its best of ten starts, and what they refuse.
import { fitEstimator, gaussianMixture, matrixOf } from "@millrace/core/tables";
import { describe, expect, test } from "vitest";
import type { CovarianceType } from "../../../../core/tables.ts";
import { devices, gpu, largestGap, matrix, recorded, table } from "../cluster-fixture.ts";

interface Case {
  readonly table: string;
  readonly k: number;
  readonly covariance: CovarianceType;
  readonly lowerBound: number;
  readonly weights: number[];
  readonly means: number[][];
  readonly probabilities: number[];
}

const cases = recorded<{ mixture: Case[] }>("clusters").mixture;

interface Told {
  readonly weights: number[];
  readonly means: number[];
  readonly covariances: number[];
  readonly logLikelihood: number;
}

const told = (state: unknown): Told => {
  if (!state || typeof state !== "object" || !("logLikelihood" in state)) throw new Error("the state tells nothing");
  return state as Told;
};

/** Components in the order of their first mean, as they were recorded. */
const orderOf = ({ weights, means }: Told): number[] => {
  const columns = means.length / weights.length;
  return [...weights.keys()].sort((a, b) => (means[a * columns] ?? 0) - (means[b * columns] ?? 0));
};

const inOrder = (probabilities: ArrayLike<number>, order: readonly number[]): number[] =>
  Array.from(probabilities, (_, i) => {
    const row = Math.floor(i / order.length);
    return probabilities[row * order.length + (order[i % order.length] ?? 0)] ?? Number.NaN;
  });

const check = async (own: Case, open: () => ReturnType<typeof gpu>, options: object): Promise<void> => {
  using device = await open();
  const { x } = table(own.table);
  const specification = gaussianMixture({ nComponents: own.k, covarianceType: own.covariance, ...options });
  using model = await fitEstimator(specification, { x }, { device, seed: 1 });
  const found = told(model.state);
  const order = orderOf(found);
  expect(Math.abs(found.logLikelihood - own.lowerBound)).toBeLessThan(1e-4);
  expect(
    largestGap(
      order.map((j) => found.weights[j] ?? 0),
      own.weights,
    ),
  ).toBeLessThan(1e-3);
  const means = order.flatMap((j) => found.means.slice(j * x.columns, (j + 1) * x.columns));
  expect(largestGap(means, own.means.flat())).toBeLessThan(2e-3);
  const { probabilities = [], cluster = [] } = await model.predict(x);
  expect(largestGap(inOrder(probabilities, order), own.probabilities)).toBeLessThan(5e-3);
  for (let row = 0; row < x.rows; row++) {
    const some = probabilities.slice(row * own.k, (row + 1) * own.k);
    expect(some[cluster[row] ?? -1]).toBe(Math.max(...some));
  }
};

describe.each(devices)("on %s", (name, open) => {
  const options = { tol: 1e-6, maxIter: 1000, nInit: name === "reference" ? 1 : 5 };
  test.each(cases)("a $covariance mixture of $k in $table is scikit-learn's", async (own) => {
    await check(own, open, options);
  });
});

test("a GPU comes to the same mixture", async () => {
  const own = cases.find(({ table, covariance }) => table === "blobs" && covariance === "full");
  if (!own) throw new Error("not recorded");
  await check(own, gpu, {});
}, 300_000);

test.each(["full", "tied", "diag", "spherical"] as const)(
  "one %s component has the moments of its rows, by weight and in their scale",
  async (covarianceType) => {
    // Columns of scales 1e4 and 1e-3, and a weight of 2: moments by plain sums.
    const rows = [
      [1e4, 1e-3],
      [3e4, 5e-3],
      [-2e4, 2e-3],
      [7e4, 4e-3],
    ];
    const weights = Float64Array.of(1, 2, 1, 1);
    const specification = gaussianMixture({ covarianceType, regCovar: 0 });
    using model = await fitEstimator(specification, { x: matrixOf(rows), weights });
    const mean = [0, 1].map((c) => rows.reduce((sum, row, i) => sum + ((row[c] ?? 0) * (weights[i] ?? 0)) / 5, 0));
    const moment = (a: number, b: number): number =>
      rows.reduce(
        (sum, row, i) =>
          sum + (((row[a] ?? 0) - (mean[a] ?? 0)) * ((row[b] ?? 0) - (mean[b] ?? 0)) * (weights[i] ?? 0)) / 5,
        0,
      );
    const [p, q, r] = [moment(0, 0), moment(1, 1), moment(0, 1)];
    const wanted = { full: [p, r, r, q], tied: [p, r, r, q], diag: [p, q], spherical: [(p + q) / 2, (p + q) / 2] }[
      covarianceType
    ];
    const found = told(model.state);
    found.means.forEach((value, c) => {
      expect(value / (mean[c] ?? 0)).toBeCloseTo(1, 4);
    });
    expect(found.covariances).toHaveLength(wanted.length);
    found.covariances.forEach((value, i) => {
      expect(value / (wanted[i] ?? 0)).toBeCloseTo(1, 4);
    });
  },
);

test("rows of several blocks count, and the same seed gives the same model", async () => {
  const rows = 20_000;
  const x = matrix(
    Float32Array.from({ length: rows }, (_, i) => 50 * (i % 2) + ((i % 128) - 63.5) / 32),
    1,
  );
  const [first, second] = [1, 2].map(() => fitEstimator(gaussianMixture({ nComponents: 2 }), { x }, { seed: 5 }));
  const found = told((await first)?.state);
  expect(found.weights[0]).toBeCloseTo(0.5, 6);
  expect((await second)?.state).toEqual((await first)?.state);
});

test("options and rows that will not do are refused in words", async () => {
  const data = {
    x: matrixOf([
      [1, 2],
      [1, 2],
      [1, 2],
    ]),
  };
  await expect(fitEstimator(gaussianMixture({ regCovar: 0 }), data)).rejects.toThrow("raise regCovar");
  await expect(fitEstimator(gaussianMixture({ regCovar: 0, covarianceType: "diag" }), data)).rejects.toThrow(
    "raise regCovar",
  );
  await expect(fitEstimator(gaussianMixture({ nComponents: 4 }), data)).rejects.toThrow("4 clusters to find in 3 rows");
  await expect(fitEstimator({ ...gaussianMixture(), ...{ covarianceType: "round" } }, data)).rejects.toThrow(
    "covarianceType is full, tied",
  );
});
