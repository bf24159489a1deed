// Metrics of clusterings against scikit-learn's, and what they refuse.
import {
  adjustedRand,
  calinskiHarabasz,
  daviesBouldin,
  normalisedMutualInformation,
  silhouette,
} from "@millrace/core/tables";
import { expect, test } from "vitest";
import { recorded, table } from "../model/cluster-fixture.ts";

interface Case {
  readonly table: string;
  readonly guess: number[];
  readonly silhouette: number;
  readonly daviesBouldin: number;
  readonly calinskiHarabasz: number;
  readonly adjustedRand: number;
  readonly normalisedMutualInformation: number;
}

test.each(recorded<Case[]>("scores"))("metrics of a clustering of $table are scikit-learn's to 1e-9", (own) => {
  const { x, y } = table(own.table);
  expect(Math.abs(silhouette(x, own.guess) - own.silhouette)).toBeLessThan(1e-9);
  expect(Math.abs(daviesBouldin(x, own.guess) / own.daviesBouldin - 1)).toBeLessThan(1e-9);
  expect(Math.abs(calinskiHarabasz(x, own.guess) / own.calinskiHarabasz - 1)).toBeLessThan(1e-9);
  expect(Math.abs(adjustedRand(y, own.guess) - own.adjustedRand)).toBeLessThan(1e-9);
  expect(Math.abs(normalisedMutualInformation(y, own.guess) - own.normalisedMutualInformation)).toBeLessThan(1e-9);
});

test("labellings that differ in names alone agree, unrelated ones do not, and single clusters have a value", () => {
  expect(adjustedRand([0, 0, 1, 1], ["b", "b", "a", "a"])).toBe(1);
  expect(normalisedMutualInformation([0, 0, 1, 1], [7, 7, 3, 3])).toBeCloseTo(1, 12);
  // Each pair of labels once: 0 pairs together of 2 and 2, 2 x 2 / 6 by chance.
  expect(adjustedRand([0, 0, 1, 1], [0, 1, 0, 1])).toBeCloseTo((0 - 2 / 3) / (2 - 2 / 3), 12);
  expect(normalisedMutualInformation([0, 0, 1, 1], [0, 1, 0, 1])).toBe(0);
  for (const metric of [adjustedRand, normalisedMutualInformation]) {
    expect(metric([1, 1, 1], [0, 0, 0])).toBe(1);
    expect(metric([1, 1, 1], [0, 1, 2])).toBe(0);
  }
});

test("equal rows in two clusters have a silhouette of 0", () => {
  expect(silhouette({ rows: 4, columns: 1, data: [3, 3, 3, 3] }, [0, 0, 1, 1])).toBe(0);
});

test("what has no value is refused in words", () => {
  const x = { rows: 3, columns: 1, data: [1, 2, 3] };
  for (const metric of [silhouette, daviesBouldin, calinskiHarabasz]) {
    expect(() => metric(x, [0, 0, 0])).toThrow("there are 1 clusters of 3 rows");
    expect(() => metric(x, [0, 1, 2])).toThrow("there are 3 clusters of 3 rows");
    expect(() => metric(x, [0, 1])).toThrow("there are 2 labels and 3 rows");
    expect(() => metric({ ...x, data: [1, Number.NaN, 3] }, [0, 0, 1])).toThrow("row 1 holds NaN");
    expect(() => metric({ ...x, data: [1] }, [0, 0, 1])).toThrow("but got 1");
  }
  expect(() => adjustedRand([], [])).toThrow("no rows");
  expect(() => adjustedRand([1, 2], [1])).toThrow("there are 2 true labels and 1 clusters");
});
