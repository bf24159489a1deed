// A fitted pipeline as graph: tensors from the door in, features out. Parameters (fills, means, scales) are inputs of the
// graph by name, so that a bundle keeps them as tensors and the graph is the same for every fit of one form.
import { instantiateGraph, type SerialisedGraph } from "../graph/instantiate.ts";
import type { Value } from "../graph/node.ts";
import { substitute } from "../graph/rebuild.ts";
import { concatenate, Tensor } from "../tensor/tensor.ts";
import { doorNames } from "./encode.ts";
import { missingCode } from "./encode-categories.ts";
import {
  type CategoricalColumn,
  type FittedPipeline,
  type HashedColumn,
  isMasked,
  type NumericGroup,
  oneHotWidth,
} from "./fitted.ts";

/** Tensors by name. */
export type NamedTensors = Readonly<Record<string, Tensor>>;

/** Host values of a parameter: f32 of a shape. */
export interface ParameterValue {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * Features as a graph has them: a dense f32 [rows, width], or categories as codes i32 [rows] (-1 and below: no category),
 * which a layer can look up instead of multiplying by zeros.
 */
export type FeatureBlock =
  | { readonly kind: "dense"; readonly width: number; readonly matrix: Tensor }
  | {
      readonly kind: "oneHot";
      readonly width: number;
      readonly codes: Tensor;
      /** Some rows may have a code below 0, whose features are all 0. */
      readonly partial: boolean;
    };

const name = (group: number, operation: number, what: string): string => `preprocess.${group}.${operation}.${what}`;

const vector = (values: readonly number[]): ParameterValue => ({
  shape: [values.length],
  data: Float32Array.from(values),
});

/** The parameters that the graph of a fitted pipeline reads. */
export const pipelineParameters = (pipeline: FittedPipeline): Record<string, ParameterValue> => {
  const parameters: Record<string, ParameterValue> = {};
  pipeline.groups.forEach((group, index) => {
    if (group.kind === "categorical") {
      group.scales.forEach(({ mean, scale }, at) => {
        parameters[name(index, at, "mean")] = vector(mean);
        parameters[name(index, at, "factor")] = vector(scale.map((own) => 1 / own));
      });
      return;
    }
    if (group.kind === "table") {
      const width = group.featureNames.length;
      const data = Float32Array.from(group.values, (value) => value ?? Number.NaN);
      parameters[name(index, 0, "table")] = { shape: [data.length / width, width], data };
      return;
    }
    if (group.kind === "hashed") {
      if (group.idf) parameters[name(index, 0, "idf")] = vector(group.idf);
      return;
    }
    // Until the first scaler, numbers are relative to the door's origin.
    let origin: readonly number[] = group.origin;
    group.operations.forEach((operation, at) => {
      const relative = (values: readonly number[], width = values.length): ParameterValue =>
        vector(values.map((value, place) => value - (origin[place % width] ?? 0)));
      if (operation.kind === "impute") parameters[name(index, at, "fill")] = relative(operation.fill);
      else if (operation.kind === "scale") {
        parameters[name(index, at, "mean")] = relative(operation.mean);
        parameters[name(index, at, "factor")] = vector(operation.scale.map((own) => 1 / own));
        origin = [];
      } else {
        for (const [key, { shape, data }] of Object.entries(operation.parameters))
          parameters[name(index, at, key)] = operation.locations.includes(key)
            ? { ...relative(data, shape[shape.length - 1]), shape }
            : { shape, data: Float32Array.from(data) };
        origin = [];
      }
    });
  });
  return parameters;
};

const parameter = (parameters: NamedTensors, key: string): Tensor => {
  const found = parameters[key];
  if (!found) throw new RangeError(`the graph of a pipeline lacks its tensor "${key}"`);
  return found;
};

const scaled = (matrix: Tensor, group: number, operation: number, parameters: NamedTensors): Tensor =>
  matrix
    .subtract(parameter(parameters, name(group, operation, "mean")))
    .multiply(parameter(parameters, name(group, operation, "factor")));

const numericBlock = (
  group: NumericGroup,
  index: number,
  inputs: NamedTensors,
  parameters: NamedTensors,
): FeatureBlock => {
  let matrix = parameter(inputs, doorNames.numbers(index));
  let present = isMasked(group) ? parameter(inputs, doorNames.present(index)) : undefined;
  const rows = matrix.shape[0] ?? 0;
  group.operations.forEach((operation, at) => {
    if (operation.kind === "scale") {
      matrix = scaled(matrix, index, at, parameters);
      return;
    }
    if (operation.kind === "graph") {
      const own = Object.keys(operation.parameters).map((key): [string, Tensor] => [
        key,
        parameter(parameters, name(index, at, key)),
      ]);
      const given = { matrix, ...(present ? { present } : {}), ...Object.fromEntries(own) };
      ({ matrix = matrix, present } = runGraph(operation.graph, rows, given));
      return;
    }
    if (!present) return;
    const absent = present.not().to("f32");
    matrix = present.where(matrix, parameter(parameters, name(index, at, "fill")));
    present = undefined;
    if (operation.indicators.length === 0) return;
    const columns = operation.indicators.map((column) => absent.slice([0, column], [rows, 1]));
    matrix = concatenate([matrix, ...columns], 1);
  });
  if (present) matrix = present.where(matrix, Number.NaN);
  return { kind: "dense", width: group.featureNames.length, matrix };
};

/** A kept graph written again over other tensors. */
const runGraph = (graph: SerialisedGraph, rows: number, given: NamedTensors): Record<string, Tensor | undefined> => {
  const { inputs, outputs } = instantiateGraph(graph, rows);
  const replacements = new Map(
    Object.entries(inputs).map(([key, place]): [Value, Value] => [place, parameter(given, key).value]),
  );
  const values = substitute(Object.values(outputs), replacements);
  return Object.fromEntries(Object.keys(outputs).map((key, i) => [key, values[i] && new Tensor(values[i])]));
};

const categoricalBlocks = (
  group: CategoricalColumn,
  index: number,
  inputs: NamedTensors,
  parameters: NamedTensors,
): FeatureBlock[] => {
  const raw = parameter(inputs, doorNames.codes(index));
  const absent = raw.equal(missingCode);
  const codes = group.missingCode === null ? raw : absent.where(group.missingCode, raw);
  const width = oneHotWidth(group);
  const partial = group.handleUnknown !== "error" || group.grouping !== undefined;
  const own: FeatureBlock = { kind: "oneHot", width, codes, partial };
  const indicator: FeatureBlock = { kind: "oneHot", width: 2, codes: absent.to("i32"), partial: false };
  const blocks = group.indicator ? [own, indicator] : [own];
  if (group.scales.length === 0) return blocks;
  const matrix = group.scales.reduce(
    (features, _, at) => scaled(features, index, at, parameters),
    denseFeatures(blocks),
  );
  return [{ kind: "dense", width: group.featureNames.length, matrix }];
};

const hashedBlock = (
  group: HashedColumn,
  index: number,
  inputs: NamedTensors,
  parameters: NamedTensors,
): FeatureBlock => {
  const counts = parameter(inputs, doorNames.numbers(index));
  const matrix = group.idf ? counts.multiply(parameter(parameters, name(index, 0, "idf"))) : counts;
  const width = group.featureNames.length;
  if (group.step.kind !== "TextHashing" || group.step.norm === null) return { kind: "dense", width, matrix };
  const length = matrix.multiply(matrix).sum({ axis: 1, keepDimensions: true }).sqrt();
  // An empty text stays zeros.
  return { kind: "dense", width, matrix: matrix.divide(length.equal(0).where(1, length)) };
};

/** The features of a fitted pipeline, block by block, from the tensors of the door and the parameters. */
export const featureBlocks = (
  pipeline: FittedPipeline,
  inputs: NamedTensors,
  parameters: NamedTensors,
): FeatureBlock[] =>
  pipeline.groups.flatMap((group, index): FeatureBlock[] => {
    if (group.kind === "numeric") return [numericBlock(group, index, inputs, parameters)];
    if (group.kind === "categorical") return categoricalBlocks(group, index, inputs, parameters);
    if (group.kind === "hashed") return [hashedBlock(group, index, inputs, parameters)];
    const matrix = parameter(parameters, name(index, 0, "table")).gather(parameter(inputs, doorNames.codes(index)));
    return [{ kind: "dense", width: group.featureNames.length, matrix }];
  });

/** Blocks side by side as one f32 [rows, features]. */
export const denseFeatures = (blocks: readonly FeatureBlock[]): Tensor => {
  const matrices = blocks.map((block) => (block.kind === "dense" ? block.matrix : block.codes.oneHot(block.width)));
  const [first, ...rest] = matrices;
  if (!first) throw new RangeError("a pipeline without a group has no features");
  return rest.length === 0 ? first : concatenate([first, ...rest], 1);
};
