// The perceptron on penguins in Node.
import { expect, test } from "vitest";
import { runExample } from "./course.ts";
import { penguins } from "./data.ts";
import { softwareGPU, strict } from "./devices.ts";
import { perceptron } from "./perceptron.ts";

test.each([
  ["strict WASM", strict(1), 32],
  ["WebGPU", softwareGPU, 8],
])(
  "a perceptron by hand tells the species of penguins that it has not seen, in memory that stays flat over 1,000 steps, on %s",
  async (_, choice, rows) => {
    const { losses, figures, before, after, left } = await runExample(perceptron, penguins, choice, {
      steps: 1000,
      rows,
    });
    expect(after).toEqual(before);
    expect(left).toBe(0);
    expect(losses.at(-1)).toBeLessThan(0.1);
    expect(figures.steps).toBe(1000);
    expect(figures.accuracy).toBeGreaterThan(0.97);
  },
  180_000,
);
