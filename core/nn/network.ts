// A fully connected network over feature blocks: hidden layers, then one logit a class, or a single logit for two classes
// (the first class's logit is 0), which is logistic regression's own form and softmax cross-entropy's at once.
import { sizeOf } from "@millrace/kernels";
import type { FeatureBlock, NamedTensors } from "../preprocess/features.ts";
import { denseFeatures } from "../preprocess/features.ts";
import { concatenate, full, type Tensor } from "../tensor/tensor.ts";
import { glorotUniform, weightStream } from "./initialise.ts";

export type HiddenActivation = "relu" | "tanh";

/** A network by its sizes. */
export interface Network {
  /** Width of each feature block, and whether it comes as categories. */
  readonly blocks: readonly { readonly kind: FeatureBlock["kind"]; readonly width: number }[];
  readonly hiddenLayerSizes: readonly number[];
  readonly activation: HiddenActivation;
  /** 0: it answers a quantity. */
  readonly classes: number;
}

/**
 * Categories wider than this are looked up (a row of the weights for each code) and not multiplied. A step over 4,096 rows
 * and 64 units on WASM took, product against look-up: 0.4 and 0.4 ms at 4 categories, 0.7 and 0.4 at 16, 1.7 and 0.5 at
 * 64, 15 and 0.5 at 300. Narrow ones stay in the one product, since each look-up is a launch of its own.
 */
const lookupWidth = 16;

const isLookup = (block: { readonly kind: FeatureBlock["kind"]; readonly width: number }): boolean =>
  block.kind === "oneHot" && block.width > lookupWidth;

/** One parameter: its shape, and how it begins. */
export interface ParameterDeclaration {
  readonly name: string;
  readonly shape: readonly number[];
  /** A weight, which takes part in the penalty; otherwise a bias, which does not. */
  readonly weight: boolean;
  /** Features that feed one unit of the layer. */
  readonly fanIn: number;
}

/** Numbers a row: one for two classes or a quantity, else one a class. */
export const logitCount = (classes: number): number => (classes === 2 ? 1 : Math.max(1, classes));

/** The parameters of a network, in order. */
export const declareParameters = (network: Network): ParameterDeclaration[] => {
  const features = network.blocks.reduce((sum, block) => sum + block.width, 0);
  const lookups = network.blocks.flatMap((block, index) => (isLookup(block) ? [{ index, width: block.width }] : []));
  const dense = features - lookups.reduce((sum, lookup) => sum + lookup.width, 0);
  const sizes = [...network.hiddenLayerSizes, logitCount(network.classes)];
  return sizes.flatMap((units, layer): ParameterDeclaration[] => {
    const fanIn = layer === 0 ? features : (sizes[layer - 1] ?? 0);
    const common = { weight: true, fanIn };
    const bias = { name: `layer.${layer}.bias`, shape: [units], ...common, weight: false };
    if (layer > 0) return [{ name: `layer.${layer}.weight`, shape: [fanIn, units], ...common }, bias];
    const tables = lookups.map(({ index, width }) => ({
      name: `layer.0.table.${index}`,
      shape: [width, units],
      ...common,
    }));
    const weight = { name: "layer.0.weight", shape: [dense, units], ...common };
    return dense > 0 ? [weight, ...tables, bias] : [...tables, bias];
  });
};

/**
 * First values of a network's parameters, as scikit-learn draws them: weights and biases alike uniform in the bound of Glorot
 * and Bengio (2010). Biases at 0 put every kink on the origin: of x² beside 3x, standardised, 24 units explained 0.742 of the
 * variance after 30 epochs so, and 0.758 with biases drawn.
 * @param zero all 0, for a convex objective
 */
export const initialParameters = (network: Network, seed: number, zero = false): Record<string, Float32Array> =>
  Object.fromEntries(
    declareParameters(network).map(({ name, shape, fanIn }, index) => {
      if (zero) return [name, new Float32Array(sizeOf(shape))];
      return [name, glorotUniform(shape, weightStream(seed, index), { fanIn, fanOut: shape.at(-1) ?? 1 })];
    }),
  );

const parameter = (parameters: NamedTensors, name: string): Tensor => {
  const found = parameters[name];
  if (!found) throw new RangeError(`the network lacks its parameter "${name}"`);
  return found;
};

/** The rows of a table at codes; zeros where a code is below 0. */
const lookUp = (table: Tensor, codes: Tensor, partial: boolean): Tensor => {
  if (!partial) return table.gather(codes);
  const known = codes.greaterEqual(0).reshape([codes.shape[0] ?? 0, 1]);
  return known.where(table.gather(codes.maximum(0)), 0);
};

const firstLayer = (blocks: readonly FeatureBlock[], parameters: NamedTensors): Tensor => {
  const dense = blocks.filter((block) => !isLookup(block));
  const product = dense.length > 0 ? denseFeatures(dense).matmul(parameter(parameters, "layer.0.weight")) : undefined;
  const lookups = blocks.flatMap((block, index) =>
    block.kind === "oneHot" && isLookup(block)
      ? [lookUp(parameter(parameters, `layer.0.table.${index}`), block.codes, block.partial)]
      : [],
  );
  const [first, ...rest] = product ? [product, ...lookups] : lookups;
  if (!first) throw new RangeError("a network takes at least one feature");
  return rest.reduce((sum, term) => sum.add(term), first);
};

/** Logits f32 [rows, classes] of feature blocks, or quantities [rows, 1]. Of two classes the first logit is 0. */
export const logitsOf = (network: Network, blocks: readonly FeatureBlock[], parameters: NamedTensors): Tensor => {
  const layers = network.hiddenLayerSizes.length + 1;
  let current: Tensor | undefined;
  for (let layer = 0; layer < layers; layer++) {
    const sum = current
      ? current.matmul(parameter(parameters, `layer.${layer}.weight`))
      : firstLayer(blocks, parameters);
    const shifted: Tensor = sum.add(parameter(parameters, `layer.${layer}.bias`));
    const hidden = layer < layers - 1;
    current = hidden ? (network.activation === "relu" ? shifted.relu() : shifted.tanh()) : shifted;
  }
  if (!current) throw new RangeError("a network has at least one layer");
  if (network.classes !== 2) return current;
  return concatenate([full([current.shape[0] ?? 0, 1], 0), current], 1);
};

/**
 * The objective: mean cross-entropy of the rows by weight, or half the mean squared error of quantities, and l2 / 2 times
 * the sum of squared weights (biases are free).
 * @param labels i32 [rows], or f32 [rows] of quantities
 * @param weights f32 [rows]; a row of weight 0 does not count
 */
export const objectiveOf = (
  network: Network,
  l2: number,
  blocks: readonly FeatureBlock[],
  parameters: NamedTensors,
  labels: Tensor,
  weights: Tensor,
): Tensor => {
  const answers = logitsOf(network, blocks, parameters);
  const losses =
    network.classes === 0
      ? answers.reshape(labels.shape).subtract(labels).square().multiply(0.5)
      : answers.crossEntropy(labels);
  const data = losses.multiply(weights).sum().divide(weights.sum());
  if (l2 === 0) return data;
  const squares = declareParameters(network)
    .filter((declaration) => declaration.weight)
    .map(({ name }) => parameter(parameters, name).square().sum());
  return squares.reduce((sum, square) => sum.add(square.multiply(l2 / 2)), data);
};
