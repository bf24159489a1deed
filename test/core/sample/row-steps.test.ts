// Row steps against counts worked out by hand or by NumPy, and against their own promises: order, seeds, held-out rows.
import {
  applyRowSteps,
  balancedClassWeights,
  fitColumnPipeline,
  frameFromRows,
  frameSource,
  heldOutRows,
  holdOut,
  holdOutSplit,
  noHoldOutSplit,
  type RowStep,
  rowsWhere,
  standardScaler,
  trainingRows,
} from "@millrace/core";
import { describe, expect, test } from "vitest";

const rowsOf = (rows: readonly Record<string, unknown>[]) =>
  trainingRows(frameSource(frameFromRows(rows)), noHoldOutSplit(rows.length));
const numbers = (...values: (number | null)[]) => rowsOf(values.map((value) => ({ value })));
const keptBy = async (rows: ReturnType<typeof rowsOf>, step: RowStep, seed = 1): Promise<number[]> => {
  const { rows: left } = await applyRowSteps(rows, [step], seed);
  return left.kept ? [...rowsWhere(left.kept, rows.source.rowCount)] : [];
};

describe("outliers", () => {
  const columns = ["value"];
  test("quartiles: NumPy's of 1, 2, 3, 4, 100 are 2 and 4, so that -1 to 7 stay; a missing value stays", async () => {
    const iqr: RowStep = { kind: "DropOutliers", columns, method: "iqr" };
    expect(await keptBy(numbers(1, 2, null, 3, 4, 100), iqr)).toEqual([0, 1, 2, 3, 4]);
    expect(await keptBy(numbers(1, 2, null, 3, 4, 100), { ...iqr, threshold: 48 })).toEqual([0, 1, 2, 3, 4, 5]);
  });
  test("z-scores: scipy.stats.zscore of twenty zeros and 10 is 4.47 for the last", async () => {
    const rows = numbers(...new Array<number>(20).fill(0), 10);
    const zScore: RowStep = { kind: "DropOutliers", columns, method: "zScore" };
    expect((await keptBy(rows, zScore)).length).toBe(20);
    expect((await keptBy(rows, { ...zScore, threshold: 4.4 })).length).toBe(20);
    expect((await keptBy(rows, { ...zScore, threshold: 4.5 })).length).toBe(21);
  });
  test("robust z-scores: of 1, 2, 3, 4, 9 the median is 3 and the MAD 1, so that 9 is at 4.047", async () => {
    const robust: RowStep = { kind: "DropOutliers", columns, method: "robustZ" };
    expect(await keptBy(numbers(1, 2, 3, 4, 9), robust)).toEqual([0, 1, 2, 3]);
    expect((await keptBy(numbers(1, 2, 3, 4, 9), { ...robust, threshold: 4.1 })).length).toBe(5);
    expect((await keptBy(numbers(5, 5, 5, 5, 9), robust)).length).toBe(5);
  });
  test("infinite values go, and text is refused", async () => {
    const step: RowStep = { kind: "DropOutliers", columns, method: "iqr" };
    expect(await keptBy(numbers(1, 2, Number.POSITIVE_INFINITY, 3), step)).toEqual([0, 1, 3]);
    await expect(applyRowSteps(rowsOf([{ value: "a" }]), [step], 1)).rejects.toThrow(
      'column "value": is dictionary, but outliers are of numbers',
    );
  });
});

test("duplicates go by the whole row or by columns; the first stays, and text is no number", async () => {
  const rows = rowsOf([
    { a: 1, b: "1" },
    { a: 1, b: "2" },
    { a: 1, b: "1" },
    { a: null, b: "1" },
    { a: Number.NaN, b: "1" },
  ]);
  expect(await keptBy(rows, { kind: "DropDuplicates" })).toEqual([0, 1, 3]);
  expect(await keptBy(rows, { kind: "DropDuplicates", columns: ["a"] })).toEqual([0, 3]);
});

describe("samples", () => {
  const rows = rowsOf(Array.from({ length: 1000 }, (_, row) => ({ rare: row % 100 === 0 })));
  test("a share is drawn without replacement, the same for the same seed", async () => {
    const step: RowStep = { kind: "RandomSample", fraction: 0.3 };
    const kept = await keptBy(rows, step, 5);
    expect(kept.length).toBe(300);
    expect(new Set(kept).size).toBe(300);
    expect(await keptBy(rows, step, 5)).toEqual(kept);
    expect(await keptBy(rows, step, 6)).not.toEqual(kept);
  });
  test("strata keep their shares", async () => {
    const kept = await keptBy(rows, { kind: "RandomSample", fraction: 0.3, stratify: "rare" });
    expect(kept.length).toBe(300);
    expect(kept.filter((row) => row % 100 === 0).length).toBe(3);
  });
  test("a reservoir gives each row the same chance", async () => {
    const few = numbers(...Array.from({ length: 10 }, (_, row) => row));
    const times = new Array<number>(10).fill(0);
    for (let seed = 0; seed < 2000; seed++)
      for (const row of await keptBy(few, { kind: "ReservoirSample", count: 3 }, seed))
        times[row] = (times[row] ?? 0) + 1;
    // Binomial of 2,000 draws at 0.3: mean 600, deviation 20.5; five of them are 103.
    for (const own of times) expect(Math.abs(own - 600)).toBeLessThan(103);
    expect((await keptBy(few, { kind: "ReservoirSample", count: 30 })).length).toBe(10);
  });
});

test("steps go in order, are counted, keep off held-out rows, and what is left is fitted on", async () => {
  const table = frameFromRows([1, 1, 2, 3, 4, 5, 1000, 6].map((value) => ({ value })));
  const split = holdOutSplit(table.rowCount, holdOut({ fraction: 0.25, stratify: false, seed: 2 }));
  const rows = trainingRows(frameSource(table), split);
  const steps: RowStep[] = [{ kind: "DropDuplicates" }, { kind: "DropOutliers", columns: ["value"], method: "iqr" }];
  const { rows: left, counts } = await applyRowSteps(rows, steps, 1);
  const held = [...rowsWhere(split.heldOut, table.rowCount)];
  const values = [1, 1, 2, 3, 4, 5, 1000, 6].filter((_, row) => !held.includes(row));
  const distinct = [...new Set(values)];
  expect(counts.map(({ before, after }) => [before, after])).toEqual([
    [6, distinct.length],
    [distinct.length, distinct.filter((value) => value < 1000).length],
  ]);
  const pipeline = await fitColumnPipeline(left, [{ columns: ["value"], steps: [standardScaler()] }]);
  const small = distinct.filter((value) => value < 1000);
  const [group] = pipeline.groups;
  const mean = group?.kind === "numeric" ? group.origin[0] : undefined;
  expect(mean).toBeCloseTo(small.reduce((sum, value) => sum + value, 0) / small.length, 12);
  expect(left.split.hash).toBe(split.hash);
  // @ts-expect-error held-out rows are no training rows
  await expect(applyRowSteps(heldOutRows(frameSource(table), split), steps, 1)).rejects.toThrow("training rows");
});

test.each<[string, RowStep]>([
  ["RandomSample: fraction", { kind: "RandomSample", fraction: 0 }],
  ["ReservoirSample: count", { kind: "ReservoirSample", count: 1.5 }],
  ["DropOutliers: threshold", { kind: "DropOutliers", columns: ["value"], method: "iqr", threshold: -1 }],
  ["DropDuplicates: columns", { kind: "DropDuplicates", columns: [] }],
  ['there is no column "other"', { kind: "DropDuplicates", columns: ["other"] }],
])("refuses %s", async (message, step) => {
  await expect(applyRowSteps(numbers(1, 2), [step], 1)).rejects.toThrow(message);
});

test("balanced weights are scikit-learn's: rows over classes times rows of the class", () => {
  // compute_class_weight("balanced", classes=[0, 1, 2], y=[0, 0, 0, 1, 2, 2]) = [0.66666667, 2, 1].
  const weights = balancedClassWeights(Int32Array.of(0, 0, 0, 1, 2, 2), 3);
  expect([...weights]).toEqual([6 / 9, 2, 1]);
});
