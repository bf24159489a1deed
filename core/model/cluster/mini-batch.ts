// K-means by batches (Sculley 2010): a centre is the running mean of the rows it was ever given. Stops as scikit-learn's does.
import { ArgumentError } from "@millrace/kernels";
import { tensor } from "../../tensor/tensor.ts";
import { type RandomStream, randomStream } from "../../validate/random-stream.ts";
import { breather } from "../breath.ts";
import { checkCount } from "../check-option.ts";
import type { EstimatorDefinition, FitData, Matrix } from "../estimator.ts";
import { originOf } from "../neighbours/origin.ts";
import type { PartialFit } from "../partial-fit.ts";
import { Assigner, type Assignment } from "./assign.ts";
import { Blocks } from "./blocks.ts";
import { applyCentres, centresModel, checkCentres, clusterPurpose } from "./k-means.ts";
import { firstCentres } from "./plus-plus.ts";
import type { MiniBatchKMeans } from "./specification.ts";
import { checkClusterRows } from "./state.ts";

/** Centres as they move. */
interface MovingCentres {
  /** Where they are measured from; undefined before the first batch. */
  readonly origin: Float32Array | undefined;
  /** float64 [clusters, columns], relative to the origin. */
  readonly centres: Float64Array;
  /** Weight of all rows that each was given. */
  readonly weights: Float64Array;
  readonly batches: number;
}

/** Batch sizes of rows that the first centres are chosen from, as in scikit-learn. */
const firstBatches = 3;
/** A centre of less than this part of the heaviest one's weight is moved to a row of the batch, as in scikit-learn. */
const lightPart = 0.01;

const pick = (data: FitData, count: number, stream: RandomStream): FitData => {
  const { rows, columns } = data.x;
  const values = new Float32Array(count * columns);
  const weights = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const row = stream.below(rows);
    values.set(data.x.data.subarray(row * columns, (row + 1) * columns), i * columns);
    weights[i] = data.weights?.[row] ?? 1;
  }
  const x: Matrix = { ...data.x, rows: count, data: values };
  return { x, weights };
};

const assign = async (rows: Blocks, { centres, weights }: MovingCentres, assigner: Assigner): Promise<Assignment> => {
  using own = tensor(Float32Array.from(centres), [weights.length, rows.columns]);
  return await assigner.assign(rows, own, () => undefined);
};

/** The centres after a batch of assigned rows. */
const moved = (before: MovingCentres, rows: Blocks, { labels }: Assignment): MovingCentres => {
  const { columns } = rows;
  const weights = before.weights.slice();
  const sums = before.centres.map((value, i) => value * (before.weights[Math.floor(i / columns)] ?? 0));
  labels.forEach((label, row) => {
    const weight = rows.weights[row] ?? 0;
    weights[label] = (weights[label] ?? 0) + weight;
    for (let column = 0; column < columns; column++) {
      const at = label * columns + column;
      sums[at] = (sums[at] ?? 0) + weight * (rows.data[row * columns + column] ?? 0);
    }
  });
  const centres = sums.map((sum, i) => {
    const weight = weights[Math.floor(i / columns)] ?? 0;
    return weight > 0 ? sum / weight : (before.centres[i] ?? 0);
  });
  return { ...before, centres, weights, batches: before.batches + 1 };
};

/** Centres of little weight on rows of the batch, with the least weight of the others. */
const lightMoved = (own: MovingCentres, rows: Blocks, stream: RandomStream): MovingCentres => {
  const heaviest = Math.max(...own.weights);
  const light = [...own.weights.keys()].filter((k) => (own.weights[k] ?? 0) < lightPart * heaviest);
  if (light.length === 0) return own;
  const centres = own.centres.slice();
  const weights = own.weights.slice();
  const least = Math.min(...own.weights.filter((weight) => weight >= lightPart * heaviest));
  for (const k of light.slice(0, Math.floor(rows.rows / 2))) {
    centres.set(rows.row(stream.below(rows.rows)), k * rows.columns);
    weights[k] = least;
  }
  return { ...own, centres, weights };
};

const begun = async (
  { nClusters, init }: MiniBatchKMeans,
  rows: Blocks,
  stream: RandomStream,
): Promise<MovingCentres> => ({
  origin: rows.origin,
  centres: Float64Array.from(await firstCentres(rows, nClusters, init, stream, () => undefined)),
  weights: new Float64Array(nClusters),
  batches: 0,
});

const partial: PartialFit<MiniBatchKMeans, MovingCentres> = {
  start: ({ nClusters }, { columns }) => ({
    origin: undefined,
    centres: new Float64Array(nClusters * columns),
    weights: new Float64Array(nClusters),
    batches: 0,
  }),
  add: async (specification, before, data, { device, seed }) => {
    if (!before.origin) checkClusterRows(specification.kind, specification.nClusters, data);
    using rows = new Blocks(data, device, before.origin);
    using assigner = new Assigner(rows);
    const stream = randomStream(seed, clusterPurpose + 1);
    const own = before.origin ? before : await begun(specification, rows, stream);
    return moved(own, rows, await assign(rows, own, assigner));
  },
  finish: ({ kind }, { origin, centres, batches }) => {
    if (!origin) throw new ArgumentError(`${kind} has seen no batch: add one first`);
    return centresModel(centres, origin, { iterations: batches });
  },
};

/** The best of nInit starts, judged on rows of their own. */
const bestStart = async (
  specification: MiniBatchKMeans,
  data: FitData,
  origin: Float32Array,
  assigner: Assigner,
  stream: RandomStream,
): Promise<MovingCentres> => {
  const { batchSize, nClusters, nInit } = specification;
  const size = Math.min(data.x.rows, Math.max(firstBatches * batchSize, 3 * nClusters));
  using judges = new Blocks(pick(data, size, stream), assigner.device, origin);
  let best: MovingCentres | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (let start = 0; start < nInit || !best; start++) {
    using some = new Blocks(size === data.x.rows ? data : pick(data, size, stream), assigner.device, origin);
    const own = await begun(specification, some, stream);
    const { inertia } = await assign(judges, own, assigner);
    if (best && inertia >= least) continue;
    best = own;
    least = inertia;
  }
  return best;
};

export const miniBatchKMeansDefinition: EstimatorDefinition<MiniBatchKMeans, MovingCentres> = {
  kind: "MiniBatchKMeans",
  task: "clustering",
  takesMissing: false,
  takesCategories: false,
  check: (specification) => {
    checkCentres(specification);
    checkCount(specification.kind, "batchSize", specification.batchSize);
    checkCount(specification.kind, "maxNoImprovement", specification.maxNoImprovement);
  },
  partial,
  fit: async (specification, data, { device, seed, signal, report }) => {
    const { kind, nClusters, maxIter, maxNoImprovement } = specification;
    checkClusterRows(kind, nClusters, data);
    const { rows: count } = data.x;
    const batchSize = Math.min(specification.batchSize, count);
    const stream = randomStream(seed, clusterPurpose + 1);
    const breathe = breather(signal);
    const origin = originOf(data.x);
    using assigner = new Assigner({ device });
    let own = await bestStart({ ...specification, batchSize }, data, origin, assigner, stream);
    const steps = Math.ceil((maxIter * count) / batchSize);
    const share = Math.min(1, (2 * batchSize) / (count + 1));
    let smoothed = Number.NaN;
    let least = Number.POSITIVE_INFINITY;
    let worse = 0;
    let sinceLight = 0;
    for (let step = 0; step < steps && worse < maxNoImprovement; step++) {
      using batch = new Blocks(pick(data, batchSize, stream), device, origin);
      const assigned = await assign(batch, own, assigner);
      own = moved(own, batch, assigned);
      sinceLight += batchSize;
      if (sinceLight >= 10 * nClusters || own.weights.includes(0)) {
        sinceLight = 0;
        own = lightMoved(own, batch, stream);
      }
      // The first batch judges centres that have not moved, and is not counted.
      const inertia = assigned.inertia / batchSize;
      if (step > 0) smoothed = Number.isNaN(smoothed) ? inertia : smoothed * (1 - share) + inertia * share;
      if (smoothed < least) worse = 0;
      else if (step > 0) worse++;
      least = Math.min(least, Number.isNaN(smoothed) ? least : smoothed);
      report?.({
        step,
        epoch: Math.floor((step * batchSize) / count),
        epochs: maxIter,
        fraction: step / steps,
        loss: inertia,
      });
      await breathe();
    }
    using all = new Blocks(data, device, origin);
    const { labels, inertia } = await assign(all, own, assigner);
    return centresModel(own.centres, origin, { labels, inertia, iterations: own.batches });
  },
  apply: applyCentres,
  /** Some 5 passes of a product. */
  work: ({ nClusters }, { rows, columns }) => ({
    flops: 10 * rows * columns * (nClusters + 1),
    bytes: 20 * rows * (2 * columns + nClusters),
  }),
};
