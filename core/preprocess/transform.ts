// A table through a fitted pipeline to its feature matrix, on any device.
import { defaultDevice } from "../device/default-device.ts";
import type { Device } from "../device/device.ts";
import type { Frame } from "../frame/frame.ts";
import type { Matrix } from "../model/estimator.ts";
import { type Tensor, tensor } from "../tensor/tensor.ts";
import { openTransform } from "./batch-transform.ts";
import { preparePipeline } from "./door-forms.ts";
import { doorTensors } from "./door-tensors.ts";
import { denseFeatures, featureBlocks, pipelineParameters } from "./features.ts";
import { categoricalFeatures, type FittedPipeline } from "./fitted.ts";

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

/**
 * The features of a table on the host, batch by batch: for tables of any length, and as matrices that estimators take.
 * @param options.training as for transformFrame
 * @throws as transformFrame
 * @example
 * const x = await transformTable(pipeline, table, { device });
 * const model = await fitEstimator(ridge(), { x, target });
 */
export const transformTable = async (
  pipeline: FittedPipeline,
  table: Frame,
  options: { readonly device?: Device | undefined; readonly training?: boolean | undefined } = {},
): Promise<Matrix> => {
  await preparePipeline(pipeline);
  const names = pipeline.featureNames;
  const data = new Float32Array(table.rowCount * names.length);
  using transform = openTransform(pipeline, options.device ?? (await defaultDevice()));
  await transform.write(table, 0, options.training === true, data, 0);
  return { rows: table.rowCount, columns: names.length, data, names, categorical: categoricalFeatures(pipeline) };
};
