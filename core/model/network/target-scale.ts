// A quantity as a network learns it: less its mean, in its deviations. What the network answers comes back into the quantity's
// own unit through the weights of its last layer, so that a fitted network needs nothing beside it.
import type { Network } from "../../nn/network.ts";
import type { RowLabels } from "../resident.ts";
import type { TrainedParameters } from "../training.ts";

/** What a network answers, times `scale` plus `mean`, is the quantity. */
export interface TargetScale {
  readonly mean: number;
  readonly scale: number;
}

/** Labels to learn. Classes stay as they are; of quantities, float32 sees what is left when the mean is taken off. */
export const learnable = (
  labels: Int32Array | Float64Array,
  weights?: Float32Array,
): TargetScale & { readonly labels: RowLabels } => {
  if (labels instanceof Int32Array) return { labels, mean: 0, scale: 1 };
  let total = 0;
  let mean = 0;
  let squares = 0;
  labels.forEach((value, row) => {
    const weight = weights?.[row] ?? 1;
    total += weight;
    const change = value - mean;
    mean += (weight / total) * change;
    squares += weight * change * (value - mean);
  });
  const deviation = Math.sqrt(squares / total);
  // A constant varies by rounding alone.
  const scale = deviation > 1e-12 * Math.abs(mean) ? deviation : 1;
  return { labels: Float32Array.from(labels, (value) => (value - mean) / scale), mean, scale };
};

/** Parameters of a network that answers in the quantity's own unit. */
export const inOwnUnit = (
  { hiddenLayerSizes }: Network,
  trained: TrainedParameters,
  { mean, scale }: TargetScale,
): TrainedParameters => {
  const last = `layer.${hiddenLayerSizes.length}`;
  const change = (name: string, shift: number) =>
    Float32Array.from(trained[name] ?? [], (value) => scale * value + shift);
  return {
    ...trained,
    [`${last}.weight`]: change(`${last}.weight`, 0),
    [`${last}.bias`]: change(`${last}.bias`, mean),
  };
};
