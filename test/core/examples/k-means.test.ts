// k-means by hand, beside the same algorithm in plain float64 loops.
import { openDevice } from "@millrace/core";
import { expect, test } from "vitest";
import { runExample } from "./course.ts";
import { penguins } from "./data.ts";
import { softwareGPU, strict } from "./devices.ts";
import { clusters, firstCentres, kMeans } from "./k-means.ts";
import { readPenguins, width } from "./penguins.ts";

const { count, features } = readPenguins(penguins);

const row = (values: ArrayLike<number>, i: number): number[] =>
  Array.from({ length: width }, (_, j) => values[i * width + j] ?? Number.NaN);
const distance = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, own, j) => sum + (own - (b[j] ?? 0)) ** 2, 0);

/** An iteration in plain loops. */
const plainIterate = (centres: number[][]): { members: number[]; centres: number[][]; inertia: number } => {
  const members = Array.from({ length: count }, (_, i) => {
    const own = centres.map((centre) => distance(row(features, i), centre));
    return own.indexOf(Math.min(...own));
  });
  const next = centres.map((centre, k) => {
    const mine = members.flatMap((own, i) => (own === k ? [row(features, i)] : []));
    return mine.length === 0
      ? centre
      : centre.map((_, j) => mine.reduce((sum, r) => sum + (r[j] ?? 0), 0) / mine.length);
  });
  const inertia = members.reduce((sum, own, i) => sum + distance(row(features, i), centres[own] ?? []), 0);
  return { members, centres: next, inertia };
};

test("k-means by hand finds the clusters of penguins that plain loops find, one step in place after another", async () => {
  using device = await openDevice("wasm", { deterministic: true });
  using course = kMeans(device, penguins);
  const first = firstCentres({ count, features, labels: new Int32Array(0) });
  let plain = plainIterate(Array.from({ length: clusters }, (_, k) => row(first, k)));
  let last = Number.POSITIVE_INFINITY;
  for (let iteration = 0; iteration < 15; iteration++) {
    const inertia = await course.step();
    expect(course.members).toEqual(plain.members);
    expect(Math.abs(inertia / plain.inertia - 1)).toBeLessThan(1e-4);
    expect(inertia).toBeLessThanOrEqual(last * (1 + 1e-6));
    last = inertia;
    plain = plainIterate(plain.centres);
  }
});

test.each([
  ["strict WASM", strict(1)],
  ["WebGPU", softwareGPU],
])(
  "the clusters are the species, nearly, and 1,000 iterations leave live buffers and memory as they were, on %s",
  async (_, choice) => {
    const { figures, before, after, left } = await runExample(kMeans, penguins, choice, { steps: 1000 });
    expect(figures.purity).toBeGreaterThan(0.9);
    expect(after).toEqual(before);
    expect(left).toBe(0);
  },
  180_000,
);
