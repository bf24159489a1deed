// Splits: hashed values with scikit-learn's counts, the same everywhere; and the guard that keeps held-out rows out of fits.
import { createHash } from "node:crypto";
import {
  bitAt,
  frame,
  frameSource,
  heldOutRows,
  holdOut,
  holdOutSplit,
  noHoldOutSplit,
  numericColumn,
  randomStream,
  rowsWhere,
  sha256,
  shuffle,
  timeOrdered,
  timeOrderedSplit,
  trainingRows,
} from "@millrace/core";
import { describe, expect, test } from "vitest";

describe("SHA-256", () => {
  test("agrees with Node's on lengths about every block boundary", () => {
    for (const length of [0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1000]) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 131 + length) & 255);
      expect(sha256(bytes)).toBe(createHash("sha256").update(bytes).digest("hex"));
    }
    expect(sha256("Bartók Béla")).toBe(createHash("sha256").update("Bartók Béla").digest("hex"));
  });
});

describe("random hold-out", () => {
  const labels = Int32Array.from({ length: 344 }, (_, row) => (row < 152 ? 0 : row < 276 ? 1 : 2));
  test("the same seed gives the same rows and hash, another seed others", () => {
    const one = holdOutSplit(labels, holdOut({ seed: 3 }));
    expect(holdOutSplit(labels, holdOut({ seed: 3 }))).toEqual(one);
    expect(holdOutSplit(labels, holdOut({ seed: 4 })).hash).not.toBe(one.hash);
  });
  test("stratified, each class keeps its share; counts are scikit-learn's train_test_split's", () => {
    // StratifiedShuffleSplit holds out ceil(0.25 * 344) = 86 rows: 38, 31 and 17 of the classes of 152, 124 and 68.
    const split = holdOutSplit(labels, holdOut({ fraction: 0.25, seed: 1 }));
    const counts = [0, 0, 0];
    for (const row of rowsWhere(split.heldOut, 344)) counts[labels[row] ?? 0] = (counts[labels[row] ?? 0] ?? 0) + 1;
    expect(counts).toEqual([38, 31, 17]);
    expect(split.heldOutCount).toBe(86);
  });
  test("without strata ceil(fraction * rows) rows are held out, each equally often", () => {
    expect(holdOutSplit(10, holdOut({ fraction: 0.25, stratify: false })).heldOutCount).toBe(3);
    const times = new Array<number>(8).fill(0);
    for (let seed = 0; seed < 800; seed++) {
      const split = holdOutSplit(8, holdOut({ fraction: 0.25, stratify: false, seed }));
      for (const row of rowsWhere(split.heldOut, 8)) times[row] = (times[row] ?? 0) + 1;
    }
    // 200 expected, standard deviation 12.2: five deviations.
    for (const count of times) expect(Math.abs(count - 200)).toBeLessThan(62);
  });
  test("a class of one row, a fraction out of range and too few rows are refused", () => {
    expect(() => holdOutSplit(Int32Array.of(0, 0, 0, 1), holdOut())).toThrow(/class of row 3 has 1 row/);
    expect(() => holdOutSplit(10, holdOut({ fraction: 1, stratify: false }))).toThrow(/above 0 and below 1/);
    expect(() => holdOutSplit(1, holdOut({ fraction: 0.5, stratify: false }))).toThrow(/leaves 0 for training/);
    expect(() => holdOutSplit(10, holdOut({ seed: -1, stratify: false }))).toThrow(/a seed is a whole number/);
  });
});

describe("time-ordered hold-out", () => {
  test("the last rows by the column are held out, whatever their position", () => {
    const values = Float64Array.of(5, 1, 4, 2, 3, 6, 8, 7);
    const split = timeOrderedSplit(values, timeOrdered("date", 0.25));
    expect([...rowsWhere(split.heldOut, 8)]).toEqual([6, 7]);
  });
  test("rows of one moment stay on one side", () => {
    const split = timeOrderedSplit(Float64Array.of(1, 2, 2, 2), timeOrdered("date", 0.25));
    expect([...rowsWhere(split.heldOut, 4)]).toEqual([1, 2, 3]);
  });
  test("a row without a moment, and rows of one moment only, are refused", () => {
    expect(() => timeOrderedSplit(Float64Array.of(1, Number.NaN), timeOrdered("date"))).toThrow(/row 1 has no "date"/);
    expect(() => timeOrderedSplit(Float64Array.of(2, 2, 2), timeOrdered("date"))).toThrow(/all of one moment/);
  });
});

describe("sides of a split", () => {
  const source = frameSource(frame({ x: numericColumn(Float64Array.of(1, 2, 3, 4)) }));
  test("count the rows of each side and refuse another table's split", () => {
    const split = holdOutSplit(4, holdOut({ stratify: false }));
    expect(trainingRows(source, split).rowCount + heldOutRows(source, split).rowCount).toBe(4);
    expect(() => trainingRows(source, noHoldOutSplit(5))).toThrow(/split is of 5 rows, but the source has 4/);
  });
  test("a split that was changed no longer has its hash's rows", () => {
    const split = holdOutSplit(4, holdOut({ stratify: false }));
    const other = { ...split, heldOut: Uint8Array.of(0) };
    expect(() => trainingRows(source, other)).toThrow(/does not match its hash/);
    expect(bitAt(split.heldOut, rowsWhere(split.heldOut, 4)[0] ?? 9)).toBe(true);
  });
});

describe("shuffles", () => {
  test("are permutations that depend on seed and purpose alone", () => {
    const order = (seed: number, purpose: number) =>
      shuffle(
        Uint32Array.from({ length: 1000 }, (_, row) => row),
        randomStream(seed, purpose),
      );
    expect([...order(5, 1)].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, row) => row));
    expect(order(5, 1)).toEqual(order(5, 1));
    expect(order(5, 1)).not.toEqual(order(5, 2));
  });
});
