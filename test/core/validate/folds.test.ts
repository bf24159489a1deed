// Ways to hold rows out in turn, against scikit-learn's where nothing is drawn; see test/fixtures/sklearn-splits.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import {
  frame,
  frameSource,
  LabelError,
  numericColumn,
  rowsWhere,
  type Split,
  SplitError,
  trainingRows,
} from "@millrace/core";
import {
  type FoldsSpecification,
  groupKFold,
  kFold,
  makeFolds,
  repeatedKFold,
  stratifiedKFold,
  threeWay,
  threeWaySplit,
  timeSeriesSplit,
} from "@millrace/core/tables";
import { describe, expect, test } from "vitest";
import { readPartition } from "../../../core/validate/partition.ts";

interface Case {
  readonly kind: "KFold" | "StratifiedKFold" | "GroupKFold" | "TimeSeriesSplit";
  readonly options: {
    readonly nSplits: number;
    readonly gap?: number;
    readonly testSize?: number;
    readonly maxTrainSize?: number;
  };
  readonly rows: number;
  readonly codes?: readonly number[];
  readonly groups?: readonly number[];
  readonly folds: readonly { readonly train: readonly number[]; readonly test: readonly number[] }[];
}
const folder = new URL("../../fixtures/sklearn-splits/", import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), "utf8");
const cases: readonly Case[] = JSON.parse(read("splits.json"));

test("the recorded splits are those of the script in the manifest", () => {
  const manifest = JSON.parse(read("manifest.json"));
  const hash = (name: string): string => createHash("sha256").update(read(name)).digest("hex");
  for (const name of ["splits.json", "cross-validation.json"]) expect(hash(name)).toBe(manifest.sha256[name]);
  expect(hash("record.py")).toBe(manifest.scriptSha256);
  expect(cases).toHaveLength(14);
});

const specificationOf = ({ kind, options }: Case): FoldsSpecification => {
  if (kind === "KFold") return kFold({ ...options, shuffle: false });
  if (kind === "StratifiedKFold") return stratifiedKFold({ ...options, shuffle: false });
  return kind === "GroupKFold" ? groupKFold("group", options) : timeSeriesSplit("time", options);
};

/** The rows of a side, by the guard that every fit goes through. */
const trained = async (split: Split): Promise<number[]> => {
  const source = frameSource(frame({ x: numericColumn(new Float64Array(split.rowCount)) }));
  const rows: number[] = [];
  for await (const { rowIndices } of readPartition(trainingRows(source, split), ["x"])) rows.push(...rowIndices);
  expect(rows).toHaveLength(trainingRows(source, split).rowCount);
  return rows;
};

test.each(cases)("$kind $options of $rows rows", async (own) => {
  const { rows, codes, groups, folds } = own;
  const splits = makeFolds(specificationOf(own), {
    rowCount: rows,
    codes: codes && Int32Array.from(codes),
    groups: groups && Int32Array.from(groups),
    // Not the order of the rows, so that time alone decides.
    order: Float64Array.from({ length: rows }, (_, row) => 10 * row),
  });
  expect(splits).toHaveLength(folds.length);
  for (const [i, { train, test: held }] of folds.entries()) {
    const split = splits[i];
    if (!split) throw new Error("a fold is missing");
    expect([...rowsWhere(split.heldOut, rows)]).toEqual(held);
    expect(await trained(split)).toEqual(train);
  }
});

test("time decides, in whatever order rows stand, and the first held-out moment is not trained on", async () => {
  const times = Float64Array.of(5, 1, 4, 1, 3, 3, 2, 5, 4, 2);
  const [first, second] = makeFolds(timeSeriesSplit("t", { nSplits: 2, testSize: 3 }), { rowCount: 10, order: times });
  if (!first || !second) throw new Error("a fold is missing");
  // By time the rows are 1 3 6 9 | 4 5 2 | 8 0 7; row 8 is of row 2's moment, 4.
  expect([...rowsWhere(first.heldOut, 10)]).toEqual([2, 4, 5]);
  expect(await trained(first)).toEqual([1, 3, 6, 9]);
  expect([...rowsWhere(second.heldOut, 10)]).toEqual([0, 7, 8]);
  expect(await trained(second)).toEqual([1, 3, 4, 5, 6, 9]);
});

describe("shuffled folds", () => {
  const codes = Int32Array.from({ length: 103 }, (_, row) => (row < 80 ? 0 : row < 97 ? 1 : 2));
  test("hold each row out once, in another order for each seed and the same for one", () => {
    for (const specification of [kFold({ seed: 4 }), stratifiedKFold({ seed: 4 })]) {
      const splits = makeFolds(specification, { rowCount: 103, codes });
      const held = splits.flatMap(({ heldOut }) => [...rowsWhere(heldOut, 103)]);
      expect(held.sort((a, b) => a - b)).toEqual([...codes.keys()]);
      expect(makeFolds(specification, { rowCount: 103, codes })).toEqual(splits);
      const other = makeFolds({ ...specification, seed: 5 }, { rowCount: 103, codes });
      expect(other.map(({ hash }) => hash)).not.toEqual(splits.map(({ hash }) => hash));
    }
  });
  test("keep the shares of classes", () => {
    for (const { heldOut } of makeFolds(stratifiedKFold(), { rowCount: 103, codes })) {
      const counts = [0, 0, 0];
      for (const row of rowsWhere(heldOut, 103)) counts[codes[row] ?? 0] = (counts[codes[row] ?? 0] ?? 0) + 1;
      // 80, 17 and 6 rows over five folds.
      expect(counts[0]).toBe(16);
      expect([3, 4]).toContain(counts[1]);
      expect([1, 2]).toContain(counts[2]);
    }
  });
  test("repeated, are other folds each time", () => {
    const splits = makeFolds(repeatedKFold({ nSplits: 3, nRepeats: 4, stratify: true }), { rowCount: 103, codes });
    expect(splits).toHaveLength(12);
    expect(new Set(splits.map(({ hash }) => hash)).size).toBe(12);
    for (let repeat = 0; repeat < 4; repeat++) {
      const own = splits.slice(3 * repeat, 3 * repeat + 3);
      expect(own.reduce((sum, { heldOutCount }) => sum + heldOutCount, 0)).toBe(103);
    }
  });
});

test("three ways part the rows into training, validation and test", async () => {
  const codes = Int32Array.from({ length: 200 }, (_, row) => Number(row % 4 === 0));
  for (const rows of [200, codes]) {
    const specification = threeWay({ validationFraction: 0.15, testFraction: 0.25, stratify: rows === codes, seed: 2 });
    const { validation, test: held } = threeWaySplit(rows, specification);
    expect([validation.heldOutCount, held.heldOutCount]).toEqual([30, 50]);
    const train = await trained(validation);
    expect(train).toHaveLength(120);
    expect(await trained(held)).toEqual(train);
    const all = [...train, ...rowsWhere(validation.heldOut, 200), ...rowsWhere(held.heldOut, 200)];
    expect(new Set(all).size).toBe(200);
    // Stratified, a quarter of the test rows is of the rare class: 12.5, so 12 or 13.
    const rare = [...rowsWhere(held.heldOut, 200)].filter((row) => codes[row] === 1).length;
    if (rows === codes) expect([12, 13]).toContain(rare);
  }
});

test("a split whose unused rows were changed is refused", () => {
  const source = frameSource(frame({ x: numericColumn(new Float64Array(20)) }));
  const [split] = makeFolds(timeSeriesSplit("t", { nSplits: 2, gap: 3 }), {
    rowCount: 20,
    order: Float64Array.from({ length: 20 }, (_, i) => i),
  });
  if (!split?.unused) throw new Error("a gap leaves rows unused");
  expect(trainingRows(source, split).rowCount).toBe(5);
  expect(() => trainingRows(source, { ...split, unused: new Uint8Array(3) })).toThrow(SplitError);
});

test("what cannot be split so is refused", () => {
  const order = Float64Array.of(1, 1, 1, 1, 2, 2);
  expect(() => makeFolds(kFold({ nSplits: 1 }), { rowCount: 4 })).toThrow("nSplits is a whole number of at least 2");
  expect(() => makeFolds(kFold(), { rowCount: 4 })).toThrow("5 folds take at least as many rows, but there are 4");
  expect(() => makeFolds(stratifiedKFold(), { rowCount: 9 })).toThrow(SplitError);
  expect(() => makeFolds(stratifiedKFold(), { rowCount: 6, codes: Int32Array.of(0, 0, 0, 1, 1, 1) })).toThrow(
    LabelError,
  );
  expect(() => makeFolds(groupKFold("g"), { rowCount: 9, groups: new Int32Array(9) })).toThrow(
    "5 folds take at least as many groups",
  );
  expect(() => makeFolds(timeSeriesSplit("t", { nSplits: 2, gap: 4 }), { rowCount: 6, order })).toThrow(
    "leave none of 6 rows",
  );
  expect(() => makeFolds(timeSeriesSplit("t", { nSplits: 2, testSize: 2 }), { rowCount: 6, order })).toThrow(
    'from the first moment of "t" on',
  );
  expect(() => makeFolds(kFold(), { rowCount: 9, codes: new Int32Array(8) })).toThrow(
    "there are 9 rows, but codes has 8",
  );
  expect(() => threeWaySplit(10, threeWay({ stratify: false, testFraction: 0.5, validationFraction: 0.5 }))).toThrow(
    "their sum is below 1",
  );
});
