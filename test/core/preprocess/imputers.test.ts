// Imputers against scikit-learn's recorded answers, on the training rows and on fresh ones, on real and generated tables.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type PreprocessStep, standardScaler } from "@millrace/core";
import { iterativeImputer, knnImputer, minMaxScaler } from "@millrace/core/tables";
import { describe, expect, test } from "vitest";
import { expectMatrix, fitShards, fitSteps, type Matrix, rowsOf, tableOf, wasm } from "./recorded-steps.ts";

interface Case {
  readonly name: string;
  readonly table: string;
  readonly steps: readonly PreprocessStep[];
  readonly training: Matrix;
  readonly fresh: Matrix;
}
const fixture = (name: string) => readFileSync(new URL(`../../fixtures/sklearn-impute/${name}`, import.meta.url));
const recorded: {
  readonly tables: Readonly<Record<string, { readonly training: Matrix; readonly fresh: Matrix }>>;
  readonly cases: readonly Case[];
} = JSON.parse(fixture("impute.json").toString());
const rows = (name: string, side: "training" | "fresh" = "training"): Matrix => recorded.tables[name]?.[side] ?? [];

test("the recorded files have their manifest's hashes", () => {
  const manifest = JSON.parse(fixture("manifest.json").toString());
  const hashes = { [manifest.script]: manifest.scriptSha256, ...manifest.sha256 };
  for (const [name, hash] of Object.entries(hashes))
    expect(createHash("sha256").update(fixture(name)).digest("hex")).toBe(hash);
});

test.each(recorded.cases)("$name on $table is scikit-learn's", async ({ steps, table, training, fresh }) => {
  const own = tableOf(rows(table));
  const pipeline = await fitSteps(steps, own);
  // A weight of 1 / distance has the digits of the distance: near rows differ in their last ones alone.
  const byDistance = steps.some((step) => step.kind === "KNNImputer" && step.weights === "distance");
  // Behind a scaler a step is fitted on float32's digits.
  const tolerance = byDistance ? 1e-5 : steps.length > 1 ? 3e-6 : 1e-6;
  expectMatrix(await rowsOf(pipeline, own, wasm), training, tolerance);
  expectMatrix(await rowsOf(pipeline, tableOf(rows(table, "fresh"))), fresh, tolerance);
  expectMatrix(await rowsOf(pipeline, tableOf(rows(table, "fresh")), wasm), fresh, tolerance);
});

describe("imputers", () => {
  test.each([[knnImputer({ nNeighbors: 2 })], [iterativeImputer({ maxIterations: 3 }), minMaxScaler()]])(
    "$kind fitted over shards is the one fitted at once",
    async (...last) => {
      const own = tableOf(rows("iris"));
      const steps = [standardScaler(), ...last];
      const [shards, whole] = [await fitShards(steps, own, 31), await fitSteps(steps, own)];
      // The scaler's moments differ in their last digits.
      expectMatrix(await rowsOf(shards, own), await rowsOf(whole, own), 1e-5);
    },
  );

  test("training rows past a block are found as within it", async () => {
    // Every row is 10 from the next: the gap of row 4,321 is filled from 4,320 and 4,322.
    const many = Array.from({ length: 5000 }, (_, i) => [10 * i, i === 4321 ? null : i]);
    const pipeline = await fitSteps([knnImputer({ nNeighbors: 2 })], tableOf(many));
    const filled = await rowsOf(
      pipeline,
      tableOf([
        [43_210, null],
        [20_481, null],
      ]),
      wasm,
    );
    expectMatrix(filled, [
      [43_210, 4321],
      [20_481, 2048.5],
    ]);
  });

  test("gaps that nothing near tells of get the mean, and an empty column is refused", async () => {
    const pipeline = await fitSteps(
      [knnImputer()],
      tableOf([
        [1, null],
        [null, 6],
        [null, 8],
      ]),
    );
    // No training row has both columns.
    expectMatrix(
      await rowsOf(
        pipeline,
        tableOf([
          [1, null],
          [null, null],
        ]),
      ),
      [
        [1, 7],
        [1, 7],
      ],
    );
    await expect(
      fitSteps(
        [iterativeImputer()],
        tableOf([
          [1, null],
          [2, null],
        ]),
      ),
    ).rejects.toThrow('column "x1": no training row has a value');
  });

  test.each<[string, PreprocessStep]>([
    ["nNeighbors", knnImputer({ nNeighbors: 0 })],
    ["maxIterations", iterativeImputer({ maxIterations: 1.5 })],
    ["tolerance", iterativeImputer({ tolerance: -1 })],
  ])("%s out of range is refused", async (option, step) => {
    await expect(fitSteps([step], tableOf(rows("iris")))).rejects.toThrow(option);
  });
});
