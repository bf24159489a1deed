// A real model in the page: trained there on WASM and on WebGPU, and one trained in Node, loaded there.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Json, type OpenPage, openPage } from "./open-page.ts";
import {
  type DeviceChoice,
  type PredictionResult,
  predictWith,
  type TrainingResult,
  trainPenguins,
} from "./page/penguins.ts";

const module = "test/browser/page/penguins.ts";
const rows: Record<string, string | number | null>[] = JSON.parse(
  readFileSync(new URL("../../node_modules/vega-datasets/data/penguins.json", import.meta.url), "utf8"),
);
const strict: DeviceChoice = { kind: "wasm", options: { deterministic: true } };
const fast: DeviceChoice = { kind: "wasm", options: {} };
const gpu: DeviceChoice = { kind: "webgpu", options: { software: true } };
const asJson = ({ kind, options }: DeviceChoice): Json => ({ kind, options: { ...options } });

let open: OpenPage;
let inNode: TrainingResult;
beforeAll(async () => {
  open = await openPage();
  inNode = await trainPenguins(rows, strict);
});
afterAll(async () => {
  expect(open.errors).toEqual([]);
  await open[Symbol.asyncDispose]();
});

const trainInPage = (choice: DeviceChoice): Promise<TrainingResult> =>
  open.run<TrainingResult>(module, "trainPenguins", rows, asJson(choice));

test("in deterministic mode the weights trained in the page are the bytes that Node trains", async () => {
  const inPage = await trainInPage(strict);
  expect(inPage.weights).toEqual(inNode.weights);
  expect(Object.keys(inPage.weights).length).toBeGreaterThanOrEqual(4);
  expect(inPage.accuracy).toBe(inNode.accuracy);
});

test.each([
  ["WebGPU", gpu, /^webgpu/],
  ["WASM with the browser's fastest arithmetic", fast, /^wasm/],
])(
  "a training on %s in the page tells the species of 97 % of held-out penguins and leaves no buffer",
  async (_, choice, name) => {
    const { accuracy, device, liveBuffers } = await trainInPage(choice);
    expect(device).toMatch(name);
    expect(accuracy).toBeGreaterThanOrEqual(0.97);
    expect(liveBuffers).toBe(0);
  },
);

test.each([
  ["strict WASM", strict, 0],
  ["WebGPU", gpu, 1e-5],
])("a bundle made in Node predicts the same rows in the page on %s, gaps among them", async (_, choice, bound) => {
  expect(rows.some((row) => row.Sex === null)).toBe(true);
  const want = await predictWith(inNode.bundle, rows, strict);
  const got = await open.run<PredictionResult>(module, "predictWith", inNode.bundle, rows, asJson(choice));
  expect(got.species).toEqual(want.species);
  expect(got.probabilities).toHaveLength(rows.length * 3);
  const largest = Math.max(...got.probabilities.map((p, i) => Math.abs(p - (want.probabilities[i] ?? Number.NaN))));
  expect(largest).toBeLessThanOrEqual(bound);
});
