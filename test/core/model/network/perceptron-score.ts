// The score of a perceptron on a table of test/fixtures/trees: three folds, features standardised by the rows of the fit.
import { readFileSync } from "node:fs";
import { type Device, mlpClassifier, mlpRegressor } from "@millrace/core";
import { fitEstimator } from "@millrace/core/tables";
import type { Matrix } from "../../../../core/model/estimator.ts";
import { heldOut, labelsOf, mostProbable, rowsOf, scoreOf, type TreeTable } from "../tree/forest-fixture.ts";

export type Activation = "relu" | "tanh";
export const activations: readonly Activation[] = ["relu", "tanh"];

export const folder = new URL("../../../fixtures/networks/", import.meta.url);
export const readNetworks = (name: string) => JSON.parse(readFileSync(new URL(name, folder), "utf8"));

/** Columns less the means of some rows, in their deviations. */
const standardised = (fitted: Matrix, x: Matrix): Matrix => {
  const data = x.data.slice();
  for (let column = 0; column < x.columns; column++) {
    const own = Float64Array.from({ length: fitted.rows }, (_, row) => fitted.data[row * x.columns + column] ?? 0);
    const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
    const deviation = Math.sqrt(own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / own.length) || 1;
    for (let at = column; at < data.length; at += x.columns) data[at] = ((data[at] ?? 0) - mean) / deviation;
  }
  return { ...x, data };
};

/** Accuracy or R squared over the held-out rows of all folds, with the options that scikit-learn's scores were recorded with. */
export const perceptronScore = async (
  table: TreeTable,
  activation: Activation,
  seed: number,
  device: Device,
): Promise<number> => {
  const { epochs, batch, rate, hidden, l2 } = readNetworks("scores.json").options;
  const options = { hiddenLayerSizes: [hidden], activation, l2, learningRate: rate, epochs, batchSize: batch };
  const predicted = new Float64Array(table.y.length);
  for (let fold = 0; fold < 3; fold++) {
    const { held, rest: all } = heldOut(table, fold);
    // Whole batches alone, as record.py has it.
    const rest = all.slice(0, all.length - (all.length % batch));
    const fitted = rowsOf(table, rest);
    const data = { x: standardised(fitted, fitted), ...labelsOf(table, rest) };
    using model =
      table.task === "classification"
        ? await fitEstimator(mlpClassifier(options), data, { seed, device })
        : await fitEstimator(mlpRegressor(options), data, { seed, device });
    const { probabilities, prediction } = await model.predict(standardised(fitted, rowsOf(table, held)));
    const own = probabilities
      ? mostProbable(Float32Array.from(probabilities, Number), probabilities.length / held.length)
      : (prediction ?? []);
    held.forEach((row, i) => {
      predicted[row] = Number(own[i]);
    });
  }
  return scoreOf(table, predicted);
};
