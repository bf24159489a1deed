// QuantileTransformer: a column's distribution function at even shares, a line between them, and for a normal outcome its
// quantile function behind it. Exact from all values, so shards merge exactly.
import { ArgumentError } from "@millrace/kernels";
import { takeAlongAxis } from "../tensor/indexing.ts";
import { searchSorted } from "../tensor/sort.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type KeptBatches, keepBatch, mergeBatches, orderStatistic, sortedColumn } from "./column-values.ts";
import { normalQuantile } from "./normal-quantile.ts";
import type { QuantileTransformer } from "./numeric-specification.ts";
import { type NumericStepDefinition, taken } from "./numeric-step.ts";

/** What a share is at least for a normal outcome, as scikit-learn bounds it. */
const smallestShare = 1e-7 - 2 ** -52;

/** Wichura's AS 241 (PPND7, 1988), rational in float32: the coefficients of the highest power first, of the lowest last. */
const middle = [
  [59.109375, 159.29113, 50.434273, 3.3871327],
  [67.18756, 78.75776, 17.89517, 1],
] as const;
const tail = [
  [0.17023821, 1.3067285, 2.7568154, 1.4234373],
  [0.12021133, 0.73700164, 1],
] as const;

const ratio = (x: Tensor, [above, below]: readonly [readonly number[], readonly number[]]): Tensor => {
  const value = ([first = 0, second = 0, ...rest]: readonly number[]): Tensor =>
    rest.reduce((sum, own) => sum.multiply(x).add(own), x.multiply(first).add(second));
  return value(above).divide(value(below));
};

/**
 * Quantiles of the normal distribution.
 * @param share the smaller of the shares below and above
 * @param fromHalf what the share below is more than a half, which near a half keeps the digits that the share lacks
 */
const normalQuantiles = (share: Tensor, fromHalf: Tensor): Tensor => {
  const near = fromHalf.multiply(ratio(fromHalf.square().negate().add(0.180625), middle));
  const far = ratio(share.maximum(smallestShare).log().negate().sqrt().subtract(1.6), tail);
  return fromHalf
    .absolute()
    .lessEqual(0.425)
    .where(near, fromHalf.less(0).where(far.negate(), far))
    .maximum(normalQuantile(smallestShare))
    .minimum(-normalQuantile(smallestShare));
};

/** See QuantileTransformer. */
export const quantileTransformerDefinition: NumericStepDefinition<QuantileTransformer, KeptBatches> = {
  takesMissing: true,
  check: ({ nQuantiles, outputDistribution }) => {
    if (!(Number.isInteger(nQuantiles) && nQuantiles >= 2))
      throw new ArgumentError(`nQuantiles takes a whole number from 2 on, but got ${nQuantiles}`);
    if (outputDistribution !== "uniform" && outputDistribution !== "normal")
      throw new ArgumentError(
        `outputDistribution takes "uniform" or "normal", but got ${JSON.stringify(outputDistribution)}`,
      );
  },
  start: () => [],
  add: keepBatch,
  merge: mergeBatches,
  finish: ({ nQuantiles, outputDistribution }, kept, names) => {
    const rows = kept.reduce((sum, batch) => sum + batch.rows, 0);
    const count = Math.max(2, Math.min(nQuantiles, rows));
    const width = names.length;
    const last = count - 1;
    const quantiles = new Float64Array(count * width);
    names.forEach((name, column) => {
      const sorted = sortedColumn(kept, column, name, "QuantileTransformer");
      for (let at = 0; at < count; at++)
        quantiles[at * width + column] = orderStatistic(sorted, (at * (sorted.length - 1)) / last);
    });
    return {
      parameters: { quantiles: { shape: [count, width], data: [...quantiles] } },
      locations: ["quantiles"],
      featureNames: names,
      apply: ({ matrix, present }, parameters) => {
        const table = taken(parameters, "quantiles").transpose();
        const x = matrix.transpose();
        const first = searchSorted(table, x);
        const behind = searchSorted(table, x, { right: true });
        const above = first.minimum(last);
        const below = behind.subtract(1).maximum(0);
        const low = takeAlongAxis(table, below);
        const gap = takeAlongAxis(table, above).subtract(low);
        // Equal quantiles give the middle of their shares; between two quantiles runs a line. Counted in steps of 1 / last.
        const tied = first.less(behind);
        const part = tied.where(above.subtract(below).to("f32").multiply(0.5), x.subtract(low).divide(gap));
        const atLow = first.equal(0);
        const atHigh = behind.equal(count);
        const held = (place: Tensor, low: number, high: number): Tensor => atLow.where(low, atHigh.where(high, place));
        // A whole number of steps and the part of one are added to the nearer end, so that small shares keep their digits.
        const fromLow = held(below.to("f32").add(part), 0, last);
        const matrixOf = (place: Tensor): Tensor => place.multiply(1 / last).transpose();
        if (outputDistribution === "uniform") return { matrix: matrixOf(fromLow), present };
        const fromHigh = held(below.negate().add(last).to("f32").subtract(part), last, 0);
        const fromMiddle = held(
          below.multiply(2).subtract(last).to("f32").multiply(0.5).add(part),
          -last / 2,
          last / 2,
        );
        return { matrix: normalQuantiles(matrixOf(fromLow.minimum(fromHigh)), matrixOf(fromMiddle)), present };
      },
    };
  },
};
