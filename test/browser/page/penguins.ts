// Runs in the page and in Node alike: trains the penguins model, and predicts with a bundle that came as text.
import {
  columnPipeline,
  fitPipeline,
  frameFromRows,
  frameSource,
  holdOut,
  loadBundle,
  mlpClassifier,
  oneHotEncoder,
  openDevice,
  type PredictRow,
  saveBundle,
  simpleImputer,
  standardScaler,
} from "@millrace/core";

/** A device as a test names it. */
export interface DeviceChoice {
  readonly kind: "wasm" | "webgpu";
  readonly options: { readonly software?: boolean; readonly deterministic?: boolean; readonly threads?: number };
}

/** What a test learns of a training: the fitted weights by name and the bundle, both as base64. */
export interface TrainingResult {
  readonly device: string;
  readonly accuracy: number;
  readonly weights: Readonly<Record<string, string>>;
  readonly bundle: string;
  readonly liveBuffers: number;
}

/** What a model says of the rows. */
export interface PredictionResult {
  readonly species: readonly string[];
  readonly probabilities: readonly number[];
}

type Rows = readonly Readonly<Record<string, string | number | null>>[];

/** Bytes as text, in pieces that fit an argument list. */
export const toBase64 = (bytes: Uint8Array): string => {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
};
const fromBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/** Trains species by a small network over imputed, scaled and one-hot features; a quarter of the rows is held out. */
export const trainPenguins = async (rows: Rows, { kind, options }: DeviceChoice): Promise<TrainingResult> => {
  using device = await openDevice(kind, options);
  const { bundle, metrics } = await fitPipeline({
    source: frameSource(frameFromRows(rows)),
    features: columnPipeline([
      {
        columns: ["Beak Length (mm)", "Beak Depth (mm)", "Flipper Length (mm)", "Body Mass (g)"],
        steps: [simpleImputer(), standardScaler()],
      },
      {
        columns: ["Island", "Sex"],
        steps: [simpleImputer({ strategy: "mostFrequent" }), oneHotEncoder({ handleUnknown: "ignore" })],
      },
    ]),
    label: { column: "Species" },
    estimator: mlpClassifier({ hiddenLayerSizes: [16], epochs: 40, batchSize: 32, learningRate: 0.01 }),
    split: holdOut({ fraction: 0.25, seed: 1 }),
    seed: 1,
    device,
  });
  const weights = [...bundle.parameters].map(([name, { data }]): [string, string] => [
    name,
    toBase64(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  ]);
  bundle.release();
  return {
    device: device.name,
    accuracy: metrics.accuracy ?? Number.NaN,
    weights: Object.fromEntries(weights),
    bundle: toBase64(saveBundle(bundle)),
    liveBuffers: device.memory.liveBuffers,
  };
};

/** Loads a bundle and predicts rows with it. */
export const predictWith = async (
  bundle: string,
  rows: readonly PredictRow[],
  { kind, options }: DeviceChoice,
): Promise<PredictionResult> => {
  using device = await openDevice(kind, options);
  using loaded = loadBundle(fromBase64(bundle));
  const { classes, labels, probabilities } = await loaded.predict(rows, { device });
  return { species: Array.from(labels, (label) => String(classes[label])), probabilities: [...probabilities] };
};
