// The training rows of a pipeline as one matrix of features: encoded at the door, transformed by the pipeline's own graph on
// the device, batch by batch, and read back.
import { ArgumentError } from "@millrace/kernels";
import type { Device } from "../device/device.ts";
import { type Frame, sliceRows } from "../frame/frame.ts";
import type { PlanCost } from "../plan/plan.ts";
import { doorTensors } from "../preprocess/door-tensors.ts";
import { denseFeatures, featureBlocks, type NamedTensors, pipelineParameters } from "../preprocess/features.ts";
import { categoricalFeatures, type FittedPipeline, inputColumns } from "../preprocess/fitted.ts";
import { compile } from "../transform/compile.ts";
import { readPartition, type TrainingRows } from "../validate/partition.ts";
import type { Matrix } from "./estimator.ts";
import { tensorsOf } from "./training.ts";
import type { UsageMeter } from "./usage.ts";

/** Rows of one run of the graph. */
const batchRows = 8192;
/** Values of a matrix at most: 4 GiB, the most that one typed array holds on every engine. */
const mostValues = 2 ** 30;

/** A matrix with the row of the source that each of its rows is. */
export interface EncodedMatrix {
  readonly x: Matrix;
  readonly rowIndices: Uint32Array;
}

/**
 * Encodes and transforms the training rows.
 * @throws as encodeRows; ArgumentError when the features do not fit into one matrix
 */
export const encodeMatrix = async (
  pipeline: FittedPipeline,
  rows: TrainingRows,
  device: Device,
  meter: UsageMeter,
  onChunk: (rows: number) => void | Promise<void>,
): Promise<EncodedMatrix> => {
  const names = pipeline.featureNames;
  const columns = names.length;
  if (rows.rowCount * columns > mostValues)
    throw new ArgumentError(
      `${rows.rowCount} training rows of ${columns} features are more than the ${mostValues} values of one matrix: encode wide categories as one column (ordinal or target), or sample the rows`,
    );
  const data = new Float32Array(rows.rowCount * columns);
  const rowIndices = new Uint32Array(rows.rowCount);
  const parameters = tensorsOf(pipelineParameters(pipeline));
  using transform = compile(
    (inputs: NamedTensors, constants: NamedTensors) => denseFeatures(featureBlocks(pipeline, inputs, constants)),
    { device },
  );
  let cost: PlanCost | undefined;
  let runs = 0;
  const transformed = async (part: Frame, numbers: Uint32Array): Promise<Float32Array> => {
    const inputs = doorTensors(pipeline, part, batchRows, numbers, true);
    cost ??= transform.plan(inputs, parameters).cost;
    using features = await transform(inputs, parameters);
    const read = await features.data();
    runs++;
    for (const own of Object.values(inputs)) own.dispose();
    if (!(read instanceof Float32Array)) throw new TypeError("the features of a pipeline are f32");
    return read.subarray(0, part.rowCount * columns);
  };
  let offset = 0;
  try {
    const read = inputColumns(pipeline).map((column) => column.name);
    for await (const { chunk, rowIndices: own } of readPartition(rows, read)) {
      for (let from = 0; from < chunk.rowCount; from += batchRows) {
        const to = Math.min(chunk.rowCount, from + batchRows);
        data.set(await transformed(sliceRows(chunk, from, to), own.subarray(from, to)), (offset + from) * columns);
      }
      rowIndices.set(own, offset);
      offset += chunk.rowCount;
      await onChunk(chunk.rowCount);
    }
  } finally {
    for (const own of Object.values(parameters)) own.dispose();
  }
  // Its time is the host's, which reads and encodes beside it.
  if (cost) meter.addPlan(cost, runs, 0);
  const categorical = categoricalFeatures(pipeline);
  return { x: { rows: rows.rowCount, columns, data, names, categorical }, rowIndices };
};
