// exp and log by plain operations, against Math's (within 1 ULP of the truth in V8) over their whole range.
import { expect, test } from "vitest";
import { exp64, log64, nearest, splitFloat } from "../../../../core/model/boosting/float64.ts";

const relative = (got: number, wanted: number): number => Math.abs(got / wanted - 1);

test("exp and log are right to two units of the last place", () => {
  let worst = 0;
  for (let i = -6990; i <= 6990; i++) worst = Math.max(worst, relative(exp64(i / 10 + 1e-3), Math.exp(i / 10 + 1e-3)));
  for (let i = -3000; i <= 3000; i++) {
    const x = 1.37 ** (i / 4);
    worst = Math.max(worst, i === 0 ? 0 : relative(log64(x), Math.log(x)));
  }
  expect(worst).toBeLessThan(5e-16);
  expect(exp64(0)).toBe(1);
  expect(log64(1)).toBe(0);
  expect(log64(1 + 1e-12)).toBeCloseTo(Math.log(1 + 1e-12), 24);
});

test("exp ends where its results do", () => {
  expect(exp64(1e9)).toBe(exp64(700));
  expect(exp64(-1e9)).toBe(exp64(-700));
  expect(Number.isFinite(exp64(700)) && exp64(-700) > 0).toBe(true);
});

test("a float is its mantissa times two to its exponent", () => {
  for (const x of [1, 1.5, 0.1, 1e300, 1e-300, Math.PI]) {
    const { mantissa, exponent } = splitFloat(x);
    expect(mantissa * 2 ** exponent).toBe(x);
    expect(mantissa >= 1 && mantissa < 2).toBe(true);
  }
});

test("halves go to even numbers", () => {
  expect([0.5, 1.5, 2.5, -0.5, -1.5, 3.2, -7.8].map((x) => nearest(x) + 0)).toEqual([0, 2, 2, 0, -2, 3, -8]);
});
