// Boosting against LightGBM on the tables of test/fixtures/trees; see test/fixtures/boosting/record.py.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Device, openDevice } from "@millrace/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type BoostingOptions,
  gradientBoostingClassifier,
  gradientBoostingRegressor,
} from "../../../../core/model/boosting/index.ts";
import { fitEstimator } from "../../../../core/model/fit-estimator.ts";
import { heldOut, labelsOf, mostProbable, rowsOf, scoreOf, tableNames, treeTable } from "../tree/forest-fixture.ts";

interface Recorded {
  readonly rounds: number;
  readonly mean: number;
  readonly losses: readonly {
    readonly options: {
      readonly lambda_l1?: number;
      readonly lambda_l2?: number;
      readonly max_depth?: number;
      readonly objective?: "regression_l1" | "quantile";
      readonly alpha?: number;
    };
    readonly loss: number;
  }[];
}
const recorded = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../../fixtures/boosting/scores.json"), "utf8"),
) as Readonly<Record<(typeof tableNames)[number], Recorded>>;

let device: Device;
beforeAll(async () => {
  device = await openDevice("wasm", { deterministic: true, threads: 1 });
});
afterAll(() => device[Symbol.dispose]());

/** Tables whose bins are LightGBM's: no value but 0 between those beside 0, where LightGBM keeps a bin of its own. */
const alike: readonly string[] = ["iris", "wine", "ties"];
const base = { minDataInLeaf: 10, numLeaves: 15 };

describe.each(tableNames)("of %s", (name) => {
  const table = treeTable(name);
  const { rounds, mean, losses } = recorded[name];
  const isClassification = table.task === "classification";
  const all = [...table.y.keys()];
  const make = (options: Partial<BoostingOptions>) =>
    isClassification ? gradientBoostingClassifier(options) : gradientBoostingRegressor(options);

  test.each(losses)("the training loss with $options is LightGBM's", async ({ options, loss }) => {
    const { objective, alpha, lambda_l1: lambdaL1 = 0, lambda_l2: lambdaL2 = 0, max_depth: maxDepth = null } = options;
    const shared = { ...base, nEstimators: rounds + 1, lambdaL1, lambdaL2, maxDepth };
    const specification = isClassification
      ? gradientBoostingClassifier({ ...shared, minDataInLeaf: 1, minSumHessianInLeaf: 2 })
      : gradientBoostingRegressor({
          ...shared,
          ...(objective ? { loss: objective === "quantile" ? "quantile" : "absoluteError" } : {}),
          ...(alpha ? { alpha } : {}),
        });
    const curve: number[] = [];
    using _ = await fitEstimator(
      specification,
      { x: rowsOf(table, all), ...labelsOf(table, all) },
      { seed: 1, device, report: ({ loss: own }) => curve.push(own ?? Number.NaN) },
    );
    const isExact = alike.includes(name) && lambdaL1 === 0 && !alpha;
    expect(Math.abs((curve[rounds] ?? 0) / loss - 1)).toBeLessThan(isExact ? 1e-6 : 0.05);
  });

  test("the mean score over 10 seeds is LightGBM's", { timeout: 120_000 }, async () => {
    const scores: number[] = [];
    for (let seed = 0; seed < 10; seed++) {
      const predicted = new Float64Array(table.y.length);
      for (let fold = 0; fold < 3; fold++) {
        const { held, rest } = heldOut(table, fold);
        using model = await fitEstimator(
          make({ ...base, nEstimators: rounds, baggingFraction: 0.8, featureFraction: 0.8 }),
          { x: rowsOf(table, rest), ...labelsOf(table, rest) },
          { seed, device },
        );
        const { probabilities, prediction } = await model.predict(rowsOf(table, held));
        const own = probabilities
          ? mostProbable(Float32Array.from(probabilities, Number), probabilities.length / held.length)
          : (prediction ?? []);
        held.forEach((row, i) => {
          predicted[row] = Number(own[i]);
        });
      }
      scores.push(scoreOf(table, predicted));
    }
    const got = scores.reduce((sum, score) => sum + score, 0) / scores.length;
    expect(Math.abs(got - mean)).toBeLessThan(0.005);
  });
});
