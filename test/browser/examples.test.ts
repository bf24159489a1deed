// The examples in Chromium: whole runs on strict WASM give the bits that Node gives; a few steps on WebGPU agree with them.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DeviceChoice, RunOptions, RunReport } from "../core/examples/course.ts";
import { dataOf } from "../core/examples/data.ts";
import { softwareGPU, strict } from "../core/examples/devices.ts";
import type { ExampleName } from "../core/examples/index.ts";
import { type Json, type OpenPage, openPage } from "./open-page.ts";
import { run } from "./page/examples.ts";

let open: OpenPage;
beforeAll(async () => {
  open = await openPage();
});
afterAll(async () => {
  expect(open.errors).toEqual([]);
  await open[Symbol.asyncDispose]();
});

const inPage = (
  name: ExampleName,
  { kind, options }: DeviceChoice,
  { steps, rows }: RunOptions,
): Promise<RunReport> => {
  const given: Json = rows === undefined ? { steps } : { steps, rows };
  return open.run("test/browser/page/examples.ts", "run", name, dataOf[name], { kind, options: { ...options } }, given);
};

/** Steps of a whole run on WASM, and of one on SwiftShader with the rows of its batches. */
const runs: readonly [ExampleName, RunOptions, RunOptions][] = [
  ["perceptron", { steps: 1000 }, { steps: 30, rows: 8 }],
  ["digitsNetwork", { steps: 1000 }, { steps: 6, rows: 2 }],
  ["characterTransformer", { steps: 1000 }, { steps: 4, rows: 1 }],
  ["kMeans", { steps: 1000 }, { steps: 30 }],
];

describe.each(runs)("%s", (name, whole, few) => {
  let inNode: RunReport;
  beforeAll(async () => {
    inNode = await run(name, dataOf[name], strict(1), whole);
  });

  test.each([1, 2])(
    "gives in the page the bits of Node over its whole run on %i threads, in memory that stays flat",
    async (threads) => {
      const report = await inPage(name, strict(threads), whole);
      expect(report.device).toMatch(threads === 2 ? /^wasm .*2 threads/ : /^wasm .*1 thread/);
      expect(report.weights).toBe(inNode.weights);
      expect(report.losses).toEqual(inNode.losses);
      expect(report.figures).toEqual(inNode.figures);
      expect(report.after).toEqual(report.before);
      expect(report.left).toBe(0);
    },
  );

  test("takes its steps on WebGPU in the page as on strict WASM in Node", async () => {
    const [gpu, wasm] = [await inPage(name, softwareGPU, few), await run(name, dataOf[name], strict(1), few)];
    expect(gpu.device).toMatch(/^webgpu .*swiftshader/i);
    for (const [i, loss] of gpu.losses.entries())
      expect(Math.abs(loss / (wasm.losses[i] ?? Number.NaN) - 1)).toBeLessThan(1e-3);
    expect(gpu.left).toBe(0);
  });
});
