// The artefact: one safetensors file that any reader of the format can open, and that predicts in Node and in a page.

import type { Device } from "../device/device.ts";
import type { Frame } from "../frame/frame.ts";
import type { EstimatorTask, Plain } from "../model/estimator.ts";
import type { EstimatorSpecification } from "../model/specification.ts";
import type { RowStep, RowStepCount } from "../sample/row-step.ts";
import type { Split } from "../validate/split.ts";
import type { BundleContent, CostRecord, Signature, SignatureInput, SplitRecord } from "./content.ts";
import { BundleError } from "./error.ts";
import { columnKind, graph, pipeline } from "./pipeline-schema.ts";
import {
  checkGraph,
  type PlanRuns,
  type Prediction,
  type PredictOptions,
  Predictor,
  type PredictRow,
} from "./predict.ts";
import { readSafetensors, writeSafetensors } from "./safetensors.ts";
import {
  dictionary,
  list,
  nullable,
  number,
  ofKind,
  oneOf,
  optional,
  parseJson,
  record,
  type Schema,
  scalar,
  text,
  truth,
} from "./schema.ts";

/** A model ready to predict, with where it came from. */
export interface Bundle extends BundleContent, Disposable {
  /**
   * Predicts rows of a table or row objects. Extra columns are passed over.
   * @throws UnknownColumnError, MissingFieldError, MissingValueError, UnknownCategoryError, ColumnKindError,
   * InvalidValueError, each with column and row
   * @example
   * const { classes, labels } = await bundle.predict([{ island: "Dream", mass: null }], { device });
   */
  predict(rows: Frame | readonly PredictRow[], options?: PredictOptions): Promise<Prediction>;
  /** The plans that predicting ran on a device since it was first used there, for metering. */
  work(device: Device): PlanRuns[];
  /** Frees what it holds on a device, or on all; predicting again takes it anew. */
  release(device?: Device): void;
}

/** A bundle over its content. @throws BundleError when graph and tensors do not fit together */
export const makeBundle = (content: BundleContent): Bundle => {
  checkGraph(content);
  const predictor = new Predictor(content);
  return {
    ...content,
    predict: (rows, options = {}) => predictor.predict(rows, options),
    work: (device) => predictor.work(device),
    release: (device) => predictor.release(device),
    [Symbol.dispose]: () => predictor.release(),
  };
};

const format = "millrace.bundle.1";

/**
 * The bytes of a bundle: equal content gives equal bytes.
 * @example
 * await writeFile("penguins.safetensors", saveBundle(bundle));
 */
export const saveBundle = (bundle: BundleContent): Uint8Array => {
  const { signature, pipeline, estimator, state, graph, split, seed, metrics, cost, provenance } = bundle;
  const parts = { signature, pipeline, estimator, state, graph, split, seed, metrics, cost, provenance };
  return writeSafetensors({
    tensors: bundle.parameters,
    metadata: new Map([
      ["format", format],
      ...Object.entries(parts).map(([name, value]): [string, string] => [name, JSON.stringify(value)]),
    ]),
  });
};

/** A bundle from before there were other tasks is a classifier. */
const task: Schema<EstimatorTask> = (value, path) =>
  value === undefined
    ? "classification"
    : oneOf("classification", "regression", "ranking", "clustering", "outlierDetection")(value, path);
const signature: Schema<Signature> = record<Signature>({
  task,
  inputs: list(
    record<SignatureInput>({ name: text, kind: columnKind, categories: nullable(list(scalar)), nullable: truth }),
  ),
  label: nullable(text),
  classes: list(scalar),
});
/** Options only travel: nothing here reads them. */
const estimator: Schema<EstimatorSpecification> = (value, path) => {
  record<EstimatorSpecification>({ kind: text })(value, path);
  return value as EstimatorSpecification;
};
const split: Schema<SplitRecord> = record<SplitRecord>({
  specification: ofKind<Split["specification"]>("HoldOut", "TimeOrdered", "NoHoldOut", "FoldOf", "SideOf"),
  rowCount: number,
  heldOutCount: number,
  hash: text,
  rowSteps: optional(
    list(
      record<RowStepCount>({
        step: ofKind<RowStep>("DropOutliers", "DropDuplicates", "RandomSample", "ReservoirSample"),
        before: number,
        after: number,
      }),
    ),
  ),
});
/**
 * Opens a bundle.
 * @throws BundleError when the file is cut short, corrupt, no bundle, or of a version that is not read here
 * @example
 * const bundle = loadBundle(new Uint8Array(await (await fetch("penguins.safetensors")).arrayBuffer()));
 */
export const loadBundle = (bytes: Uint8Array): Bundle => {
  const { tensors, metadata } = readSafetensors(bytes);
  const found = metadata.get("format");
  if (found !== format)
    throw new BundleError(
      found === undefined
        ? "this safetensors file is no Millrace bundle: its metadata has no format"
        : `the bundle's format is ${found}; ${format} is read here`,
    );
  const read = <T>(name: string, schema: Schema<T>): T => parseJson(metadata.get(name), name, schema);
  return makeBundle({
    signature: read("signature", signature),
    pipeline: read("pipeline", pipeline),
    estimator: read("estimator", estimator),
    state: metadata.has("state") ? read("state", (value): Plain => value as Plain) : null,
    graph: read("graph", graph),
    parameters: tensors,
    split: read("split", split),
    seed: read("seed", number),
    metrics: read("metrics", dictionary(number)),
    cost: read("cost", record<CostRecord>({ flops: number, bytes: number, seconds: number })),
    provenance: read("provenance", dictionary(text)),
  });
};
