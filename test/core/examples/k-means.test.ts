// k-means (Lloyd 1982) written by hand from ops, on penguins, beside the same algorithm in plain float64 loops.
import { argMin, compile, openDevice, type Tensor, tensor } from "@millrace/core";
import { afterAll, expect, test } from "vitest";
import { settled } from "../settled.ts";
import { count, features, labels, width } from "./penguins.ts";

const device = await openDevice("wasm", { deterministic: true });
afterAll(() => device[Symbol.dispose]());

const clusters = 3;

/** One iteration: where each row belongs, the centres of those, and the sum of squared distances before. */
const iterate = (state: { centres: Tensor }, x: Tensor) => {
  const { centres } = state;
  const squares = x.square().sum({ axis: 1, keepDimensions: true });
  const products = x.matmul(centres, { transposeB: true });
  const distances = squares.subtract(products.multiply(2)).add(centres.square().sum({ axis: 1 }));
  const members = argMin(distances);
  const belongs = members.oneHot(clusters);
  const sums = belongs.matmul(x, { transposeA: true });
  const sizes = belongs.sum({ axis: 0 }).reshape([clusters, 1]);
  // A centre that lost all its rows stays where it is.
  const moved = sizes.greater(0).where(sums.divide(sizes.maximum(1)), centres);
  return { state: { centres: moved }, members, inertia: distances.min({ axis: 1 }).sum() };
};

const row = (values: ArrayLike<number>, i: number): number[] =>
  Array.from({ length: width }, (_, j) => values[i * width + j] ?? Number.NaN);
const distance = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, own, j) => sum + (own - (b[j] ?? 0)) ** 2, 0);

/** The same in plain loops: the members of each iteration. */
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
  const first = [0, Math.floor(count / 2), count - 1].map((i) => row(features, i));
  using step = compile(iterate, { device, donate: [0] });
  using x = tensor(features, [count, width]);
  let state = { centres: tensor(first) };
  let plain = { members: [] as number[], centres: first, inertia: Number.POSITIVE_INFINITY };
  let members: number[] = [];
  let last = Number.POSITIVE_INFINITY;
  for (let iteration = 0; iteration < 15; iteration++) {
    const result = await step(state, x);
    state = result.state;
    members = [...(await result.members.data())];
    const inertia = await result.inertia.item();
    result.members.dispose();
    result.inertia.dispose();
    plain = plainIterate(plain.centres);
    expect(members).toEqual(plain.members);
    expect(Math.abs(inertia / plain.inertia - 1)).toBeLessThan(1e-4);
    expect(inertia).toBeLessThanOrEqual(last * (1 + 1e-6));
    last = inertia;
  }
  // The clusters are the species, nearly: penguins whose cluster is mostly of their own species.
  const own = [0, 1, 2].map((k) => {
    const sizes = [0, 1, 2].map((kind) => members.filter((member, i) => member === k && labels[i] === kind).length);
    return Math.max(...sizes);
  });
  expect(own.reduce((sum, size) => sum + size, 0) / count).toBeGreaterThan(0.9);
});

test("1,000 iterations leave live buffers and memory as they were", async () => {
  using step = compile(iterate, { device, donate: [0] });
  using x = tensor(features, [count, width]);
  let state = { centres: tensor([0, 1, 2].map((i) => row(features, i * 100))) };
  const run = async (): Promise<void> => {
    const result = await step(state, x);
    state = result.state;
    result.members.dispose();
    result.inertia.dispose();
  };
  await run();
  const before = await settled(device);
  for (let i = 0; i < 1000; i++) await run();
  expect(await settled(device)).toEqual(before);
});
