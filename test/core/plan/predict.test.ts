// Predicted times against sums by hand on a made-up roof.
import { describePlan, drawPlan, predictPlan } from "@millrace/core";
import { expect, test } from "vitest";
import * as build from "../../../core/graph/build.ts";
import { inputValue } from "../../../core/graph/node.ts";
import { makePlan } from "../../../core/plan/make-plan.ts";

const roof = {
  flopsPerSecond: 1e9,
  bandwidths: [
    { bytes: 2 ** 10, bytesPerSecond: 8e9 },
    { bytes: 2 ** 20, bytesPerSecond: 2e9 },
  ],
};

/** The negative of x, then its product with itself. */
const planOf = (size: number) => {
  const x = inputValue({ dtype: "f32", shape: [size, size] });
  const negative = build.negate(x);
  return makePlan([x], [build.matmul(negative, negative)]);
};

test("a step takes the longer of its operations and its bytes, at the bandwidth of the memory that it fills", () => {
  // 64 x 64: 32 KiB there and back at 2 GB/s; 2 * 64^3 operations at 1 GFLOP/s.
  const [map, matmul] = predictPlan(planOf(64), roof);
  expect(map).toBeCloseTo((2 * 4 * 64 * 64) / 2e9 / 1e-6, 9);
  expect(matmul).toBeCloseTo((2 * 64 ** 3) / 1e9 / 1e-6, 9);
  // 8 x 8: 512 bytes at 8 GB/s, as long as 64 operations.
  expect(predictPlan(planOf(8), roof)[0]).toBeCloseTo(0.064, 9);
  // 512 x 512: 2 MiB, more than was measured: the last figure.
  expect(predictPlan(planOf(512), roof)[0]).toBeCloseTo((2 * 4 * 512 * 512) / 2e9 / 1e-6, 9);
});

test("plans in words and as pictures say the prediction where there is a roof", async () => {
  const plan = planOf(64);
  const lines = describePlan(plan, roof).split("\n");
  expect(lines[0]).toMatch(/ {2}16\.4 us$/);
  expect(lines[1]).toMatch(/ {2}524\.3 us$/);
  expect(lines.at(-1)).toMatch(/bytes of temporaries {2}540\.7 us$/);
  expect(await drawPlan(plan, roof)).toContain("524.3 us  matmul");
  expect(describePlan(plan)).not.toContain(" us");
  expect(await drawPlan(plan)).not.toContain(" us ");
});
