// A table through a fitted pipeline to its feature matrix, on any device.
import type { Frame } from "../frame/frame.ts";
import { type Tensor, tensor } from "../tensor/tensor.ts";
import { allocateRows, doorInputs, encodeRows } from "./encode.ts";
import { denseFeatures, featureBlocks, pipelineParameters } from "./features.ts";
import type { FittedPipeline } from "./fitted.ts";

/**
 * The features of a table, lazily: f32 [rows, features] in the order of `pipeline.featureNames`.
 * @throws MissingValueError, UnknownCategoryError, InvalidValueError, UnknownColumnError, ColumnKindError
 * @example
 * const features = await transformFrame(pipeline, table).data(device);
 */
export const transformFrame = (pipeline: FittedPipeline, table: Frame): Tensor => {
  const encoded = allocateRows(pipeline, table.rowCount);
  encodeRows(pipeline, table, encoded);
  const inputs = Object.fromEntries(
    doorInputs(pipeline).map((input) => {
      const data = encoded[input.name] ?? new Float32Array(0);
      return [input.name, tensor(data, input.shape(table.rowCount), input.dtype)];
    }),
  );
  const parameters = Object.fromEntries(
    Object.entries(pipelineParameters(pipeline)).map(([name, value]) => [name, tensor(value.data, value.shape)]),
  );
  return denseFeatures(featureBlocks(pipeline, inputs, parameters));
};
