// The character-level transformer in Node.
import { openDevice } from "@millrace/core";
import { expect, test } from "vitest";
import { characterTransformer, readSonnets } from "./character-transformer.ts";
import { runExample } from "./course.ts";
import { sonnets } from "./data.ts";
import { softwareGPU, strict } from "./devices.ts";

test("a transformer learns to spell from a few kilobytes, in memory that stays flat over 1,000 steps", async () => {
  const { codes, unseen, unigramEntropy } = readSonnets(sonnets);
  const report = await runExample(characterTransformer, sonnets, strict(1), { steps: 1000 });
  expect(report.after).toEqual(report.before);
  expect(report.left).toBe(0);
  const last = report.losses.slice(-20).reduce((sum, own) => sum + own, 0) / 20;
  // It knows what comes after what: far below the letters' own frequencies on what it read,
  expect(last).toBeLessThan(0.6 * unigramEntropy(0, unseen));
  // and below them on a sonnet that it did not read.
  expect(report.figures.loss).toBeLessThan(0.87 * unigramEntropy(unseen, codes.length));
});

test("no character sees those behind it: the logits of a beginning are the same whatever follows", async () => {
  using device = await openDevice("wasm", { deterministic: true });
  using course = characterTransformer(device, sonnets);
  for (let i = 0; i < 10; i++) await course.step();
  const { plain, changed } = await course.compareBeginnings(20);
  const known = 20 * readSonnets(sonnets).characters;
  const part = (values: ArrayLike<number>, from: number): number[] => Array.from(values).slice(from, from + known);
  expect(part(changed, 0)).toEqual(part(plain, 0));
  expect(part(changed, known)).not.toEqual(part(plain, known));
});

// SwiftShader takes 0.7 s a step of one window.
test("a transformer takes the steps on WebGPU that it takes on strict WASM, in memory that stays flat over 20", async () => {
  const options = { steps: 20, rows: 1 };
  const gpu = await runExample(characterTransformer, sonnets, softwareGPU, options);
  const wasm = await runExample(characterTransformer, sonnets, strict(1), options);
  for (const [i, loss] of gpu.losses.entries()) expect(loss).toBeCloseTo(wasm.losses[i] ?? Number.NaN, 3);
  expect(gpu.after).toEqual(gpu.before);
  expect(gpu.left).toBe(0);
}, 180_000);
