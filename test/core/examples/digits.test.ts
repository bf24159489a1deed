// The convolutional network on digits in Node. On four such splits scikit-learn's vote of 3 nearest neighbours reads 97.8 to
// 98.7 % right and its logistic regression 96.2 to 97.1 %: a network of this kind that reads less than 97 % is broken.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { runExample } from "./course.ts";
import { digits } from "./data.ts";
import { relaxed, softwareGPU, strict } from "./devices.ts";
import { digitsNetwork, readDigits } from "./digits.ts";

test("the table has its manifest's hash, rows, source and licence", () => {
  const folder = new URL("../../fixtures/digits/", import.meta.url);
  const bytes = (name: string): Buffer => readFileSync(new URL(name, folder));
  const hashOf = (name: string): string => createHash("sha256").update(bytes(name)).digest("hex");
  const manifest = JSON.parse(bytes("manifest.json").toString());
  expect(hashOf("digits.csv")).toBe(manifest.sha256["digits.csv"]);
  expect(hashOf(manifest.script)).toBe(manifest.scriptSha256);
  expect(manifest.licences).toEqual({ data: "CC-BY-4.0", "scikit-learn": "BSD-3-Clause" });
  const { count, pixels, labels } = readDigits(digits);
  expect([count, pixels.length, labels.length]).toEqual([1797, 1797 * 64, 1797]);
  // The class counts of optdigits.names.
  const counts = Array.from({ length: 10 }, (_, digit) => labels.filter((label) => label === digit).length);
  expect(counts).toEqual([178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
  expect([Math.min(...pixels), Math.max(...pixels)]).toEqual([0, 1]);
});

const run = (...[choice, options]: [Parameters<typeof runExample>[2], Parameters<typeof runExample>[3]]) =>
  runExample(digitsNetwork, digits, choice, options);

describe("a convolutional network", () => {
  test("reads 97 % of unseen digits on strict WASM, in memory that stays flat over 1,000 steps, with the same bits on two threads", async () => {
    const one = await run(strict(1), { steps: 1000 });
    console.log(`digits on ${one.device}: ${JSON.stringify(one.figures)}`);
    expect(one.figures.rows).toBe(450);
    expect(one.figures.accuracy).toBeGreaterThanOrEqual(0.97);
    expect(one.after).toEqual(one.before);
    expect(one.left).toBe(0);
    const two = await run(strict(2), { steps: 1000 });
    expect(two.device).toContain("2 threads");
    expect(two.weights).toBe(one.weights);
    expect(two.losses).toEqual(one.losses);
    expect(two.after).toEqual(two.before);
  }, 180_000);

  test("reads 97 % of unseen digits on relaxed WASM", async () => {
    const { figures, after, before } = await run(relaxed, { steps: 1000 });
    expect(figures.accuracy).toBeGreaterThanOrEqual(0.97);
    expect(after).toEqual(before);
  });

  // SwiftShader takes 0.4 s a step of 2 rows, nearly all of it in the weights' gradient: a workgroup a weight.
  test("takes the steps on WebGPU that it takes on strict WASM, in memory that stays flat over 30", async () => {
    const options = { steps: 30, rows: 2 };
    const [gpu, wasm] = [await run(softwareGPU, options), await run(strict(1), options)];
    for (const [i, loss] of gpu.losses.entries()) expect(loss).toBeCloseTo(wasm.losses[i] ?? Number.NaN, 3);
    expect(gpu.after).toEqual(gpu.before);
    expect(gpu.left).toBe(0);
  }, 180_000);
});
