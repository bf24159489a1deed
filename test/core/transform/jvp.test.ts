// Directional derivatives against differences in the same direction, and against grad.
import {
  elementwise,
  grad,
  jvp,
  openDevice,
  scaledDotProductAttention,
  setDefaultDevice,
  type Tensor,
  tensor,
} from "@millrace/core";
import { beforeAll, expect, test } from "vitest";

beforeAll(async () => setDefaultDevice(await openDevice("reference")));

const labels = tensor(Int32Array.of(1, 0));
const functions: readonly (readonly [string, (x: Tensor) => Tensor])[] = [
  ["tanh of a product", (x) => x.matmul(x.transpose()).tanh()],
  ["softmax", (x) => x.softmax()],
  ["cross-entropy", (x) => x.crossEntropy(labels)],
  ["a maximum", (x) => x.max({ axis: 1 })],
  ["gather and slice", (x) => x.gather(tensor(Int32Array.of(1, 1))).slice([0, 1], [2, 2])],
  ["division and power", (x) => elementwise("power", x.square().add(1), tensor(1.5)).divide(x.add(4))],
  ["attention", (x) => scaledDotProductAttention(x, x.sin(), x.square(), { causal: true })],
  ["a gradient", (x) => grad((y: Tensor) => y.exp().multiply(y).sum())(x)],
];

test.each(functions)("of %s", async (_, fn) => {
  const x = tensor([
    [0.3, -0.7, 1.1],
    [0.9, 0.2, -0.4],
  ]);
  const t = tensor([
    [1, -2, 0.5],
    [0.25, 1, -1],
  ]);
  const { value, tangent } = jvp(fn)(x, t);
  const step = 2 ** -7;
  const at = async (k: number): Promise<number[]> => [...(await fn(x.add(t.multiply(k * step))).data())];
  const [a, b, c, d] = [await at(-2), await at(-1), await at(1), await at(2)];
  const got = await tangent.data();
  expect(await value.data()).toEqual(await fn(x).data());
  expect(got.length).toBe(a.length);
  got.forEach((derivative, i) => {
    const numeric = ((a[i] ?? 0) - 8 * (b[i] ?? 0) + 8 * (c[i] ?? 0) - (d[i] ?? 0)) / (12 * step);
    // Values were read as f32, so the differences have about four digits.
    expect(Math.abs(derivative - numeric)).toBeLessThan(2e-4 * (1 + Math.abs(numeric)));
  });
});

test("along each unit vector it is that element of grad", async () => {
  const f = (x: Tensor): Tensor => x.sin().multiply(x).sum();
  const x = tensor([0.5, 2, -1]);
  const whole = await grad(f)(x).data();
  for (const [i, element] of whole.entries()) {
    const unit = tensor(Float32Array.from({ length: 3 }, (_, k) => (k === i ? 1 : 0)));
    expect(await jvp(f)(x, unit).tangent.item()).toBeCloseTo(element, 6);
  }
});

test("a direction of another form is refused", () => {
  expect(() => jvp((x: Tensor) => x.exp())(tensor([1, 2]), tensor([1]))).toThrow(
    /direction is f32\[1\], but the argument is f32\[2\]/,
  );
});
