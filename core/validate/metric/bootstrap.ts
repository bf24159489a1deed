// Bootstrap intervals of any number of metrics as one program on a device: Poisson(1) counts of every row in every replicate,
// and the product of the metrics' terms with them. Rows go in blocks, so that memory does not grow with them. Areas under
// curves are one pass over rows sorted by score, with running sums of all replicates at once.
import { ArgumentError } from "@millrace/kernels";
import { defaultDevice } from "../../device/default-device.ts";
import type { Device } from "../../device/device.ts";
import { breather } from "../../model/breath.ts";
import { deriveSeed, randomKey, randomUniform } from "../../tensor/random.ts";
import { type Tensor, tensor } from "../../tensor/tensor.ts";
import { compile } from "../../transform/compile.ts";
import { checkSeed } from "../random-stream.ts";
import { type BoundMetric, everyRow } from "./bound-metric.ts";
import { fallingOrder } from "./distribution.ts";
import type { OrderMetric } from "./order-metric.ts";
import { termOf } from "./sum-metric.ts";

/** How intervals are made. */
export interface IntervalOptions {
  /** The share of replicates inside: 0.95 if absent. */
  readonly level?: number | undefined;
  /** Resamples of the rows: 1,000 if absent. */
  readonly replicates?: number | undefined;
  /** 0 if absent. Equal seeds give equal counts on every device. */
  readonly seed?: number | undefined;
  /** Where it runs: the default device if absent. */
  readonly device?: Device | undefined;
  /** Stops it between blocks of rows. */
  readonly signal?: AbortSignal | undefined;
}

/** A percentile interval of a metric. */
export interface Interval {
  readonly low: number;
  readonly high: number;
  /** Standard deviation of the replicates. */
  readonly standardError: number;
  /** Replicates in which the metric has a value: one that drew no row of a class may have none. */
  readonly replicates: number;
}

/** Rows in a block: a power of two, so that slices of many sizes share few programs. */
const blockOf = (rows: number): number => Math.min(8192, Math.max(64, 2 ** Math.ceil(Math.log2(rows))));
/** Bytes of counts kept where a metric needs the rows in another order than they come. */
const countBytes = 1 << 25;
/** Poisson(1): the chance of at most k. The tail past 9 is 1.1e-7, as fine as the uniform numbers. */
const cumulative = () => {
  let term = Math.exp(-1);
  let sum = 0;
  return Array.from({ length: 9 }, (_, k) => {
    sum += term;
    term /= k + 1;
    return sum;
  });
};

const countsOf = (key: Tensor, rows: number, replicates: number): Tensor => {
  const uniform = randomUniform(key, [rows, replicates]);
  return cumulative()
    .map((chance) => uniform.greaterEqual(chance).to("f32"))
    .reduce((sum, one) => sum.add(one));
};

/** The terms of a sum metric, times weight, about pivots near the middle, each scaled to at most 1 for float32. */
interface Terms {
  readonly width: number;
  readonly scales: Float64Array;
  write(from: number, to: number, into: Float32Array, offset: number, blockRows: number): void;
  readonly finish: (sums: ArrayLike<number>) => number;
}

const termsOf = ({ use }: BoundMetric, chosen: ArrayLike<number>): Terms | undefined =>
  use((metric, rows, weights) => {
    if (metric.kind !== "sums") return undefined;
    const { width, moments = [] } = metric;
    const term = new Float64Array(width);
    const each = (pivots: readonly number[], use: (weight: number) => void): void => {
      for (let i = 0; i < chosen.length; i++) {
        const row = chosen[i] ?? 0;
        termOf(metric, rows, row, pivots, term);
        use(weights[row] ?? 0);
      }
    };
    // The mean of the quantity of a moment is the pivot that keeps the most digits.
    const sums = moments.map(() => 0);
    let total = 0;
    each(
      moments.map(() => 0),
      (weight) => {
        total += weight;
        moments.forEach((at, i) => {
          sums[i] = (sums[i] ?? 0) + weight * (term[at] ?? 0);
        });
      },
    );
    const pivots = sums.map((sum) => sum / total);
    const scales = new Float64Array(width);
    each(pivots, (weight) => {
      for (let at = 0; at < width; at++) scales[at] = Math.max(scales[at] ?? 0, Math.abs(term[at] ?? 0) * weight);
    });
    return {
      width,
      scales,
      finish: metric.finish,
      write: (from, to, into, offset, blockRows) => {
        for (let i = from; i < to; i++) {
          const row = chosen[i] ?? 0;
          termOf(metric, rows, row, pivots, term);
          const weight = weights[row] ?? 0;
          for (let at = 0; at < width; at++)
            into[(offset + at) * blockRows + i - from] = (weight * (term[at] ?? 0)) / (scales[at] || 1);
        }
      },
    };
  });

/** An area metric's value in each replicate. @param counts [chosen rows, replicates] */
const areasOf = <Rows>(
  metric: OrderMetric<Rows>,
  rows: Rows,
  weights: ArrayLike<number>,
  chosen: ArrayLike<number>,
  counts: Uint8Array,
  replicates: number,
): Float64Array | undefined => {
  const { areas, step } = metric;
  if (!areas || !step) return undefined;
  const values = new Float64Array(replicates);
  const zeros = (): Float64Array => new Float64Array(replicates);
  for (let column = 0; column < metric.columns; column++) {
    const valueAt = (place: number): number => metric.value(rows, chosen[place] ?? 0, column);
    const order = fallingOrder(valueAt, everyRow(chosen.length));
    for (const area of areas.filter((own) => own.column === column)) {
      const [sum, positives, negatives, positiveHere, negativeHere] = [zeros(), zeros(), zeros(), zeros(), zeros()];
      order.forEach((place, i) => {
        const row = chosen[place] ?? 0;
        const kind = metric.kindOf(rows, row);
        const here = area.isPositive(kind) ? positiveHere : area.isNegative(kind) ? negativeHere : undefined;
        const weight = weights[row] ?? 0;
        const at = place * replicates;
        if (here) for (let r = 0; r < replicates; r++) here[r] = (here[r] ?? 0) + weight * (counts[at + r] ?? 0);
        const next = order[i + 1];
        if (next !== undefined && valueAt(next) === valueAt(place)) return;
        for (let r = 0; r < replicates; r++) {
          const [above, below] = [positives[r] ?? 0, negatives[r] ?? 0];
          const [up, down] = [positiveHere[r] ?? 0, negativeHere[r] ?? 0];
          sum[r] = (sum[r] ?? 0) + step.add(above, below, up, down);
          positives[r] = above + up;
          negatives[r] = below + down;
        }
        positiveHere.fill(0);
        negativeHere.fill(0);
      });
      for (let r = 0; r < replicates; r++)
        values[r] = (values[r] ?? 0) + step.finish(sum[r] ?? 0, positives[r] ?? 0, negatives[r] ?? 0) / areas.length;
    }
  }
  return values;
};

const quantile = (sorted: Float64Array, share: number): number => {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const [low = Number.NaN, high = low] = [sorted[below], sorted[below + 1]];
  return low + (high - low) * (place - below);
};

const intervalOf = (values: Float64Array, level: number): Interval | undefined => {
  const sorted = values.filter(Number.isFinite).sort();
  if (sorted.length < 2) return undefined;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  const spread = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (sorted.length - 1);
  return {
    low: quantile(sorted, (1 - level) / 2),
    high: quantile(sorted, (1 + level) / 2),
    standardError: Math.sqrt(spread),
    replicates: sorted.length,
  };
};

const checkOptions = ({ level = 0.95, replicates = 1000, seed = 0 }: IntervalOptions) => {
  if (!(level > 0 && level < 1)) throw new ArgumentError(`level is above 0 and below 1, but is ${level}`);
  if (!(Number.isInteger(replicates) && replicates >= 2))
    throw new ArgumentError(`replicates is a whole number of at least 2, but is ${replicates}`);
  return { level, replicates, seed: checkSeed(seed) };
};

/**
 * Percentile intervals of metrics over rows: each replicate counts each row a Poisson(1) number of times (Hanley and MacGibbon
 * 2006), float32 products over blocks summed in float64. The median and the largest error have none.
 * @throws ArgumentError for a level, replicates or seed out of range; the signal's reason
 */
export const bootstrapIntervals = async (
  metrics: readonly BoundMetric[],
  chosen: ArrayLike<number>,
  options: IntervalOptions,
): Promise<(Interval | undefined)[]> => {
  const { level, replicates, seed } = checkOptions(options);
  const device = options.device ?? (await defaultDevice());
  const breathe = breather(options.signal);
  const blockRows = blockOf(chosen.length);
  const terms = metrics.map((metric) => termsOf(metric, chosen));
  const width = terms.reduce((sum, own) => sum + (own?.width ?? 0), 0);
  const ordered = metrics.some(({ use }) => use((metric) => metric.kind === "order" && metric.areas !== undefined));
  const together = ordered ? Math.min(replicates, Math.max(16, Math.floor(countBytes / chosen.length))) : replicates;
  const values = metrics.map(() => new Float64Array(replicates).fill(Number.NaN));
  using program = compile(
    (key: Tensor, block: Tensor) => {
      const counts = countsOf(key, blockRows, together);
      return { sums: block.matmul(counts), counts: ordered ? counts.to("u8") : key };
    },
    { device },
  );
  for (let from = 0, part = 0; from < replicates; from += together, part++) {
    const used = Math.min(together, replicates - from);
    const sums = new Float64Array(Math.max(1, width) * together);
    const counts = new Uint8Array(ordered ? chosen.length * together : 0);
    for (let row = 0, at = 0; row < chosen.length; row += blockRows, at++) {
      await breathe();
      const block = new Float32Array(Math.max(1, width) * blockRows);
      const to = Math.min(chosen.length, row + blockRows);
      let offset = 0;
      for (const own of terms) {
        own?.write(row, to, block, offset, blockRows);
        offset += own?.width ?? 0;
      }
      using key = randomKey(deriveSeed(deriveSeed(seed, part), at));
      using input = tensor(block, [Math.max(1, width), blockRows]);
      const made = await program(key, input);
      using product = made.sums;
      using drawn = made.counts;
      (await product.data()).forEach((sum, i) => {
        sums[i] = (sums[i] ?? 0) + sum;
      });
      if (ordered) counts.set((await drawn.data()).subarray(0, (to - row) * together), row * together);
    }
    let offset = 0;
    for (const [i, { use }] of metrics.entries()) {
      const own = terms[i];
      const into = values[i];
      if (own) {
        const single = new Float64Array(own.width);
        for (let r = 0; r < used; r++) {
          for (let at = 0; at < own.width; at++)
            single[at] = (sums[(offset + at) * together + r] ?? 0) * (own.scales[at] ?? 0);
          if (into) into[from + r] = (single[0] ?? 0) > 0 ? own.finish(single) : Number.NaN;
        }
        offset += own.width;
      } else
        use((metric, rows, weights) => {
          if (metric.kind !== "order") return;
          const areas = areasOf(metric, rows, weights, chosen, counts, together);
          if (areas) into?.set(areas.subarray(0, used), from);
        });
      await breathe();
    }
  }
  return values.map((own) => intervalOf(own, level));
};
