// Positions against their formulas in plain float64 loops, and the property that rotary positions are for.
import { nn, openDevice, setDefaultDevice, tensor } from "@millrace/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectClose, numbers, rowsOf, sum } from "../plain.ts";

beforeAll(async () => setDefaultDevice(await openDevice("wasm", { deterministic: true })));
afterAll(() => setDefaultDevice(undefined));

test("sinusoidal positions are the paper's sines and cosines", async () => {
  const angle = (place: number, i: number): number => place / 10000 ** ((2 * i) / 6);
  const expected = [2, 3, 4].flatMap((place) =>
    [0, 1, 2].flatMap((i) => [Math.sin(angle(place, i)), Math.cos(angle(place, i))]),
  );
  const result = nn.sinusoidalPositions(3, 6, { offset: 2 });
  expect(result.shape).toEqual([3, 6]);
  await expectClose(result, expected);
  expect(() => nn.sinusoidalPositions(3, 5)).toThrow(/the width must be an even number of at least 2, but is 5/);
});

describe("rotary positions", () => {
  const turned = (row: readonly number[], place: number, interleaved: boolean): number[] => {
    const half = row.length / 2;
    const result = [...row];
    for (let i = 0; i < half; i++) {
      const [first, second] = interleaved ? [2 * i, 2 * i + 1] : [i, i + half];
      const angle = place / 10000 ** ((2 * i) / row.length);
      const [a, b] = [row[first] ?? 0, row[second] ?? 0];
      result[first] = a * Math.cos(angle) - b * Math.sin(angle);
      result[second] = a * Math.sin(angle) + b * Math.cos(angle);
    }
    return result;
  };
  test.each([false, true])("turn each pair by its place, interleaved: %s", async (interleaved) => {
    const x = numbers(2 * 3 * 8);
    const expected = rowsOf(x, 8).flatMap((row, i) => turned(row, 5 + (i % 3), interleaved));
    const result = nn.rotaryPositions(tensor(x).reshape([2, 3, 8]), { interleaved, offset: 5 });
    expect(result.shape).toEqual([2, 3, 8]);
    await expectClose(result, expected);
  });
  test("make the product of a query and a key depend on their distance alone", async () => {
    const [query, key] = [numbers(8), numbers(16).slice(8)];
    const at = async (values: number[], offset: number): Promise<number[]> => [
      ...(await nn.rotaryPositions(tensor(values).reshape([1, 8]), { offset }).data()),
    ];
    const product = async (first: number, second: number): Promise<number> => {
      const [q, k] = [await at(query, first), await at(key, second)];
      return sum(q.map((value, i) => value * (k[i] ?? 0)));
    };
    expect(await product(7, 3)).toBeCloseTo(await product(104, 100), 4);
    expect(Math.abs((await product(7, 3)) - (await product(7, 4)))).toBeGreaterThan(1e-2);
  });
  test("refuse an odd width and a vector without a place", () => {
    expect(() => nn.rotaryPositions(tensor([[1, 2, 3]]))).toThrow(/even number/);
    expect(() => nn.rotaryPositions(tensor([1, 2]))).toThrow(/takes \[..., places, width\], but got \[2\]/);
  });
});
