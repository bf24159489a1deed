// Profiles against numbers worked out apart: by hand, and by plain loops over real data.
import { readFileSync } from "node:fs";
import { profileStaged } from "@millrace/gateway/data/dataset/profile.ts";
import { stageFile } from "@millrace/gateway/source/read.ts";
import { withSession } from "@millrace/gateway/source/session.ts";
import { expect, test } from "vitest";
import { fileOf, requestOf, vega } from "./import.fixture.ts";

const profileOf = (file: string) =>
  withSession({ readable: [file] }, async (session) =>
    profileStaged(session, await stageFile(session, requestOf(file))),
  );

test("a small table: gaps, infinities, times and ties, by hand", async () => {
  const file = await fileOf(
    "small.csv",
    "n,x,t,w,b\n1,0.5,2024-01-01,b,true\n2,,2024-01-03,a,true\n2,inf,,a,false\n5,1.5,2024-01-02,,\n",
  );
  const [n, x, t, w, b] = await profileOf(file);
  expect(n).toMatchObject({ name: "n", distinctCount: 3, exact: true, minimum: 1, maximum: 5, mean: 2.5 });
  // The squares of -1.5, -0.5, -0.5 and 2.5 add up to 9, of which a third is the variance of the sample.
  expect(n?.standardDeviation).toBeCloseTo(Math.sqrt(3), 12);
  expect(n?.topValues).toEqual([
    { value: 2, count: 2 },
    { value: 1, count: 1 },
    { value: 5, count: 1 },
  ]);
  // Type 7 over 1, 2, 2, 5: the upper quartile lies a quarter of the way from 2 to 5.
  expect(n?.quantiles.filter(({ fraction }) => fraction === 0.5 || fraction === 0.75)).toEqual([
    { fraction: 0.5, value: 2 },
    { fraction: 0.75, value: 2.75 },
  ]);
  expect(n?.histogram).toHaveLength(20);
  expect(n?.histogram.flatMap(({ count }, bar) => (count > 0 ? [[bar, count]] : []))).toEqual([
    [0, 1],
    [5, 2],
    [19, 1],
  ]);
  expect(n?.histogram[5]).toEqual({ from: 2, to: 2.2, count: 2 });
  expect(x).toMatchObject({ distinctCount: 3, minimum: 0.5, maximum: 1.5, mean: 1, topValues: [] });
  expect(t).toMatchObject({ distinctCount: 3, minimum: Date.UTC(2024, 0, 1), mean: Date.UTC(2024, 0, 2) });
  expect(w).toMatchObject({ distinctCount: 2, minimum: null, histogram: [], quantiles: [] });
  expect(w?.topValues).toEqual([
    { value: "a", count: 2 },
    { value: "b", count: 1 },
  ]);
  expect(b?.topValues).toEqual([
    { value: true, count: 2 },
    { value: false, count: 1 },
  ]);
});

test("a column of one value, and one of none", async () => {
  const [one, none] = await profileOf(await fileOf("flat.csv", "a,b\n7,\n7,\n"));
  expect(one).toMatchObject({ minimum: 7, maximum: 7, histogram: [{ from: 7, to: 7, count: 2 }] });
  expect(none).toMatchObject({ distinctCount: 0, minimum: null, topValues: [] });
});

test("penguins: mean, quantiles and commonest values are those of plain loops", async () => {
  const file = vega("penguins.json");
  const profiles = await profileOf(file);
  const rows: Record<string, number | string | null>[] = JSON.parse(readFileSync(file, "utf8"));
  const masses = rows
    .flatMap((row) => row["Body Mass (g)"] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
  const mass = profiles.find(({ name }) => name === "Body Mass (g)");
  expect(mass?.mean).toBeCloseTo(masses.reduce((sum, value) => sum + value, 0) / masses.length, 9);
  const place = 0.25 * (masses.length - 1);
  const [below = 0, above = 0] = [masses[Math.floor(place)], masses[Math.ceil(place)]];
  expect(mass?.quantiles[2]).toEqual({ fraction: 0.25, value: below + (above - below) * (place % 1) });
  expect(mass?.histogram.reduce((sum, { count }) => sum + count, 0)).toBe(masses.length);
  const species = profiles.find(({ name }) => name === "Species");
  const adelie = rows.filter((row) => row.Species === "Adelie").length;
  expect(species).toMatchObject({ distinctCount: 3, topValues: [{ value: "Adelie", count: adelie }, {}, {}] });
});
