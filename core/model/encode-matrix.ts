// Rows of a pipeline as one matrix of features: encoded at the door, transformed by the pipeline's own graph on
// the device, batch by batch, and read back.
import { ArgumentError } from "@millrace/kernels";
import type { Device } from "../device/device.ts";
import { openTransform } from "../preprocess/batch-transform.ts";
import { categoricalFeatures, type FittedPipeline, inputColumns } from "../preprocess/fitted.ts";
import { type HeldOutRows, readPartition, type TrainingRows } from "../validate/partition.ts";
import type { Matrix } from "./estimator.ts";
import type { UsageMeter } from "./usage.ts";

/** Values of a matrix at most: 4 GiB, the most that one typed array holds on every engine. */
const mostValues = 2 ** 30;

/** A matrix with the row of the source that each of its rows is. */
export interface EncodedMatrix {
  readonly x: Matrix;
  readonly rowIndices: Uint32Array;
}

/**
 * Encodes and transforms the rows of a side.
 * @throws as encodeRows; ArgumentError when the features do not fit into one matrix
 */
export const encodeMatrix = async (
  pipeline: FittedPipeline,
  rows: TrainingRows | HeldOutRows,
  device: Device,
  meter: UsageMeter,
  onChunk: (rows: number) => void | Promise<void>,
): Promise<EncodedMatrix> => {
  const names = pipeline.featureNames;
  const columns = names.length;
  if (rows.rowCount * columns > mostValues)
    throw new ArgumentError(
      `${rows.rowCount} rows of ${columns} features are more than the ${mostValues} values of one matrix: encode wide categories as one column (ordinal or target), or sample the rows`,
    );
  const data = new Float32Array(rows.rowCount * columns);
  const rowIndices = new Uint32Array(rows.rowCount);
  using transform = openTransform(pipeline, device);
  let offset = 0;
  const read = inputColumns(pipeline).map((column) => column.name);
  for await (const { chunk, rowIndices: own } of readPartition(rows, read)) {
    await transform.write(chunk, own, true, data, offset);
    rowIndices.set(own, offset);
    offset += chunk.rowCount;
    await onChunk(chunk.rowCount);
  }
  // Its time is the host's, which reads and encodes beside it.
  if (transform.work) meter.addPlan(transform.work.cost, transform.work.runs, 0);
  const categorical = categoricalFeatures(pipeline);
  return { x: { rows: rows.rowCount, columns, data, names, categorical }, rowIndices };
};
