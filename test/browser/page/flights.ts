// Runs in the page and in Node alike: boosting on flights, and what its bundle says, to the bit.
import {
  fitPipeline,
  frameFromRows,
  frameSource,
  holdOut,
  loadBundle,
  oneHotEncoder,
  openDevice,
  type PredictRow,
  saveBundle,
} from "@millrace/core";
import { gradientBoostingClassifier } from "@millrace/core/tables";
import type { DeviceChoice } from "./penguins.ts";
import { toBase64 } from "./penguins.ts";

/** A flight as the model reads it. */
export interface Flight {
  readonly [name: string]: string | number;
  readonly origin: string;
  readonly distance: number;
  readonly hour: number;
  readonly late: string;
}

/** A model as text, and how well it ranks held-out flights. */
export interface FlightsModel {
  readonly bundle: string;
  readonly rocAuc: number;
}

const bytesOf = (data: ArrayBufferView): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** Boosts trees that tell late flights, airports as columns of 0 and 1. */
export const boostFlights = async (
  flights: readonly Flight[],
  { kind, options }: DeviceChoice,
): Promise<FlightsModel> => {
  using device = await openDevice(kind, options);
  const { bundle, metrics } = await fitPipeline({
    source: frameSource(frameFromRows(flights)),
    features: [
      { columns: ["distance", "hour"], steps: [] },
      { columns: ["origin"], steps: [oneHotEncoder({ handleUnknown: "ignore" })] },
    ],
    label: { column: "late", positiveClass: "late" },
    estimator: gradientBoostingClassifier({ nEstimators: 20, numLeaves: 15 }),
    split: holdOut({ fraction: 0.25, seed: 1 }),
    seed: 1,
    device,
  });
  bundle.release();
  return { bundle: toBase64(saveBundle(bundle)), rocAuc: metrics.rocAuc ?? Number.NaN };
};

/** The bytes of the probabilities that a bundle gives rows, as text. */
export const probabilityBytes = async (
  bundle: string,
  rows: readonly PredictRow[],
  { kind, options }: DeviceChoice,
): Promise<string> => {
  using device = await openDevice(kind, options);
  using loaded = loadBundle(Uint8Array.from(atob(bundle), (letter) => letter.charCodeAt(0)));
  const { probabilities } = await loaded.predict(rows, { device });
  return toBase64(bytesOf(probabilities));
};
