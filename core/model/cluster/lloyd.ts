// Lloyd's iterations (Lloyd 1982): rows to their nearest centres on the device, centres to the means of their rows in float64.
import { tensor } from "../../tensor/tensor.ts";
import type { RandomStream } from "../../validate/random-stream.ts";
import type { Assigner, Assignment, ClusterTotals } from "./assign.ts";
import type { Blocks } from "./blocks.ts";
import { firstCentres } from "./plus-plus.ts";

export interface Lloyd extends Assignment {
  /** f32 [clusters, columns], relative to the rows' origin. */
  readonly centres: Float32Array;
  readonly iterations: number;
}

export interface LloydOptions {
  readonly clusters: number;
  readonly init: "k-means++" | "random";
  readonly nInit: number;
  readonly maxIter: number;
  /** Part of the mean variance; see KMeans.tol. */
  readonly tol: number;
  readonly stream: RandomStream;
  readonly breathe: () => Promise<void> | undefined;
  readonly report?: (start: number, iteration: number) => void;
}

/** A centre without rows goes to the row that is farthest from its own, as in scikit-learn; in place. */
const relocateEmpty = (rows: Blocks, { sums, weights }: ClusterTotals, { labels, squares }: Assignment): void => {
  const { columns } = rows;
  const taken = new Set<number>();
  for (let k = 0; k < weights.length; k++) {
    if ((weights[k] ?? 0) > 0) continue;
    let farthest = -1;
    let square = 0;
    squares.forEach((own, row) => {
      if (own <= square || taken.has(row) || (rows.weights[row] ?? 0) === 0) return;
      farthest = row;
      square = own;
    });
    if (farthest < 0) return;
    taken.add(farthest);
    const weight = rows.weights[farthest] ?? 0;
    const from = labels[farthest] ?? 0;
    rows.row(farthest).forEach((value, column) => {
      sums[from * columns + column] = (sums[from * columns + column] ?? 0) - weight * value;
      sums[k * columns + column] = weight * value;
    });
    weights[from] = (weights[from] ?? 0) - weight;
    weights[k] = weight;
  }
};

const iterate = async (rows: Blocks, assigner: Assigner, start: Float32Array, options: LloydOptions, at: number) => {
  const { clusters, maxIter, tol, breathe, report } = options;
  const { columns } = rows;
  const bound = tol * rows.meanVariance();
  let centres = start;
  let iterations = 0;
  for (let shift = Number.POSITIVE_INFINITY; iterations < maxIter && shift > bound; iterations++) {
    using own = tensor(centres, [clusters, columns]);
    const totals = await assigner.totals(rows.all, own, breathe);
    if (totals.weights.includes(0)) relocateEmpty(rows, totals, await assigner.assign(rows, own, breathe));
    const before = centres;
    centres = Float32Array.from(before, (value, i) => {
      const weight = totals.weights[Math.floor(i / columns)] ?? 0;
      return weight > 0 ? (totals.sums[i] ?? 0) / weight : value;
    });
    shift = centres.reduce((sum, value, i) => sum + (value - (before[i] ?? 0)) ** 2, 0);
    report?.(at, iterations + 1);
  }
  using own = tensor(centres, [clusters, columns]);
  return { centres, iterations, ...(await assigner.assign(rows, own, breathe)) };
};

/** The best of nInit runs of Lloyd's iterations. */
export const lloyd = async (rows: Blocks, assigner: Assigner, options: LloydOptions): Promise<Lloyd> => {
  let best: Lloyd | undefined;
  for (let at = 0; at < options.nInit || !best; at++) {
    const start = await firstCentres(rows, options.clusters, options.init, options.stream, options.breathe);
    const own = await iterate(rows, assigner, start, options, at);
    if (!best || own.inertia < best.inertia) best = own;
  }
  return best;
};
