// Trees and forests against scikit-learn's answers on real and generated tables.
import { type Device, openDevice } from "@millrace/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fitEstimator } from "../../../../core/model/fit-estimator.ts";
import type { ForestOptions, TreeEstimator } from "../../../../core/model/tree/specification.ts";
import {
  heldOut,
  labelsOf,
  mostProbable,
  rowsOf,
  scoreOf,
  type TreeTable,
  tableNames,
  treeTable,
} from "./forest-fixture.ts";

let device: Device;
beforeAll(async () => {
  device = await openDevice("wasm", { deterministic: true, threads: 1 });
});
afterAll(() => device[Symbol.dispose]());

/** An option's name in camel case. */
const camel = (name: string): string => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

const specificationOf = (
  table: TreeTable,
  family: "DecisionTree" | "RandomForest" | "ExtraTrees",
  options: ForestOptions | Readonly<Record<string, unknown>> = {},
): TreeEstimator => {
  const kind = `${family}${table.task === "classification" ? "Classifier" : "Regressor"}` as TreeEstimator["kind"];
  return { ...options, kind } as TreeEstimator;
};

describe.each(tableNames)("of %s", (name) => {
  const table = treeTable(name);

  test.each(table.trees)(
    "a tree of $options predicts as scikit-learn's",
    async ({ options, weighted, leaves, predictions }) => {
      const { held, rest } = heldOut(table, 0);
      const specification = specificationOf(
        table,
        "DecisionTree",
        Object.fromEntries(Object.entries(options).map(([key, value]) => [camel(key), value])),
      );
      const weights = weighted ? Float64Array.from(rest, (row) => table.weights[row] ?? 0) : undefined;
      using model = await fitEstimator(
        specification,
        { x: rowsOf(table, rest), ...labelsOf(table, rest), weights },
        { seed: 1, device },
      );
      const { probabilities, prediction } = await model.predict(rowsOf(table, held));
      const got = probabilities ?? prediction ?? [];
      const width = got.length / held.length;
      let compared = 0;
      predictions.forEach((want, row) => {
        if (!want) return;
        compared++;
        want.forEach((value, k) => {
          const own = got[row * width + k] ?? Number.NaN;
          expect(Math.abs(own - value), `row ${row}, value ${k}: ${own} for ${value}`).toBeLessThan(
            2e-6 * Math.max(1, Math.abs(value)),
          );
        });
      });
      expect(compared).toBeGreaterThan(held.length / 4);
      const nodes = model.parameters["trees.thresholds"]?.data.length ?? 0;
      if (leaves !== null) expect((nodes + 1) / 2).toBe(leaves);
    },
  );

  test.each(["RandomForest", "ExtraTrees"] as const)(
    "%s scores within 0.005 of scikit-learn's mean over ten seeds",
    { timeout: 120_000 },
    async (family) => {
      const scores: number[] = [];
      for (let seed = 0; seed < 10; seed++) {
        const predicted = new Float64Array(table.y.length);
        for (let fold = 0; fold < 3; fold++) {
          const { held, rest } = heldOut(table, fold);
          const data = { x: rowsOf(table, rest), ...labelsOf(table, rest) };
          using model = await fitEstimator(specificationOf(table, family), data, { seed, device });
          const { probabilities, prediction } = await model.predict(rowsOf(table, held));
          const answers = probabilities
            ? mostProbable(probabilities, probabilities.length / held.length)
            : (prediction ?? []);
          held.forEach((row, i) => {
            predicted[row] = answers[i] ?? Number.NaN;
          });
        }
        scores.push(scoreOf(table, predicted));
      }
      const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
      const want = table.forests[family];
      console.log(
        `${name} ${family}: ${mean.toFixed(4)}, scikit-learn ${want.mean.toFixed(4)} (deviation of a seed ${want.deviation.toFixed(4)})`,
      );
      expect(Math.abs(mean - want.mean)).toBeLessThan(0.005);
    },
  );
});
