// ONNX's own node cases, recorded in test/fixtures/onnx, through Millrace's public functions.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Device, openDevice, setDefaultDevice, Tensor } from "@millrace/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exclusions } from "./exclusions.ts";
import { elementsOf, nodeOf, type RecordedArray, type RecordedCase } from "./node.ts";
import { operators } from "./operators.ts";

const folder = new URL("../../fixtures/onnx/", import.meta.url);
const read = (name: string): Buffer => readFileSync(new URL(name, folder));
const { elements, cases }: { elements: string[]; cases: RecordedCase[] } = JSON.parse(read("cases.json").toString());

/** What differs between a tensor and a recorded array, in words; undefined when nothing does. */
const difference = async (actual: Tensor, expected: RecordedArray, operator: string): Promise<string | undefined> => {
  if (actual.dtype !== expected.dtype) return `dtype ${actual.dtype}, not ${expected.dtype}`;
  if (actual.shape.join() !== expected.shape.join()) return `shape [${actual.shape}], not [${expected.shape}]`;
  const [got, wanted] = [await actual.data(), elementsOf(expected, elements)];
  // ONNX's own bound is 1e-3 relative; this is a hundredth of it. A Fourier transform's error is one of the whole row.
  const scale = operator === "DFT" ? Math.max(...Array.from(wanted, Math.abs)) : 1;
  const wrong = wanted.findIndex((value, i) => {
    const own = got[i] ?? 0;
    return !Object.is(own, value) && own !== value && !(Math.abs(own - value) <= 1e-6 * scale + 1e-5 * Math.abs(value));
  });
  return wrong < 0 ? undefined : `element ${wrong} is ${got[wrong]}, not ${wanted[wrong]}`;
};

/** Why a case fails; undefined when it passes. */
const failureOf = async (recorded: RecordedCase): Promise<string | undefined> => {
  const operator = operators[recorded.operator];
  if (!operator) return `there is no ${recorded.operator}`;
  try {
    const results = await operator(nodeOf(recorded, elements));
    const list = results instanceof Tensor ? [results] : results;
    for (const [i, expected] of recorded.outputs.entries()) {
      const actual = list[i];
      const differs = actual && expected ? await difference(actual, expected, recorded.operator) : undefined;
      if (differs) return `output ${i}: ${differs}`;
    }
    return list.some(Boolean) ? undefined : "there is no result";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

const reasons = new Map(Object.entries(exclusions).flatMap(([reason, names]) => names.map((name) => [name, reason])));
const byOperator = Map.groupBy(cases, ({ operator }) => operator);

const devices: readonly [name: string, open: () => Promise<Device>][] = [
  ["reference", () => openDevice("reference")],
  ["WASM, strict", () => openDevice("wasm", { deterministic: true, threads: 1 })],
  ["WebGPU", () => openDevice("webgpu", { software: true })],
];

describe.each(devices)("on %s", (_name, open) => {
  let device: Device;
  beforeAll(async () => {
    device = await open();
    setDefaultDevice(device);
  });
  afterAll(() => {
    setDefaultDevice(undefined);
    device[Symbol.dispose]();
  });

  for (const [operator, recorded] of byOperator)
    test(`${operator}: ONNX's ${recorded.length} cases pass, and those excluded fail`, async () => {
      const unexpected: string[] = [];
      const needless: string[] = [];
      for (const one of recorded) {
        const failure = await failureOf(one);
        if (failure !== undefined && !reasons.has(one.name)) unexpected.push(`${one.name}: ${failure}`);
        if (failure === undefined && reasons.has(one.name)) needless.push(one.name);
      }
      expect({ unexpected, needless }).toEqual({ unexpected: [], needless: [] });
    });
});

test("every exclusion names a recorded case, and at least 90 % of the cases are not excluded", () => {
  const names = new Set(cases.map(({ name }) => name));
  expect([...reasons.keys()].filter((name) => !names.has(name))).toEqual([]);
  console.log(`ONNX: ${cases.length - reasons.size} of ${cases.length} recorded cases pass`);
  expect(1 - reasons.size / cases.length).toBeGreaterThan(0.9);
});

test("the recorded cases have their manifest's hashes, version and licence", () => {
  const manifest = JSON.parse(read("manifest.json").toString());
  const hashOf = (name: string): string => createHash("sha256").update(read(name)).digest("hex");
  expect(hashOf("cases.json")).toBe(manifest.sha256["cases.json"]);
  expect(hashOf(manifest.script)).toBe(manifest.scriptSha256);
  expect(manifest.versions.onnx).toMatch(/^\d+\.\d+/);
  expect(manifest.licences.onnx).toBe("Apache-2.0");
  expect(manifest.cases).toBe(cases.length);
});
