// First weights: the variance of the papers, and the same bytes for the same seed.
import { nn, randomStream } from "@millrace/core";
import { describe, expect, test } from "vitest";

const { glorotNormal, glorotUniform, heNormal, heUniform, normal, orthogonal, truncatedNormal } = nn;

const meanOf = (values: Float32Array): number => values.reduce((sum, x) => sum + x, 0) / values.length;
const varianceOf = (values: Float32Array): number => values.reduce((sum, x) => sum + x * x, 0) / values.length;

describe("first weights", () => {
  test.each([
    ["He's uniform", heUniform, 2 / 400],
    ["He's normal", heNormal, 2 / 400],
    ["Glorot's uniform", glorotUniform, 2 / 650],
    ["Glorot's normal", glorotNormal, 2 / 650],
    ["normal", normal(0.5), 0.25],
    // The variance of a standard normal cut at two deviations is 1 - 4 phi(2) / (2 Phi(2) - 1).
    ["truncated normal", truncatedNormal(0.5), 0.25 * 0.7737],
  ])("%s: mean 0 and the variance of its definition", (_, draw, variance) => {
    const values = draw([400, 250], randomStream(1, 1));
    // 100,000 draws: the standard error of the variance is 0.28 % of it for a uniform, 0.45 % for a normal.
    expect(Math.abs(varianceOf(values) / variance - 1)).toBeLessThan(0.02);
    expect(Math.abs(meanOf(values)) / Math.sqrt(variance)).toBeLessThan(0.013);
  });
  test("normal numbers fall within one, two and three deviations as often as the distribution says", () => {
    const values = normal(1)([100_000], randomStream(3, 1));
    for (const [bound, share] of [
      [1, 0.6827],
      [2, 0.9545],
      [3, 0.9973],
    ] as const)
      expect(values.filter((value) => Math.abs(value) < bound).length / 100_000).toBeCloseTo(share, 2);
  });
  test("truncated normal numbers stay within two deviations", () => {
    const values = truncatedNormal(0.5)([10_000], randomStream(3, 1));
    expect(values.every((value) => Math.abs(value) <= 1)).toBe(true);
  });
  test.each([
    [5, 8],
    [8, 5],
    [6, 6],
  ])("orthogonal [%d, %d]: the shorter side's vectors have length gain and are at right angles", (rows, columns) => {
    const values = orthogonal(1.5)([rows, columns], randomStream(4, 1));
    const count = Math.min(rows, columns);
    const vector = (i: number): number[] =>
      Array.from(
        { length: Math.max(rows, columns) },
        (_, k) => (rows <= columns ? values[i * columns + k] : values[k * columns + i]) ?? 0,
      );
    for (let i = 0; i < count; i++)
      for (let j = 0; j < count; j++) {
        const product = vector(i).reduce((sum, own, k) => sum + own * (vector(j)[k] ?? 0), 0);
        expect(product).toBeCloseTo(i === j ? 2.25 : 0, 5);
      }
    expect(() => orthogonal()([2, 3, 4], randomStream(4, 1))).toThrow(/are a matrix, but the shape is \[2, 3, 4\]/);
  });
  test("a convolution's fans count its window", () => {
    expect(nn.fansOf([16, 8, 3, 3])).toEqual({ fanIn: 72, fanOut: 144 });
    expect(nn.fansOf([30, 64])).toEqual({ fanIn: 30, fanOut: 64 });
  });
  test("depend on seed and stream alone", () => {
    expect(heNormal([7, 5], randomStream(9, 3))).toEqual(heNormal([7, 5], randomStream(9, 3)));
    expect(heUniform([7, 5], randomStream(9, 3))).not.toEqual(heUniform([7, 5], randomStream(10, 3)));
    expect(heUniform([7, 5], randomStream(9, 3))).not.toEqual(heUniform([7, 5], randomStream(9, 4)));
  });
});
