// The README's programs run as they stand.

import { execFile } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");

/** What the README's program of that place prints. */
const printed = async (place: number): Promise<string> => {
  const readme = await readFile(join(root, "README.md"), "utf8");
  const program = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)][place]?.[1];
  if (program === undefined) throw new Error(`the README has no program ${place}`);
  const file = join(root, "core", `readme-${process.pid}-${place}.ts`);
  await writeFile(file, program);
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=millrace-source", file], {
      timeout: 50_000,
    });
    return stdout;
  } finally {
    await rm(file);
  }
};

test("the README's training program learns exclusive-or", async () => {
  expect(Number(await printed(0))).toBeLessThan(0.01);
});

test("the README's boosting program learns a sine through gaps", async () => {
  const [r2, prediction] = (await printed(1)).split(" ").map(Number);
  // Each 20th x is missing: what it cannot know is about a twentieth of the variance.
  expect(r2).toBeGreaterThan(0.85);
  // A leaf of 20 rows, 15 of them for training, spans 0.7 of x where the slope is at most 1: no more than half of it off.
  expect(Math.abs((prediction ?? Number.NaN) - Math.sin(3))).toBeLessThan(0.35);
});
