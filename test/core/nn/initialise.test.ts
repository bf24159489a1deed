// First weights: the variance of the papers, and the same bytes for the same seed.
import { glorotUniform, heUniform, randomStream } from "@millrace/core";
import { describe, expect, test } from "vitest";

const varianceOf = (values: Float32Array): number => values.reduce((sum, x) => sum + x * x, 0) / values.length;

describe("first weights", () => {
  test("have the variance 2 / inputs (He) and 2 / (inputs + outputs) (Glorot), and mean 0", () => {
    const he = heUniform(400, 250, randomStream(1, 1));
    const glorot = glorotUniform(400, 250, randomStream(1, 2));
    // 100,000 draws: the standard error of a uniform's variance is 0.28 % of it.
    expect(varianceOf(he) / (2 / 400)).toBeCloseTo(1, 1);
    expect(Math.abs(varianceOf(he) / (2 / 400) - 1)).toBeLessThan(0.015);
    expect(Math.abs(varianceOf(glorot) / (2 / 650) - 1)).toBeLessThan(0.015);
    expect(Math.abs(he.reduce((sum, x) => sum + x, 0) / he.length)).toBeLessThan(1e-3);
  });
  test("depend on seed and stream alone", () => {
    expect(heUniform(7, 5, randomStream(9, 3))).toEqual(heUniform(7, 5, randomStream(9, 3)));
    expect(heUniform(7, 5, randomStream(9, 3))).not.toEqual(heUniform(7, 5, randomStream(10, 3)));
    expect(heUniform(7, 5, randomStream(9, 3))).not.toEqual(heUniform(7, 5, randomStream(9, 4)));
  });
});
