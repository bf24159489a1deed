// SMOTE against its definition: where new rows lie, found again by plain search, and how many there are.
import { fitPipeline, frame, frameSource, numericColumn, openDevice, standardScaler } from "@millrace/core";
import { decisionTreeClassifier, linearRegression, matrixOf, oversample, smote } from "@millrace/core/tables";
import { describe, expect, test } from "vitest";

const rows = Array.from({ length: 90 }, (_, i) => [Math.sin(i) * 3, Math.cos(5 * i), (i * 7) % 4]);
const codes = Int32Array.from(rows, (_, i) => (i < 60 ? 0 : i < 80 ? 1 : 2));
const data = { x: matrixOf(rows), codes, classCount: 3 };
const newRows = (own: Awaited<ReturnType<typeof oversample>>) =>
  Array.from({ length: own.x.rows - 90 }, (_, i) => ({
    code: own.codes?.[90 + i] ?? -1,
    values: Array.from(own.x.data.subarray((90 + i) * 3, (91 + i) * 3), Number),
  }));

describe("SMOTE", () => {
  test("makes every class as large as the largest, behind the rows there were", async () => {
    const own = await oversample(data, smote(), 3);
    expect([0, 1, 2].map((code) => own.codes?.filter((other) => other === code).length)).toEqual([60, 60, 60]);
    expect(own.x.data.subarray(0, 270)).toEqual(data.x.data);
    expect(own.codes?.subarray(0, 90)).toEqual(codes);
    expect(await oversample(data, smote(), 3)).toEqual(own);
    expect((await oversample(data, smote(), 4)).x.data).not.toEqual(own.x.data);
  });
  test("puts each new row between a row of its class and one of its k nearest there, anywhere between", async () => {
    const k = 3;
    const shares: number[] = [];
    for (const { code, values } of newRows(await oversample(data, smote({ kNeighbors: k }), 5))) {
      const own = rows.filter((_, row) => codes[row] === code);
      const lies = own.flatMap((parent) => {
        const apart = (other: number[]) => parent.reduce((sum, value, j) => sum + (value - (other[j] ?? 0)) ** 2, 0);
        const near = own
          .filter((other) => other !== parent)
          .toSorted((a, b) => apart(a) - apart(b))
          .slice(0, k);
        return near.flatMap((other) => {
          const way = other.map((value, j) => value - (parent[j] ?? 0));
          const length = way.reduce((sum, value) => sum + value * value, 0);
          const share = way.reduce((sum, value, j) => sum + value * ((values[j] ?? 0) - (parent[j] ?? 0)), 0) / length;
          const off = values.reduce(
            (sum, value, j) => sum + (value - (parent[j] ?? 0) - share * (way[j] ?? 0)) ** 2,
            0,
          );
          return off < 1e-9 && share > -1e-5 && share < 1 + 1e-5 ? [share] : [];
        });
      });
      expect(lies.length).toBeGreaterThan(0);
      shares.push(lies[0] ?? 0);
    }
    // Uniform shares of 90 rows: a mean of 0.5 with a deviation of 0.03.
    expect(shares).toHaveLength(90);
    expect(Math.abs(shares.reduce((sum, share) => sum + share, 0) / 90 - 0.5)).toBeLessThan(0.12);
  });
  test("gives categories that neighbours have, and never a place between them", async () => {
    const x = matrixOf(rows, { categorical: [2] });
    for (const { values } of newRows(await oversample({ ...data, x }, smote(), 6)))
      expect([0, 1, 2, 3]).toContain(values[2]);
    const alike = matrixOf(
      rows.map(([a = 0, b = 0], row) => [a, b, row < 60 ? row % 4 : 9]),
      { categorical: [2] },
    );
    for (const { values } of newRows(await oversample({ ...data, x: alike }, smote(), 6))) expect(values[2]).toBe(9);
  });
  test("gives a new row the weight of the one it came from", async () => {
    const weights = Float64Array.from(codes, (code) => code + 1);
    const own = await oversample({ ...data, weights }, smote(), 7);
    own.codes?.forEach((code, row) => {
      expect(own.weights?.[row]).toBe(code + 1);
    });
  });
  test("refuses what has no place between", async () => {
    await expect(oversample({ x: data.x }, smote(), 1)).rejects.toThrow("give codes");
    await expect(oversample(data, smote({ kNeighbors: 0 }), 1)).rejects.toThrow(
      "kNeighbors is a whole number of at least 1",
    );
    const gaps = matrixOf(rows.map((row, i) => (i === 4 ? [1, null, 2] : row)));
    await expect(oversample({ ...data, x: gaps }, smote(), 1)).rejects.toThrow('row 4 of column "x1" is NaN');
    const lonely = codes.map((_, row) => Number(row === 89));
    await expect(oversample({ ...data, codes: lonely }, smote(), 1)).rejects.toThrow("the class of row 89 has 1 row");
  });
});

test("a pipeline is fitted on rows that SMOTE evened out, and judged on rows as they are", async () => {
  using device = await openDevice("wasm", { threads: 1, deterministic: true });
  const table = frame({
    a: numericColumn(Float64Array.from(rows, ([a = 0]) => a)),
    b: numericColumn(Float64Array.from(rows, ([, b = 0]) => b)),
    y: numericColumn(Int32Array.from(codes, (code) => Number(code === 2))),
  });
  const options = {
    source: frameSource(table),
    features: [{ columns: ["a", "b"], steps: [standardScaler()] }],
    label: { column: "y" },
    split: { kind: "NoHoldOut" },
    seed: 2,
    device,
  } as const;
  // A tree of no split answers the share of the classes it saw.
  const stump = decisionTreeClassifier({ maxDepth: 1, minSamplesLeaf: 90 });
  for (const [oversampling, share] of [
    [undefined, 10 / 90],
    [smote(), 0.5],
  ] as const) {
    const { bundle } = await fitPipeline({ ...options, estimator: stump, oversampling });
    const { probabilities } = await bundle.predict([{ a: 0, b: 0 }], { device });
    expect(probabilities[1]).toBeCloseTo(share, 5);
    bundle.release();
  }
  await expect(fitPipeline({ ...options, estimator: linearRegression(), oversampling: smote() })).rejects.toThrow(
    "oversampling evens out classes, but LinearRegression",
  );
});
