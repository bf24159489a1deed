// The penguins of vega-datasets (344 rows with real gaps), and the pipeline that the tests fit on them.
import { readFileSync } from "node:fs";
import {
  columnPipeline,
  type FitOptions,
  frameFromRows,
  frameSource,
  holdOut,
  mlpClassifier,
  oneHotEncoder,
  openDevice,
  simpleImputer,
  standardScaler,
} from "@millrace/core";

export const penguinRows: Record<string, string | number | null>[] = JSON.parse(
  readFileSync(new URL("../../../node_modules/vega-datasets/data/penguins.json", import.meta.url), "utf8"),
);
export const penguins = frameFromRows(penguinRows);

export const penguinFeatures = columnPipeline([
  {
    columns: ["Beak Length (mm)", "Beak Depth (mm)", "Flipper Length (mm)", "Body Mass (g)"],
    steps: [simpleImputer(), standardScaler()],
  },
  {
    columns: ["Island", "Sex"],
    steps: [simpleImputer({ strategy: "mostFrequent" }), oneHotEncoder({ handleUnknown: "ignore" })],
  },
]);

/** Strict WASM: the same bits in every run and on every machine. */
export const device = await openDevice("wasm", { deterministic: true });

/** Species by a small network; a test changes what it is about. */
export const penguinFit = (changes: Partial<FitOptions> = {}): FitOptions => ({
  source: frameSource(penguins),
  features: penguinFeatures,
  label: { column: "Species" },
  estimator: mlpClassifier({ hiddenLayerSizes: [16], epochs: 40, batchSize: 32, learningRate: 0.01 }),
  split: holdOut({ fraction: 0.25, seed: 1 }),
  seed: 1,
  device,
  ...changes,
});
