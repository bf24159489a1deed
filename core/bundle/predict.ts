// Predicting with a bundle: rows through the door into batches of a few fixed sizes, one compiled graph a size and device.
import { ArgumentError, sizeOf } from "@millrace/kernels";
import { defaultDevice } from "../device/default-device.ts";
import type { Device } from "../device/device.ts";
import type { Column } from "../frame/column.ts";
import { type Frame, frame, selectColumns, sliceRows } from "../frame/frame.ts";
import { columnFrom } from "../frame/rows.ts";
import { instantiateGraph, type SerialisedGraph } from "../graph/instantiate.ts";
import type { Value } from "../graph/node.ts";
import { substitute } from "../graph/rebuild.ts";
import { breather } from "../model/breath.ts";
import type { PlanCost } from "../plan/plan.ts";
import { preparePipeline } from "../preprocess/door-forms.ts";
import { doorTensors } from "../preprocess/door-tensors.ts";
import { doorInputs } from "../preprocess/encode.ts";
import { MissingFieldError } from "../preprocess/error.ts";
import type { NamedTensors } from "../preprocess/features.ts";
import { dtypeOfHostArray, type HostArray, hostArray } from "../tensor/host-array.ts";
import { Tensor, tensor } from "../tensor/tensor.ts";
import { type CompiledFunction, compile } from "../transform/compile.ts";
import type { ClassLabel } from "../validate/label-codes.ts";
import type { BundleContent, Signature } from "./content.ts";
import { BundleError } from "./error.ts";
import type { StoredArray } from "./safetensors.ts";

/** Rows as people write them: null is a missing value; a field that is absent is an error. */
export type PredictRow = Readonly<Record<string, unknown>>;

/** Options of predict. */
export interface PredictOptions {
  /** Default: the default device. */
  readonly device?: Device | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Numbers that error messages give the rows: that of the first, or of each. Default 0. */
  readonly rowNumbers?: number | Uint32Array | undefined;
}

/** Runs of a plan, for metering. */
export interface PlanRuns {
  readonly cost: PlanCost;
  readonly runs: number;
}

/** What a model says of some rows; what its task does not speak of is empty. */
export interface Prediction {
  readonly classes: readonly ClassLabel[];
  /** The most probable class of each row (of margins, the greatest), as an index into `classes`. */
  readonly labels: Int32Array;
  /** [rows, classes], row-major. */
  readonly probabilities: Float32Array;
  /** [rows]: the quantity, or the score of a rank. */
  readonly prediction: Float32Array;
  /** [rows]. */
  readonly cluster: Int32Array;
  /** [rows], how unusual a row is; of a classifier without probabilities [rows, classes], its margins. */
  readonly score: Float32Array;
}

/** The answers of a graph, as ModelOutputs names them. */
const outputNames = ["probabilities", "prediction", "cluster", "score"] as const;

/** Batch sizes: a request of one row, of a page, of a file's part, of a whole file. */
const batchSizes = [1, 64, 1024, 8192] as const;
const largest = 8192;

/** The batch size that a number of rows is predicted in: the smallest that holds them, or the largest. */
export const batchSizeFor = (rows: number): number => batchSizes.find((size) => size >= rows) ?? largest;

type Apply = CompiledFunction<[NamedTensors, NamedTensors], Record<string, Tensor>>;

/** The graph as a function of the door's tensors and the parameters. */
export const graphFunction =
  (graph: SerialisedGraph, rowsOf: (inputs: NamedTensors) => number) =>
  (inputs: NamedTensors, parameters: NamedTensors): Record<string, Tensor> => {
    const { inputs: places, outputs } = instantiateGraph(graph, rowsOf(inputs));
    const given = { ...inputs, ...parameters };
    const replacements = new Map<Value, Value>();
    for (const [name, place] of Object.entries(places)) {
      const own = given[name];
      if (!own) throw new BundleError(`the graph reads a tensor "${name}" that the bundle does not hold`);
      replacements.set(place, own.value);
    }
    const names = Object.keys(outputs);
    const values = substitute(Object.values(outputs), replacements);
    return Object.fromEntries(values.map((value, i) => [names[i] ?? "", new Tensor(value)]));
  };

/** Rows as a table with the columns of a signature. @throws MissingFieldError, ColumnKindError naming the row */
export const frameOfRows = (signature: Signature, rows: readonly PredictRow[]): Frame => {
  const columns = signature.inputs.map(({ name, kind }): [string, Column] => {
    const values = rows.map((row, i) => {
      if (!(name in row) || row[name] === undefined)
        throw new MissingFieldError(name, i, "is not there; give null where a value is missing");
      return row[name];
    });
    return [name, columnFrom(name, values, kind)];
  });
  return frame(new Map(columns), rows.length);
};

/** What a predictor holds on a device, and how often each batch size ran. */
interface OnDevice {
  readonly apply: Apply;
  readonly parameters: NamedTensors;
  readonly runs: Map<number, number>;
}

const numbersFrom = (numbers: number | Uint32Array | undefined, from: number): number | Uint32Array =>
  numbers instanceof Uint32Array ? numbers.subarray(from) : (numbers ?? 0) + from;

/** A predictor over a bundle's content, with what it holds on devices. */
export class Predictor implements Disposable {
  readonly #content: BundleContent;
  readonly #devices = new Map<Device, OnDevice>();
  readonly #costs = new Map<number, PlanCost>();

  constructor(content: BundleContent) {
    this.#content = content;
  }

  async predict(table: Frame | readonly PredictRow[], options: PredictOptions): Promise<Prediction> {
    const { signature } = this.#content;
    const given = "columns" in table ? table : frameOfRows(signature, table);
    const rows = selectColumns(
      given,
      signature.inputs.map((input) => input.name),
    );
    await preparePipeline(this.#content.pipeline);
    const device = options.device ?? (await defaultDevice());
    const width = signature.classes.length;
    const whole: Record<string, HostArray> = {};
    const breathe = breather(options.signal);
    for (let from = 0; from < rows.rowCount; from += largest) {
      await breathe();
      const part = sliceRows(rows, from, Math.min(rows.rowCount, from + largest));
      const own = await this.#batch(part, device, numbersFrom(options.rowNumbers, from));
      for (const name of outputNames) {
        const data = own[name];
        if (!data) continue;
        const each = data.length / batchSizeFor(part.rowCount);
        const all = whole[name] ?? hostArray(dtypeOfHostArray(data), rows.rowCount * each);
        whole[name] = all;
        all.set(data.subarray(0, part.rowCount * each), from * each);
      }
    }
    const floats = (name: string): Float32Array => {
      const own = whole[name];
      return own instanceof Float32Array ? own : new Float32Array(0);
    };
    const { cluster } = whole;
    const [probabilities, prediction, score] = [floats("probabilities"), floats("prediction"), floats("score")];
    const labels = mostProbable(probabilities.length > 0 ? probabilities : score, width);
    return {
      classes: signature.classes,
      labels,
      probabilities,
      prediction,
      cluster: cluster instanceof Int32Array ? cluster : new Int32Array(0),
      score,
    };
  }

  async #batch(part: Frame, device: Device, numbers: number | Uint32Array): Promise<Record<string, HostArray>> {
    const { pipeline } = this.#content;
    const size = batchSizeFor(part.rowCount);
    const inputs = doorTensors(pipeline, part, size, numbers);
    const { apply, parameters, runs } = this.#on(device);
    runs.set(size, (runs.get(size) ?? 0) + 1);
    if (!this.#costs.has(size)) this.#costs.set(size, apply.plan(inputs, parameters).cost);
    const results = Object.entries(await apply(inputs, parameters));
    const read = await Promise.all(
      results.map(async ([name, result]): Promise<[string, HostArray]> => [name, await result.data()]),
    );
    for (const own of [...results.map(([, result]) => result), ...Object.values(inputs)]) own.dispose();
    return Object.fromEntries(read);
  }

  /** What was run on a device since it was first used there. */
  work(device: Device): PlanRuns[] {
    return [...(this.#devices.get(device)?.runs ?? [])].flatMap(([size, runs]) => {
      const cost = this.#costs.get(size);
      return cost ? [{ cost, runs }] : [];
    });
  }

  #on(device: Device): OnDevice {
    const known = this.#devices.get(device);
    if (known) return known;
    const [first] = doorInputs(this.#content.pipeline);
    if (!first) throw new BundleError("the bundle reads no column");
    const rowsOf = (inputs: NamedTensors): number => inputs[first.name]?.shape[0] ?? 0;
    const apply = compile(graphFunction(this.#content.graph, rowsOf), { device });
    const parameters = Object.fromEntries(
      [...this.#content.parameters].map(([name, { shape, data }]) => [name, tensor(data, shape)]),
    );
    const made = { apply, parameters, runs: new Map<number, number>() };
    this.#devices.set(device, made);
    return made;
  }

  /** Frees what is held on a device, or on all. */
  release(device?: Device): void {
    for (const [own, { apply, parameters }] of this.#devices) {
      if (device && device !== own) continue;
      apply[Symbol.dispose]();
      for (const value of Object.values(parameters)) value.dispose();
      this.#devices.delete(own);
    }
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/** Index of the largest of each row; of equals the first. */
const mostProbable = (probabilities: Float32Array, width: number): Int32Array => {
  const labels = new Int32Array(width > 0 ? probabilities.length / width : 0);
  for (let row = 0; row < labels.length; row++) {
    let best = 0;
    for (let own = 1; own < width; own++)
      if ((probabilities[row * width + own] ?? 0) > (probabilities[row * width + best] ?? 0)) best = own;
    labels[row] = best;
  }
  return labels;
};

/** The dtype that stored elements have in a graph; float64 has none. */
const storedType = (data: StoredArray): string => (data instanceof Float64Array ? "f64" : dtypeOfHostArray(data));

/** Which answers a task has, the one that is wanted first. */
const answersOf = {
  classification: ["probabilities", "score"],
  regression: ["prediction"],
  ranking: ["prediction"],
  clustering: ["cluster"],
  outlierDetection: ["score"],
} as const;

/** Checks that a graph fits the tensors of its bundle, by tracing it for one row. @throws BundleError */
export const checkGraph = (content: BundleContent): void => {
  try {
    const { inputs, outputs } = instantiateGraph(content.graph, 1);
    const doors = new Map(doorInputs(content.pipeline).map((input) => [input.name, input]));
    for (const [name, { type }] of Object.entries(inputs)) {
      const door = doors.get(name);
      const shape = door?.shape(1) ?? content.parameters.get(name)?.shape;
      if (!shape) throw new BundleError(`the graph reads a tensor "${name}" that the bundle does not hold`);
      const stored = content.parameters.get(name)?.data;
      const dtype = door?.dtype ?? (stored && storedType(stored));
      if (dtype !== type.dtype)
        throw new BundleError(`the tensor "${name}" is ${dtype}, but the graph reads ${type.dtype}`);
      if (shape.length !== type.shape.length || shape.some((axis, i) => axis !== type.shape[i]))
        throw new BundleError(
          `the tensor "${name}" is [${shape.join(", ")}], but the graph reads [${type.shape.join(", ")}]`,
        );
    }
    const { task, classes } = content.signature;
    const of = answersOf[task].find((name) => outputs[name]);
    const shape = (of && outputs[of]?.type.shape) ?? [];
    const wide = task === "classification";
    if (!of || sizeOf(shape) !== (wide ? classes.length : 1) || shape.length !== (wide ? 2 : 1))
      throw new BundleError(`the graph does not give one ${wide ? "probability a class" : answersOf[task][0]}`);
  } catch (error) {
    if (error instanceof BundleError) throw error;
    if (error instanceof ArgumentError || error instanceof Error)
      throw new BundleError(`the graph of the bundle is broken: ${error.message}`);
    throw error;
  }
};
