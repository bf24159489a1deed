import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fitPipeline, saveBundle } from "@millrace/core";
import type { PredictionColumn } from "@millrace/gateway/domain/model/prediction.ts";
import { createPredictor } from "@millrace/gateway/job/predictor.ts";
import { createKernelThread } from "@millrace/gateway/kernel/thread.ts";
import { openFolderStore } from "@millrace/gateway/store/folder.ts";
import { expect, onTestFinished, test } from "vitest";
import { penguinFit, penguinRows } from "../../core/model/penguins.ts";

const NUMBERS = ["Beak Length (mm)", "Beak Depth (mm)", "Flipper Length (mm)", "Body Mass (g)"];
const TEXTS = ["Island", "Sex"];

const columnsOf = (rows: typeof penguinRows): PredictionColumn[] => [
  ...NUMBERS.map((name) => ({ name, type: "FLOAT" as const, values: rows.map((row) => Number(row[name])) })),
  ...TEXTS.map((name) => ({ name, type: "TEXT" as const, values: rows.map((row) => String(row[name])) })),
];

test("rows of a request get the probabilities that the bundle gives, also many at once and with missing values", async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), "millrace-predictor-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const store = await openFolderStore(folder);
  const fitted = await fitPipeline(penguinFit());
  const { hash } = await store.put(saveBundle(fitted.bundle));
  const thread = createKernelThread({ objects: folder, cores: 1, limits: {} });
  const predict = createPredictor(thread);
  const rows = penguinRows.filter((row) => Object.values(row).every((value) => value !== null)).slice(0, 100);

  const all = await predict(hash, columnsOf(rows));
  const expected = await fitted.bundle.predict(rows);
  const width = expected.classes.length;
  expect(all.probabilities.length).toBe(100 * width);
  all.probabilities.forEach((probability, at) => {
    expect(probability).toBeCloseTo(expected.probabilities[at] ?? Number.NaN, 6);
  });
  const right = rows.filter(({ Species }, row) => expected.classes[all.labels[row] ?? -1] === Species);
  expect(right.length).toBeGreaterThan(95);

  const apart = await Promise.all(rows.slice(0, 20).map((row) => predict(hash, columnsOf([row]))));
  apart.forEach(({ probabilities }, row) => {
    probabilities.forEach((probability, index) => {
      expect(probability).toBeCloseTo(all.probabilities[row * width + index] ?? Number.NaN, 5);
    });
  });

  const missing = columnsOf(rows.slice(0, 1)).map((column) => ({ ...column, values: [null] }));
  const guess = await predict(hash, missing);
  expect(guess.probabilities.reduce((sum, probability) => sum + probability, 0)).toBeCloseTo(1, 5);
  await thread.close();
});

test("a bundle that is gone is told as such, and found again when it is back", async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), "millrace-predictor-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const thread = createKernelThread({ objects: folder, cores: 1, limits: {} });
  const predict = createPredictor(thread);
  await expect(predict("0".repeat(64), [])).rejects.toMatchObject({ code: "OBJECT_MISSING" });
  await expect(predict("0".repeat(64), [])).rejects.toMatchObject({ code: "OBJECT_MISSING" });
  await thread.close();
});
