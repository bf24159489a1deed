// Layers as values, and first weights.
export * from "./attention.ts";
export {
  constant,
  type Fans,
  fansOf,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  type Initialiser,
  normal,
  orthogonal,
  truncatedNormal,
  uniform,
} from "./initialise.ts";
export {
  type ApplyOptions,
  functionLayer,
  keysFrom,
  type Layer,
  type Nothing,
  type StatefulLayer,
  sequential,
  statefulSequential,
  stateless,
} from "./layer.ts";
export {
  conv2d,
  embedding,
  type LinearParameters,
  linear,
  type WeightOptions,
} from "./linear.ts";
export * from "./normalisation.ts";
export * from "./position.ts";
export * from "./quantized.ts";
export * from "./recurrent.ts";
export * from "./transformer.ts";
