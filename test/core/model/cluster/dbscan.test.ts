// DBSCAN against scikit-learn's labels and cores, with distances of exactly eps, duplicates and weights.
import { dbscan, fitEstimator, matrixOf } from "@millrace/core/tables";
import { describe, expect, test } from "vitest";
import { devices, gpu, recorded, table } from "../cluster-fixture.ts";

interface Case {
  readonly table: string;
  readonly eps: number;
  readonly minSamples: number;
  readonly weights?: number[];
  readonly labels: number[];
  readonly core: number[];
}

const cases = recorded<{ dbscan: Case[] }>("clusters").dbscan;

describe.each(devices)("on %s", (_, open) => {
  test.each(cases)(
    "DBSCAN of $table with eps $eps and minSamples $minSamples has scikit-learn's labels",
    async (own) => {
      using device = await open();
      const { x } = table(own.table);
      const weights = own.weights ? Float64Array.from(own.weights) : undefined;
      using model = await fitEstimator(
        dbscan({ eps: own.eps, minSamples: own.minSamples }),
        { x, weights },
        { device },
      );
      expect(model.state).toMatchObject({ labels: own.labels, coreRows: own.core });
      const { cluster = [] } = await model.predict(x);
      // Cores keep their cluster, rows of none have none, and others are in one that they are at the border of.
      for (const row of own.core) expect(cluster[row]).toBe(own.labels[row]);
      own.labels.forEach((label, row) => {
        expect((cluster[row] ?? -2) < 0).toBe(label < 0);
      });
    },
  );
});

test("a GPU finds the same clusters", async () => {
  using device = await gpu();
  const [own] = cases;
  if (!own) throw new Error("not recorded");
  using model = await fitEstimator(
    dbscan({ eps: own.eps, minSamples: own.minSamples }),
    { x: table("moons").x },
    { device },
  );
  expect(model.state).toMatchObject({ labels: own.labels });
  const { cluster = [] } = await model.predict([[9, 9]]);
  expect(Array.from(cluster)).toEqual([-1]);
}, 300_000);

test("blocks of rows join: a line of 3,000 rows a unit apart is one cluster, and its break makes two", async () => {
  const line = Array.from({ length: 3000 }, (_, i) => [i + (i >= 1700 ? 1 : 0)]);
  using model = await fitEstimator(dbscan({ eps: 1, minSamples: 2 }), { x: matrixOf(line) });
  const labels = line.map((_, i) => Number(i >= 1700));
  expect(model.state).toMatchObject({ clusters: 2, labels });
  const { cluster } = await model.predict([[-1], [-1.5], [1699.5], [3001]]);
  expect(cluster).toEqual(Int32Array.of(0, -1, 0, 1));
});

test("where no row is dense there is no cluster", async () => {
  using model = await fitEstimator(dbscan({ eps: 0.5, minSamples: 2 }), { x: matrixOf([[0], [1], [2]]) });
  expect(model.state).toMatchObject({ clusters: 0, labels: [-1, -1, -1] });
  expect((await model.predict([[0], [5]])).cluster).toEqual(Int32Array.of(-1, -1));
});

test("options that will not do are refused in words", async () => {
  const data = { x: matrixOf([[0]]) };
  await expect(fitEstimator(dbscan({ eps: 0 }), data)).rejects.toThrow("eps is a finite number above 0, but got 0");
  await expect(fitEstimator(dbscan({ minSamples: 0 }), data)).rejects.toThrow(
    "minSamples is a finite number of at least 1",
  );
});
