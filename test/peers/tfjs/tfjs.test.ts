// tfjs-core's own op tests, run through a backend whose kernels are Millrace's and whose gradients are Millrace's. Each test
// here is one of their files: all its cases must pass but those of the exclusions, and those must fail.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Device, openDevice } from "@millrace/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { installBackend } from "./backend.ts";
import { loadBundle, testFiles } from "./bundle.ts";
import type { Engine, Harness } from "./engine.ts";
import { exclusions, withoutOp } from "./exclusions.ts";
import { recordCases } from "./jasmine.ts";

interface Outcome {
  readonly name: string;
  /** A kernel of Millrace was called. Where none was, tfjs-core's own checks of arguments decided. */
  readonly reached: boolean;
  readonly failure: string | undefined;
}

const folder = mkdtempSync(join(tmpdir(), "millrace-tfjs-"));
let engine: Engine;
let files: Harness["files"];
let device: Device;
let kernelCalls: () => number;

beforeAll(async () => {
  ({ engine, files } = await loadBundle(folder));
  device = await openDevice("wasm", { deterministic: true, threads: 1 });
  kernelCalls = (await installBackend(engine, device)).count;
});
afterAll(() => {
  device[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

const runFile = async (file: string): Promise<Outcome[]> => {
  const load = files[file];
  if (!load) throw new Error(`tfjs-core has no op test ${file}`);
  const outcomes: Outcome[] = [];
  for (const { name, run } of recordCases(load)) {
    const before = kernelCalls();
    engine.startScope();
    const failure = await run().then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    engine.endScope();
    engine.disposeVariables();
    outcomes.push({ name, reached: kernelCalls() > before, failure });
  }
  return outcomes;
};

const absent = new Set(Object.values(withoutOp).flat());
const excludedIn = (file: string): Set<string> =>
  new Set(exclusions.flatMap((exclusion) => (exclusion.file === file ? exclusion.cases : [])));
const tally = { passed: 0, excluded: 0, decidedByTheirChecks: 0 };

for (const file of testFiles().filter((name) => !absent.has(name)))
  test(`${file}: tfjs-core's cases pass, and those excluded fail`, async () => {
    const outcomes = await runFile(file);
    const excluded = excludedIn(file);
    const unexpected = outcomes.filter(({ name, failure }) => failure !== undefined && !excluded.has(name));
    const needless = [...excluded].filter(
      (name) => !outcomes.some((outcome) => outcome.name === name && outcome.failure !== undefined),
    );
    for (const { failure, reached } of outcomes)
      tally[failure !== undefined ? "excluded" : reached ? "passed" : "decidedByTheirChecks"]++;
    expect({ unexpected, needless }).toEqual({ unexpected: [], needless: [] });
  });

test("the files left out for want of an op do not pass", async () => {
  const passing: string[] = [];
  for (const file of absent)
    if ((await runFile(file)).every(({ failure }) => failure === undefined)) passing.push(file);
  expect(passing).toEqual([]);
});

test("at least 90 % of the cases of the ops that Millrace has pass", () => {
  const { passed, excluded, decidedByTheirChecks } = tally;
  console.log(
    `tfjs-core: ${passed} cases pass on Millrace, ${excluded} are excluded, ${decidedByTheirChecks} more never reach a kernel`,
  );
  expect(passed).toBeGreaterThan(1_900);
  expect(passed / (passed + excluded)).toBeGreaterThan(0.9);
});
