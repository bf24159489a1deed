// The README's program runs as it stands.

import { execFile } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");

test("the README's training program learns exclusive-or", async () => {
  const readme = await readFile(join(root, "README.md"), "utf8");
  const [, program] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
  expect(program).toBeDefined();
  const file = join(root, "core", `readme-${process.pid}.ts`);
  await writeFile(file, program ?? "");
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=millrace-source", file], {
      timeout: 50_000,
    });
    expect(Number(stdout)).toBeLessThan(0.01);
  } finally {
    await rm(file);
  }
});
