// A table through a fitted pipeline to its feature matrix, on any device.
import type { Frame } from "../frame/frame.ts";
import { type Tensor, tensor } from "../tensor/tensor.ts";
import { doorTensors } from "./door-tensors.ts";
import { denseFeatures, featureBlocks, pipelineParameters } from "./features.ts";
import type { FittedPipeline } from "./fitted.ts";

/**
 * The features of a table, lazily: f32 [rows, features] in the order of `pipeline.featureNames`.
 * @param options.training the table is the whole source that the pipeline was fitted on: its targets are encoded by the other
 * folds, so that no row sees its own. Default false.
 * @throws MissingValueError, UnknownCategoryError, InvalidValueError, UnknownColumnError, ColumnKindError
 * @example
 * const features = await transformFrame(pipeline, table).data(device);
 */
export const transformFrame = (
  pipeline: FittedPipeline,
  table: Frame,
  options: { readonly training?: boolean | undefined } = {},
): Tensor => {
  const inputs = doorTensors(pipeline, table, table.rowCount, 0, options.training);
  const parameters = Object.fromEntries(
    Object.entries(pipelineParameters(pipeline)).map(([name, value]) => [name, tensor(value.data, value.shape)]),
  );
  return denseFeatures(featureBlocks(pipeline, inputs, parameters));
};
