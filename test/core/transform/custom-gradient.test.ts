// Gradients of one's own.
import {
  batch,
  compile,
  customGradient,
  grad,
  openDevice,
  recompute,
  setDefaultDevice,
  stopGradient,
  type Tensor,
  tensor,
} from "@millrace/core";
import { afterAll, beforeAll, expect, test } from "vitest";

beforeAll(async () => setDefaultDevice(await openDevice("reference")));
afterAll(() => setDefaultDevice(undefined));

test("no gradient flows through stopGradient", async () => {
  const f = (x: Tensor): Tensor => x.multiply(stopGradient(x)).sum();
  expect(await grad(f)(tensor([2, 3])).toArray()).toEqual([2, 3]);
});

test("a custom gradient takes the place of the function's own, also inside other transforms", async () => {
  const straightThrough = customGradient(
    (x: Tensor) => x.floor(),
    (g) => [g],
  );
  const f = (x: Tensor): Tensor => straightThrough(x).multiply(x).sum();
  const x = tensor([1.5, -0.5]);
  // d/dx floor(x) x = floor(x) + x with the straight-through rule.
  expect(await f(x).item()).toBe(2);
  expect(await grad(f)(x).toArray()).toEqual([2.5, -1.5]);
  expect(await (await compile(grad(f))(x)).toArray()).toEqual([2.5, -1.5]);
  // The gradient of the sum of that gradient: floor(x) gives 1 by the rule, x gives 1.
  const second = grad((y: Tensor) => grad(f)(y).sum());
  expect(await second(x).toArray()).toEqual([2, 2]);
});

test("a custom gradient sees upstream, result and arguments", async () => {
  const f = customGradient(
    (x: Tensor, y: Tensor) => x.multiply(y),
    (g, result, x, y) => [g.multiply(result), g.multiply(x.add(y))],
  );
  const [gx, gy] = grad(([x, y]: [Tensor, Tensor]) => f(x, y).multiply(10).sum())([tensor([2]), tensor([5])]);
  expect(await gx.toArray()).toEqual([100]);
  expect(await gy.toArray()).toEqual([70]);
});

test("a gradient of the wrong shape is refused by its argument", () => {
  const f = customGradient(
    (x: Tensor) => x.exp(),
    (g) => [g.sum()],
  );
  expect(() => grad((x: Tensor) => f(x).sum())(tensor([1, 2]))).toThrow(
    /argument 0 is f32\[2\], but its gradient is f32\[\]/,
  );
});

const deep = (block: (x: Tensor, w: Tensor) => Tensor) => (w: Tensor, x: Tensor) => {
  let y = x;
  for (let i = 0; i < 8; i++) y = block(y, w);
  return y.square().mean();
};
const layer = (x: Tensor, w: Tensor): Tensor => x.matmul(w).tanh().matmul(w).tanh();

test("recompute gives the same gradient from less memory and more work", async () => {
  const w = tensor(
    Float32Array.from({ length: 16 * 16 }, (_, i) => Math.sin(i)),
    [16, 16],
  );
  const x = tensor(
    Float32Array.from({ length: 64 * 16 }, (_, i) => Math.cos(i)),
    [64, 16],
  );
  const kept = grad(deep(layer));
  const again = grad(deep(recompute(layer)));
  const [a, b] = [await kept(w, x).data(), await again(w, x).data()];
  a.forEach((value, i) => {
    expect(b[i]).toBeCloseTo(value, 6);
  });
  const [first, second] = [compile(kept).plan(w, x).cost, compile(again).plan(w, x).cost];
  expect(second.temporaryBytes).toBeLessThan(0.75 * first.temporaryBytes);
  expect(second.flops).toBeGreaterThan(first.flops);
});

test("recompute under batch", async () => {
  const square = recompute((x: Tensor) => x.multiply(x));
  const slope = batch((x: Tensor) => grad((y: Tensor) => square(y).sum())(x));
  expect(
    await slope(
      tensor([
        [1, 2],
        [3, 4],
      ]),
    ).toArray(),
  ).toEqual([
    [2, 4],
    [6, 8],
  ]);
});
