// Our gradient boosting: bins and trees by the parts of its fit, so that each has a figure of its own.
import type { Device } from "@millrace/core";
import { binTable } from "../core/model/boosting/bin-table.ts";
import { fitBinned } from "../core/model/boosting/fit-boosting.ts";
import { gradientBoostingClassifier } from "../core/model/boosting/index.ts";
import type { FittedModel } from "../core/model/estimator.ts";
import { definitionOf } from "../core/model/estimators.ts";
import { openModel } from "../core/model/fit-estimator.ts";
import type { Prepared } from "./participant.ts";
import { type Boosting, logLossOf } from "./workloads/tabular/boosting.ts";
import type { Input } from "./workloads/task.ts";

export const prepareBoosting = async (
  device: Device,
  { work, rows, columns, trees, leaves }: Boosting,
  [table, classes]: readonly Input[],
): Promise<Prepared> => {
  if (!table || !classes) throw new Error("boosting takes a table and its classes");
  const names = Array.from({ length: columns }, (_, i) => `x${i}`);
  const x = { rows, columns, data: table.data, names, categorical: [] };
  const data = { x, codes: Int32Array.from(classes.data), classCount: 2 };
  const specification = gradientBoostingClassifier({ nEstimators: trees, numLeaves: leaves });
  const all = Int32Array.from({ length: rows }, (_, row) => row);
  const bin = () => binTable(x, all, specification.maxBins, { device, seed: 1 });
  if (work === "boosting bins")
    return {
      run: async () => (await bin())[Symbol.dispose](),
      output: async () => {
        using own = await bin();
        return [own.columns.reduce((sum, { bins }) => sum + bins, 0)];
      },
      dispose: () => {},
    };
  const binned = await bin();
  const fit = (): Promise<FittedModel> =>
    fitBinned(specification, data, { seed: 1 }, { training: all, held: new Int32Array() }, binned);
  const open = async (fitted: Promise<FittedModel>) =>
    openModel(await definitionOf(specification.kind), specification, await fitted, { columns }, device);
  const chances = ({ probabilities = [] }: { readonly probabilities?: ArrayLike<number | bigint> }): Float32Array =>
    Float32Array.from({ length: rows }, (_, row) => Number(probabilities[2 * row + 1]));
  if (work === "boosting trees")
    return {
      run: fit,
      output: async () => {
        using model = await open(fit());
        return [logLossOf(chances(await model.predict(x)), classes.data)];
      },
      dispose: () => binned[Symbol.dispose](),
    };
  const model = await open(fit());
  return {
    run: () => model.predict(x),
    output: async () => [logLossOf(chances(await model.predict(x)), classes.data)],
    dispose: () => {
      model[Symbol.dispose]();
      binned[Symbol.dispose]();
    },
  };
};
