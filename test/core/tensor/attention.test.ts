// Attention against its formula in plain float64 loops, and dropout's share, mean and dependence on its key.
import {
  causalMask,
  dropout,
  grad,
  ones,
  openDevice,
  randomKey,
  scaledDotProductAttention,
  setDefaultDevice,
  type Tensor,
  tensor,
} from "@millrace/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { differences, expectClose, numbers, rowsOf, sum } from "../plain.ts";

beforeAll(async () => setDefaultDevice(await openDevice("wasm", { deterministic: true })));
afterAll(() => setDefaultDevice(undefined));

const [queries, keys, depth, width] = [3, 4, 5, 2];
type See = (query: number, key: number) => boolean;

/** One head; a query that sees nothing gives zeros. */
const plain = (q: readonly number[], k: readonly number[], v: readonly number[], see: See): number[] =>
  rowsOf(q, depth).flatMap((query, i) => {
    const scores = rowsOf(k, depth).map((key, j) =>
      see(i, j) ? Math.exp(sum(key.map((own, d) => own * (query[d] ?? 0))) / Math.sqrt(depth)) : 0,
    );
    const total = sum(scores);
    const values = rowsOf(v, width);
    return Array.from({ length: width }, (_, column) =>
      total === 0 ? 0 : sum(scores.map((score, j) => (score / total) * (values[j]?.[column] ?? 0))),
    );
  });

const q = numbers(queries * depth);
const k = numbers(keys * depth, 1);
const v = numbers(keys * width, 2);
const [tq, tk, tv] = [
  tensor(q).reshape([queries, depth]),
  tensor(k).reshape([keys, depth]),
  tensor(v).reshape([keys, width]),
];

describe("scaled dot-product attention", () => {
  test("weighs values by the softmax of products", async () => {
    await expectClose(
      scaledDotProductAttention(tq, tk, tv),
      plain(q, k, v, () => true),
    );
  });
  test("with causal lets a query see keys up to its own place", async () => {
    await expectClose(
      scaledDotProductAttention(tq, tk, tv, { causal: true }),
      plain(q, k, v, (i, j) => j <= i),
    );
    expect(await causalMask(2, 3).toArray()).toEqual([
      [true, false, false],
      [true, true, false],
    ]);
  });
  test("with a mask hides keys, and a query that sees none gives zeros with a finite gradient", async () => {
    const seen = [
      [true, false, true, false],
      [false, false, false, false],
      [false, false, false, true],
    ];
    const see: See = (i, j) => seen[i]?.[j] === true;
    const mask = tensor(seen);
    await expectClose(scaledDotProductAttention(tq, tk, tv, { mask }), plain(q, k, v, see));
    const weights = numbers(queries * width, 4);
    const total = (own: readonly number[]): number => sum(plain(own, k, v, see).map((x, i) => x * (weights[i] ?? 0)));
    const gradient = grad((own: Tensor) =>
      scaledDotProductAttention(own, tk, tv, { mask })
        .multiply(tensor(weights).reshape([queries, width]))
        .sum(),
    )(tq);
    await expectClose(gradient, differences(total, q), 1e-5);
  });
  test("goes over batches and heads", async () => {
    const many = (x: Tensor): Tensor => x.broadcastTo([2, 3, ...x.shape]);
    const expected = plain(q, k, v, (i, j) => j <= i);
    await expectClose(
      scaledDotProductAttention(many(tq), many(tk), many(tv), { causal: true }),
      Array.from({ length: 6 }, () => expected).flat(),
    );
  });
  test("refuses shapes that do not fit, and masks that are not bool", () => {
    expect(() => scaledDotProductAttention(tq, tv, tv)).toThrow(/queries \[..., queries, depth\] and keys/);
    expect(() => scaledDotProductAttention(tq, tk, tq)).toThrow(/a value for each of the 4 keys/);
    expect(() => scaledDotProductAttention(tq, tk, tv, { mask: ones([3, 4]) })).toThrow(/must be bool/);
  });
});

describe("attention as one op", () => {
  const [many, places, heads, own] = [2, 70, 3, 16];
  const size = many * heads * places * own;
  const shape = [many, heads, places, own];
  const inputs = [0, 1, 2].map((i) => numbers(size, i));
  const [aq, ak, av] = inputs.map((values) => tensor(values).reshape(shape));
  const hidden = Array.from({ length: many }, (_, b) => Array.from({ length: places }, (__, j) => j < 60 - 9 * b));
  /** Each head's result by plain loops; `hidden` is by example, as padding is. */
  const expected = (causal: boolean): number[] => {
    const [pq = [], pk = [], pv = []] = inputs.map((values) => rowsOf(values, own));
    return pq.flatMap((query, row) => {
      const place = row % places;
      const first = row - place;
      const example = Math.floor(row / (places * heads));
      const weights = Array.from({ length: places }, (_, j) =>
        (causal && j > place) || !hidden[example]?.[j]
          ? 0
          : Math.exp(sum(query.map((x, i) => x * (pk[first + j]?.[i] ?? 0))) / Math.sqrt(own)),
      );
      const total = sum(weights);
      return query.map((_, i) => sum(weights.map((weight, j) => (weight * (pv[first + j]?.[i] ?? 0)) / total)));
    });
  };
  test.each([false, true])("agrees with plain loops with a mask of padding, causal %s", async (causal) => {
    const mask = tensor(hidden).reshape([many, 1, 1, places]);
    const result = scaledDotProductAttention(aq ?? tq, ak ?? tk, av ?? tv, { causal, mask });
    await expectClose(result, expected(causal), 1e-5);
  });
  test("takes a mask whose axes are not in one run, and values of more leading axes", async () => {
    const mask = ones([many, 1, 1, 1]).greater(0).broadcastTo([many, 1, places, places]);
    const plainResult = scaledDotProductAttention(aq ?? tq, ak ?? tk, av ?? tv);
    const masked = scaledDotProductAttention(
      (aq ?? tq).reshape([many, heads, 1, places, own]),
      (ak ?? tk).reshape([many, heads, 1, places, own]),
      (av ?? tv).reshape([many, heads, 1, places, own]).broadcastTo([many, heads, 2, places, own]),
      { mask: mask.reshape([many, 1, 1, places, places]).broadcastTo([many, 1, 2, places, places]) },
    );
    const data = [...(await plainResult.data())];
    const doubled = rowsOf(data, places * own).flatMap((head) => [...head, ...head]);
    await expectClose(masked, doubled, 1e-6);
  });
  test("gives the same as its composition with a bias of zeros, with its gradient, past the widest that it takes too", async () => {
    for (const wide of [5, 128, 130]) {
      const make = (seed: number): Tensor => tensor(numbers(9 * wide, seed)).reshape([9, wide]);
      const loss =
        (options: object) =>
        ([x = tq, y = tq, z = tq]: Tensor[]): Tensor =>
          scaledDotProductAttention(x, y, z, { causal: true, ...options })
            .square()
            .sum();
      const args = [make(1), make(2), make(3)];
      const [got, want] = [loss({}), loss({ bias: tensor(new Float32Array(81)).reshape([9, 9]) })].map((f) =>
        grad(f)(args),
      );
      for (const [i, gradient] of (got ?? []).entries())
        await expectClose(gradient, [...((await want?.[i]?.data()) ?? [])], 2e-5);
    }
  });
  test("of f16 is computed in f32 and rounded once", async () => {
    const half = [aq, ak, av].map((x) => (x ?? tq).to("f16"));
    const [x = tq, y = tq, z = tq] = half;
    const [wx = tq, wy = tq, wz = tq] = half.map((own) => own.to("f32"));
    const got = scaledDotProductAttention(x, y, z);
    expect(got.dtype).toBe("f16");
    expect(await got.to("f32").data()).toEqual(await scaledDotProductAttention(wx, wy, wz).to("f16").to("f32").data());
  });
});

describe("dropout", () => {
  test("zeroes the share that it is told, keeps the mean, and depends on the key alone", async () => {
    const x = ones([100, 100]);
    const data = await dropout(x, 0.3, randomKey(5)).data();
    const zeros = data.filter((value) => value === 0).length;
    // 10,000 draws: the standard deviation of the count is 46.
    expect(Math.abs(zeros - 3000)).toBeLessThan(200);
    expect(data.every((value) => value === 0 || Math.abs(value - 1 / 0.7) < 1e-6)).toBe(true);
    expect(await dropout(x, 0.3, randomKey(5)).data()).toEqual(data);
    expect(await dropout(x, 0.3, randomKey(6)).data()).not.toEqual(data);
    expect(() => dropout(x, 1, randomKey(5))).toThrow(/from 0 to below 1, but is 1/);
  });
});

test("a bias is added to the scaled products, -Infinity as a mask", async () => {
  const see: See = (query, key) => key !== query;
  const bias = Float32Array.from({ length: queries * keys }, (_, i) =>
    see(Math.floor(i / keys), i % keys) ? 0 : Number.NEGATIVE_INFINITY,
  );
  await expectClose(
    scaledDotProductAttention(tq, tk, tv, { bias: tensor(bias, [queries, keys]) }),
    plain(q, k, v, see),
  );
  // One number more on all keys of a query changes nothing; on one key it counts e times as often.
  const shifted = scaledDotProductAttention(tq, tk, tv, { bias: tensor([[1], [2], [3]]) });
  await expectClose(
    shifted,
    plain(q, k, v, () => true),
  );
});
