// Rows of a table as the tensors that a fitted pipeline's graph reads.
import type { Frame } from "../frame/frame.ts";
import { leafOf, Storage } from "../tensor/storage.ts";
import { Tensor } from "../tensor/tensor.ts";
import { allocateRows, doorInputs, encodeRows } from "./encode.ts";
import type { FittedPipeline } from "./fitted.ts";

/**
 * Encodes the rows of a table into tensors of `rows` rows, zeros behind them; whoever takes them disposes of them.
 * @param numbers, training as encodeRows
 * @throws as encodeRows
 */
export const doorTensors = (
  pipeline: FittedPipeline,
  table: Frame,
  rows: number,
  numbers?: number | Uint32Array,
  training?: boolean,
): Record<string, Tensor> => {
  const arrays = allocateRows(pipeline, rows);
  encodeRows(pipeline, table, arrays, 0, numbers, training);
  return Object.fromEntries(
    // The arrays are new and right by their making, so they are handed over: copied and checked they took 0.2 s in 3M rows.
    doorInputs(pipeline).map(({ name, dtype, shape }) => [
      name,
      new Tensor(leafOf(new Storage({ dtype, shape: shape(rows) }, { host: arrays[name] ?? new Float32Array(0) }))),
    ]),
  );
};
