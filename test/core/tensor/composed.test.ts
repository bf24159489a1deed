// Functions composed of ops, against values recorded from NumPy 2.4.6 (float64).
import {
  all,
  any,
  argMax,
  argMin,
  clip,
  einsum,
  elu,
  expandDimensions,
  flatten,
  flip,
  geluTanh,
  grad,
  hardSwish,
  leakyRelu,
  logSumExp,
  norm,
  openDevice,
  setDefaultDevice,
  silu,
  softplus,
  split,
  squeeze,
  stack,
  standardDeviation,
  swapAxes,
  type Tensor,
  take,
  tensor,
  tile,
  variance,
} from "@millrace/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

beforeAll(async () => setDefaultDevice(await openDevice("reference")));
afterAll(() => setDefaultDevice(undefined));

const x = tensor([
  [1, -2, 3],
  [-4, 5, -6],
]);
const a = tensor(
  Float32Array.from({ length: 24 }, (_, i) => i),
  [2, 3, 4],
);
const b = tensor(
  Float32Array.from({ length: 12 }, (_, i) => i),
  [4, 3],
);
const v = tensor([-3, -1, -0.5, 0, 0.5, 1, 3]);

const close = async (actual: Tensor, expected: readonly number[], shape?: readonly number[]): Promise<void> => {
  const data = await actual.data();
  if (shape) expect(actual.shape).toEqual(shape);
  expect(data.length).toBe(expected.length);
  for (const [i, value] of data.entries())
    expect(Math.abs(value - (expected[i] ?? Number.NaN))).toBeLessThan(1e-6 * (1 + Math.abs(expected[i] ?? 0)));
};

describe("statistics", () => {
  test("variance and standard deviation, of populations and samples", async () => {
    await close(variance(x, { axis: 1 }), [4.222222222222222, 22.88888888888889], [2]);
    await close(variance(x, { correction: 1 }), [17.9], []);
    await close(standardDeviation(x, { axis: 0, keepDimensions: true }), [2.5, 3.5, 4.5], [1, 3]);
  });
  test("norms", async () => {
    await close(norm(x, { axis: 1 }), [3.7416573867739413, 8.774964387392123]);
    await close(norm(x, { axis: 0, order: 1 }), [5, 7, 9]);
    await close(norm(x, { order: Number.POSITIVE_INFINITY }), [6]);
  });
  test("logarithm of sums of exponentials, also of large numbers and of none", async () => {
    await close(logSumExp(x, { axis: 1 }), [3.1328452337275756, 5.000140101690177]);
    await close(logSumExp(tensor([1000, 1000])), [1000 + Math.log(2)]);
    expect(await logSumExp(tensor([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY])).item()).toBe(
      Number.NEGATIVE_INFINITY,
    );
    expect(await logSumExp(tensor([Number.POSITIVE_INFINITY, 1])).item()).toBe(Number.POSITIVE_INFINITY);
  });
  test("any and all", async () => {
    const hits = x.greater(2);
    expect(await any(hits, { axis: 0 }).toArray()).toEqual([false, true, true]);
    expect(await all(hits, { axis: 0 }).toArray()).toEqual([false, false, false]);
    expect(await all(x.greater(-7)).item()).toBe(1);
    expect(await all(tensor([]).greater(0)).item()).toBe(1);
    expect(await any(tensor([]).greater(0)).item()).toBe(0);
  });
  test("positions of extremes: the first of equals, NaN before all", async () => {
    expect(await argMax(x).toArray()).toEqual([2, 1]);
    expect(await argMin(x, { axis: 0 }).toArray()).toEqual([1, 0, 1]);
    expect(await argMax(tensor([7, 9, 9])).item()).toBe(1);
    expect(await argMax(tensor([1, Number.NaN, 3])).item()).toBe(1);
    expect(argMax(x, { axis: 0, keepDimensions: true }).shape).toEqual([1, 3]);
    expect(() => argMax(tensor([]))).toThrow(/is empty/);
  });
});

describe("arranging", () => {
  test("flip, tile and take", async () => {
    await close(flip(x, [1]), [3, -2, 1, -6, 5, -4], [2, 3]);
    await close(tile(x, [1, 2]), [1, -2, 3, 1, -2, 3, -4, 5, -6, -4, 5, -6], [2, 6]);
    await close(tile(tensor([1, 2]), [2, 2]), [1, 2, 1, 2, 1, 2, 1, 2], [2, 4]);
    await close(take(x, tensor(Int32Array.of(2, 0)), 1), [3, 1, -6, -4], [2, 2]);
    await close(
      take(a, tensor(Int32Array.of(1, 0, 2, 2), [2, 2]), 1),
      [
        4, 5, 6, 7, 0, 1, 2, 3, 8, 9, 10, 11, 8, 9, 10, 11, 16, 17, 18, 19, 12, 13, 14, 15, 20, 21, 22, 23, 20, 21, 22,
        23,
      ],
      [2, 2, 2, 4],
    );
  });
  test("stack, split, squeeze and their opposites", async () => {
    await close(stack([tensor([1, 2]), tensor([3, 4])], 1), [1, 3, 2, 4], [2, 2]);
    await close(stack([tensor([1, 2]), tensor([3, 4])], -1), [1, 3, 2, 4], [2, 2]);
    const [left, right] = split(x, [1, 2], 1);
    expect([left?.shape, right?.shape]).toEqual([
      [2, 1],
      [2, 2],
    ]);
    await close(right ?? x, [-2, 3, 5, -6]);
    expect(split(a, 2, -1).map((part) => part.shape)).toEqual([
      [2, 3, 2],
      [2, 3, 2],
    ]);
    expect(squeeze(expandDimensions(x, -1)).shape).toEqual([2, 3]);
    expect(swapAxes(a, 0, -1).shape).toEqual([4, 3, 2]);
    expect(flatten(a).shape).toEqual([24]);
    expect(() => squeeze(x, [1])).toThrow(/axis 1 has size 3, not 1/);
    expect(() => split(x, 2, 1)).toThrow(/do not add up to 3/);
  });
});

test("activations", async () => {
  await close(
    silu(v),
    [
      -0.14227761953270035, -0.2689414213699951, -0.1887703343990727, 0, 0.3112296656009273, 0.7310585786300049,
      2.8577223804672998,
    ],
  );
  await close(softplus(v), [
    0.04858735157374206,
    0.31326168751822286,
    0.4740769841801067,
    Math.LN2,
    0.9740769841801067,
    1.3132616875182228,
    3.048587351573742,
  ]);
  await close(
    geluTanh(v),
    [
      -0.0036373920817729943, -0.1588080093917233, -0.15428599017485606, 0, 0.34571400982514394, 0.8411919906082768,
      2.996362607918227,
    ],
  );
  await close(elu(v), [-0.950212931632136, -0.6321205588285577, -0.3934693402873666, 0, 0.5, 1, 3]);
  await close(leakyRelu(v), [-0.03, -0.01, -0.005, 0, 0.5, 1, 3]);
  await close(hardSwish(v), [0, -1 / 3, -0.5 * (0.5 - 0.5 / 6), 0, 0.5 * (0.5 + 0.5 / 6), 2 / 3, 3]);
  await close(clip(v, -1, 0.75), [-1, -1, -0.5, 0, 0.5, 0.75, 0.75]);
  await close(softplus(tensor([200, -200])), [200, 0]);
});

describe("einsum", () => {
  test("contractions", async () => {
    await close(
      einsum("bij,jk->bik", a, b),
      [42, 48, 54, 114, 136, 158, 186, 224, 262, 258, 312, 366, 330, 400, 470, 402, 488, 574],
      [2, 3, 3],
    );
    await close(einsum("bij,bkj->ik", a, a), [748, 988, 1228, 988, 1356, 1724, 1228, 1724, 2220], [3, 3]);
    await close(einsum("bij->jb", a), [12, 48, 15, 51, 18, 54, 21, 57], [4, 2]);
    await close(einsum("i,j->ij", tensor([1, 2]), tensor([3, 4, 5])), [3, 4, 5, 6, 8, 10], [2, 3]);
    await close(
      einsum("ij,jk,kl->il", x, b.slice([0, 0], [3, 3]), b.transpose().slice([0, 0], [3, 2])),
      [46, 172, -88, -322],
      [2, 2],
    );
    await close(einsum("i,i->", tensor([1, 2]), tensor([3, 4])), [11], []);
  });
  test.each([
    ["ij,jk", /"->" before the result/],
    ["ij,jk->ik->i", /"->" before the result/],
    ["ij->i", /1 operands are named, but 2 were given/],
    ["i,jk->k", /names 1 axes, but operand 0 has shape \[2, 3\]/],
    ["ii,jk->k", /names an axis twice/],
    ["ij,kj->iz", /named once, and in an operand/],
    ["ij,jk->ik", /axis "j" has sizes 3 and 4/],
  ])("%s is refused with what to do", (subscripts, message) => {
    expect(() => einsum(subscripts, x, b)).toThrow(message);
  });
});

test("a clip keeps its slope at its bounds, and elu is smooth at 0", async () => {
  const slopes = grad((x: Tensor) => clip(x, -1, 2).sum())(tensor([-2, -1, 0, 2, 3]));
  expect(await slopes.toArray()).toEqual([0, 1, 1, 1, 0]);
  expect(await grad((x: Tensor) => elu(x).sum())(tensor([0, 1])).toArray()).toEqual([1, 1]);
  expect(await grad((x: Tensor) => elu(x, 3).sum())(tensor([0])).toArray()).toEqual([3]);
  expect(await clip(tensor([-5, 0, 5, Number.NaN]), 2, 1).toArray()).toEqual([1, 1, 1, Number.NaN]);
});
