// A mixture's densities and moments as graph, component by component: what one takes beside the rows is three of their size.
import { logSumExp } from "../../tensor/statistics.ts";
import { concatenate, type Tensor } from "../../tensor/tensor.ts";
import type { Block } from "./blocks.ts";

/** Components on the device. */
export interface Components {
  /** f32 [components, columns]. */
  readonly means: Tensor;
  /** f32 [components, columns, columns], or [components, columns] where axes are independent; see precisionOf. */
  readonly precisions: Tensor;
  /** f32 [components]: what the logarithm of the weighted density has beside the distance. */
  readonly offsets: Tensor;
}

const differences = (x: Tensor, means: Tensor): Tensor[] => {
  const [components = 0, columns = 0] = means.shape;
  return Array.from({ length: components }, (_, j) => x.subtract(means.slice([j, 0], [1, columns])));
};

const logDensitiesOf = (apart: readonly Tensor[], { precisions, offsets }: Components): Tensor => {
  const columns = precisions.shape[1] ?? 0;
  const parts = apart.map((own, j) => {
    const scaled =
      precisions.rank === 3
        ? own.matmul(precisions.slice([j, 0, 0], [1, columns, columns]).reshape([columns, columns]))
        : own.multiply(precisions.slice([j, 0], [1, columns]));
    return scaled.square().sum({ axis: 1, keepDimensions: true }).multiply(-0.5);
  });
  return concatenate(parts, 1).add(offsets);
};

/** f32 [rows, components]: logarithms of weight times density. */
export const logDensities = (x: Tensor, components: Components): Tensor =>
  logDensitiesOf(differences(x, components.means), components);

/** Sums of a block, about the means that it was compared with: cancellation is then small. */
export interface Moments {
  /** f32 [components, 1]. */
  readonly weights: Tensor;
  /** f32 [components, columns]. */
  readonly sums: Tensor;
  /** f32 [components, columns, columns] or [components, columns]. */
  readonly squares: Tensor;
}

const momentsOf = (apart: readonly Tensor[], shares: Tensor, isFull: boolean): Moments => {
  const [rows = 0, components = 0] = shares.shape;
  const [, columns = 0] = apart[0]?.shape ?? [];
  const parts = apart.map((own, j) => {
    const share = shares.slice([0, j], [rows, 1]);
    const weighted = own.multiply(share);
    return {
      sums: weighted.sum({ axis: 0, keepDimensions: true }),
      squares: isFull
        ? weighted.matmul(own, { transposeA: true })
        : weighted.multiply(own).sum({ axis: 0, keepDimensions: true }),
    };
  });
  const squares = concatenate(parts.map((part) => part.squares));
  return {
    weights: shares.sum({ axis: 0 }).reshape([components, 1]),
    sums: concatenate(parts.map((part) => part.sums)),
    squares: isFull ? squares.reshape([components, columns, columns]) : squares,
  };
};

/** Moments of rows that each belong to one component. */
export const hardMoments = ({ x, weights }: Block, labels: Tensor, means: Tensor, isFull: boolean): Moments =>
  momentsOf(differences(x, means), labels.oneHot(means.shape[0] ?? 0).multiply(weights), isFull);

/** Moments of rows shared out by their densities, and their log-likelihood by weight, f32 []. */
export const softMoments = (
  { x, weights }: Block,
  components: Components,
): Moments & { readonly likelihood: Tensor } => {
  const apart = differences(x, components.means);
  const logs = logDensitiesOf(apart, components);
  const total = logSumExp(logs, { axis: 1, keepDimensions: true });
  const shares = logs.subtract(total).exp().multiply(weights);
  return { ...momentsOf(apart, shares, components.precisions.rank === 3), likelihood: total.multiply(weights).sum() };
};
