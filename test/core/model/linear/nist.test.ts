// NIST's certified linear regressions (Statistical Reference Datasets) through the float64 door.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { leastSquares } from "../../../../core/model/linear/least-squares.ts";

interface CertifiedSet {
  readonly x: readonly (readonly number[])[];
  readonly y: readonly number[];
  readonly degree: number;
  readonly intercept: boolean;
  readonly certified: readonly number[];
}
const url = new URL("../../../fixtures/nist/linear-regression.json", import.meta.url);
const { sets }: { sets: Record<string, CertifiedSet> } = JSON.parse(readFileSync(url, "utf8"));

test("all eleven sets are there, as the manifest has them", () => {
  expect(Object.keys(sets)).toHaveLength(11);
  const manifest = JSON.parse(readFileSync(new URL("manifest.json", url), "utf8"));
  expect(Object.keys(sets)).toEqual(manifest.sets);
  expect(createHash("sha256").update(readFileSync(url)).digest("hex")).toBe(manifest.sha256["linear-regression.json"]);
});

for (const [name, { x, y, degree, intercept, certified }] of Object.entries(sets))
  test(`${name}: certified coefficients to at least 6 digits`, async () => {
    const rows = x.flatMap((row) =>
      degree > 1 ? Array.from({ length: degree }, (_, i) => (row[0] ?? 0) ** (i + 1)) : row,
    );
    const problem = {
      rows: y.length,
      columns: rows.length / y.length,
      x: Float64Array.from(rows),
      y: Float64Array.from(y),
    };
    const found = await leastSquares({ ...problem, fitIntercept: intercept });
    expect(found.rank).toBe(problem.columns);
    const own = [...(intercept ? [found.intercept] : []), ...found.coefficients];
    expect(own).toHaveLength(certified.length);
    const digits = Math.min(...own.map((value, i) => -Math.log10(Math.abs(value / (certified[i] ?? 0) - 1))));
    expect(digits).toBeGreaterThan(6);
  });
