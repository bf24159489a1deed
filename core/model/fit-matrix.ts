// Fits an estimator of the table (estimators.ts) over the pipeline's features as one matrix.
import type { StoredTensor } from "../bundle/safetensors.ts";
import { pipelineParameters } from "../preprocess/features.ts";
import { oversample } from "../sample/smote.ts";
import type { ClassLabel } from "../validate/label-codes.ts";
import { encodeMatrix } from "./encode-matrix.ts";
import type { EstimatorDefinition } from "./estimator.ts";
import type { FitRoom, FittedParts } from "./fit-network.ts";
import { estimatorGraph, estimatorParameter } from "./model-graph.ts";
import type { EstimatorSpecification } from "./specification.ts";

/** What is learnt, one entry a row of the source. */
export interface Answers {
  readonly classes: readonly ClassLabel[];
  readonly codes?: Int32Array | undefined;
  readonly target?: Float64Array | undefined;
}

/** @throws ArgumentError, DivergenceError, or the signal's reason */
export const fitMatrix = async (
  estimator: EstimatorSpecification,
  definition: EstimatorDefinition<EstimatorSpecification>,
  answers: Answers,
  room: FitRoom,
): Promise<FittedParts> => {
  const { pipeline, training, device, meter, seed, signal, report, checkpoint } = room;
  const { x, rowIndices } = await encodeMatrix(pipeline, training, device, meter, room.onEncoded);
  await room.beforeTraining();
  const { classes, target } = answers;
  // Classes that only judge clusters or outliers are not shown to the fit.
  const codes = definition.task === "classification" ? answers.codes : undefined;
  const taken = {
    x,
    codes: codes && Int32Array.from(rowIndices, (row) => codes[row] ?? 0),
    classCount: codes && classes.length,
    target: target && Float64Array.from(rowIndices, (row) => target[row] ?? Number.NaN),
  };
  const began = performance.now();
  const data = room.oversampling ? await oversample(taken, room.oversampling, seed, signal) : taken;
  const fitted = await definition.fit(estimator, data, { device, seed, signal, report, meter, checkpoint });
  const sizes = { rows: data.x.rows, columns: x.columns, classes: classes.length };
  meter.add(estimator.kind, {
    calls: 1,
    ...definition.work(estimator, sizes),
    seconds: (performance.now() - began) / 1000,
  });
  const parameters = new Map<string, StoredTensor>(Object.entries(pipelineParameters(pipeline)));
  for (const [name, value] of Object.entries(fitted.parameters)) parameters.set(estimatorParameter(name), value);
  return { graph: estimatorGraph(pipeline, definition, estimator, fitted), parameters, state: fitted.state };
};
