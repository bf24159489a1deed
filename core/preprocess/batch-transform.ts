// A fitted pipeline over many rows: its graph is compiled once and run over batches of one size, whose features stay in the
// cache until they are copied to where they are wanted.
import type { Device } from "../device/device.ts";
import type { Frame } from "../frame/frame.ts";
import { sliceRows } from "../frame/frame.ts";
import { breather } from "../model/breath.ts";
import type { PlanCost } from "../plan/plan.ts";
import { storageOf } from "../tensor/storage.ts";
import { tensor } from "../tensor/tensor.ts";
import { compile } from "../transform/compile.ts";
import { doorTensors } from "./door-tensors.ts";
import { denseFeatures, featureBlocks, type NamedTensors, pipelineParameters } from "./features.ts";
import type { FittedPipeline } from "./fitted.ts";

/** Rows of one run of the graph. */
const batchRows = 8192;

export interface BatchTransform extends Disposable {
  /**
   * Writes the features of a table's rows into an array [rows, features], from row `offset` of it on.
   * @param numbers of the rows, for messages and for the folds of training rows: the first, or each
   * @throws as encodeRows
   */
  write(
    table: Frame,
    numbers: number | Uint32Array,
    training: boolean,
    into: Float32Array,
    offset: number,
  ): Promise<void>;
  /** What one run takes, and how many there were; undefined before the first. */
  readonly work: { readonly cost: PlanCost; readonly runs: number } | undefined;
}

/** Opens a pipeline on a device. Dispose of it: it holds a compiled graph and parameters. */
export const openTransform = (pipeline: FittedPipeline, device: Device): BatchTransform => {
  const width = pipeline.featureNames.length;
  const parameters = Object.fromEntries(
    Object.entries(pipelineParameters(pipeline)).map(([name, { data, shape }]) => [name, tensor(data, shape)]),
  );
  const run = compile(
    (inputs: NamedTensors, constants: NamedTensors) => denseFeatures(featureBlocks(pipeline, inputs, constants)),
    { device },
  );
  let cost: PlanCost | undefined;
  let runs = 0;
  return {
    write: async (table, numbers, training, into, offset) => {
      const breathe = breather(undefined);
      for (let from = 0; from < table.rowCount; from += batchRows) {
        await breathe();
        const part = sliceRows(table, from, Math.min(table.rowCount, from + batchRows));
        const own = typeof numbers === "number" ? numbers + from : numbers.subarray(from);
        const inputs = doorTensors(pipeline, part, batchRows, own, training);
        cost ??= run.plan(inputs, parameters).cost;
        using features = await run(inputs, parameters);
        const first = (offset + from) * width;
        await storageOf(features.value.node)?.readInto(into.subarray(first, first + part.rowCount * width));
        runs++;
        for (const input of Object.values(inputs)) input.dispose();
      }
    },
    get work() {
      return cost && { cost, runs };
    },
    [Symbol.dispose]: () => {
      run[Symbol.dispose]();
      for (const own of Object.values(parameters)) own.dispose();
    },
  };
};
