// Mutual information of a column and the label by nearest neighbours, in nats: Ross (PLoS ONE 9, 2014) between a class and a
// quantity, Kraskov, Stögbauer and Grassberger (Physical Review E 69, 2004) between two quantities. As in scikit-learn,
// quantities are scaled and a noise of 1e-10 tells equal ones apart, so that equal values depend on the seed.
import { breather } from "../model/breath.ts";
import { randomStream } from "../validate/random-stream.ts";
import { classesOf, quantityOf, type Scoring } from "./column-scores.ts";
import { type KeptBatches, keepBatch, mergeBatches } from "./column-values.ts";
import type { ColumnScores } from "./selection-specification.ts";
import { normalNumbers } from "./subspace-iteration.ts";

/** The purpose of the noise among the random numbers of a seed. */
const noisePurpose = 0x6d69;
const euler = 0.5772156649015329;

/** The digamma function of 1 to count. */
const digammas = (count: number): Float64Array => {
  const values = new Float64Array(count + 1);
  values[1] = -euler;
  for (let n = 2; n <= count; n++) values[n] = (values[n - 1] ?? 0) + 1 / (n - 1);
  return values;
};

const mean = (values: Float64Array, of: (value: number) => number): number =>
  values.reduce((sum, value) => sum + of(value), 0) / values.length;

/** A quantity to deviation 1, with noise. */
const prepared = (values: Float64Array, seed: number, column: number): Float64Array => {
  const middle = mean(values, (value) => value);
  const variance = mean(values, (value) => (value - middle) ** 2);
  // What rounding leaves of a constant is no scale, by scikit-learn's bound.
  const scale = variance > (10 * Number.EPSILON * middle) ** 2 ? Math.sqrt(variance) : 1;
  const size = 1e-10 * Math.max(1, mean(values, Math.abs) / scale);
  const noise = normalNumbers(values.length, randomStream(seed, noisePurpose + column));
  return values.map((value, i) => value / scale + size * (noise[i] ?? 0));
};

/** Places in `sorted` before the first value that `holds`; it holds for none before it and all behind. */
const firstPlace = (sorted: Float64Array, holds: (value: number) => boolean): number => {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(sorted[middle] ?? 0)) high = middle;
    else low = middle + 1;
  }
  return low;
};

/** How many of the sorted values are nearer to a value than `radius`, itself among them. */
const within = (sorted: Float64Array, value: number, radius: number): number =>
  Math.max(1, firstPlace(sorted, (own) => own - value >= radius) - firstPlace(sorted, (own) => value - own < radius));

/** The distance to the k-th nearest of the others, of a place among sorted values. */
const neighbourDistance = (sorted: Float64Array, place: number, k: number): number => {
  const value = sorted[place] ?? 0;
  let [low, high] = [place - 1, place + 1];
  let distance = 0;
  for (let taken = 0; taken < k; taken++) {
    const below = low >= 0 ? value - (sorted[low] ?? 0) : Infinity;
    const above = high < sorted.length ? (sorted[high] ?? 0) - value : Infinity;
    if (below <= above) low--;
    else high++;
    distance = Math.min(below, above);
  }
  return distance;
};

/** Between a quantity and classes; classes of one row are left out. */
const quantityAndClass = (x: Float64Array, codes: ArrayLike<number>, neighbours: number): number => {
  const members = new Map<number, number[]>();
  x.forEach((_, row) => {
    const code = codes[row] ?? 0;
    const own = members.get(code);
    if (own) own.push(row);
    else members.set(code, [row]);
  });
  const groups = [...members.values()].filter((rows) => rows.length > 1);
  const all = Float64Array.from(groups.flatMap((rows) => rows.map((row) => x[row] ?? 0))).sort();
  const count = all.length;
  if (count === 0) return 0;
  const psi = digammas(count);
  let sum = 0;
  for (const rows of groups) {
    const sorted = Float64Array.from(rows, (row) => x[row] ?? 0).sort();
    const k = Math.min(neighbours, rows.length - 1);
    sorted.forEach((value, place) => {
      const inside = within(all, value, neighbourDistance(sorted, place, k));
      sum += (psi[k] ?? 0) - (psi[rows.length] ?? 0) - (psi[inside] ?? 0);
    });
  }
  return Math.max(0, (psi[count] ?? 0) + sum / count);
};

/** The distance to the k-th nearest other point in the larger of both differences, by a walk outward along x. */
const squareDistance = (x: Float64Array, y: Float64Array, place: number, nearest: Float64Array): number => {
  nearest.fill(Infinity);
  const last = nearest.length - 1;
  const [ownX, ownY] = [x[place] ?? 0, y[place] ?? 0];
  const offer = (other: number): void => {
    const distance = Math.max(Math.abs((x[other] ?? 0) - ownX), Math.abs((y[other] ?? 0) - ownY));
    let at = last;
    if (distance >= (nearest[at] ?? 0)) return;
    for (; at > 0 && distance < (nearest[at - 1] ?? 0); at--) nearest[at] = nearest[at - 1] ?? 0;
    nearest[at] = distance;
  };
  for (let low = place - 1, high = place + 1; ; ) {
    const below = low >= 0 ? ownX - (x[low] ?? 0) : Infinity;
    const above = high < x.length ? (x[high] ?? 0) - ownX : Infinity;
    if (Math.min(below, above) >= (nearest[last] ?? 0)) return nearest[last] ?? 0;
    if (below <= above) offer(low--);
    else offer(high++);
  }
};

const twoQuantities = async (
  x: Float64Array,
  y: Float64Array,
  neighbours: number,
  breathe: () => Promise<void> | undefined,
): Promise<number> => {
  const count = x.length;
  const order = Array.from({ length: count }, (_, i) => i).sort((a, b) => (x[a] ?? 0) - (x[b] ?? 0));
  const sortedX = Float64Array.from(order, (row) => x[row] ?? 0);
  const ownY = Float64Array.from(order, (row) => y[row] ?? 0);
  const sortedY = y.slice().sort();
  const psi = digammas(count);
  const nearest = new Float64Array(Math.min(neighbours, count - 1));
  let sum = 0;
  for (let place = 0; place < count; place++) {
    if (place % 256 === 0) await breathe();
    const radius = squareDistance(sortedX, ownY, place, nearest);
    sum +=
      (psi[within(sortedX, sortedX[place] ?? 0, radius)] ?? 0) + (psi[within(sortedY, ownY[place] ?? 0, radius)] ?? 0);
  }
  return Math.max(0, (psi[count] ?? 0) + (psi[nearest.length] ?? 0) - sum / count);
};

/** Between two lists of classes. */
const twoClasses = (left: ArrayLike<number>, right: ArrayLike<number>): number => {
  const count = left.length;
  const [rows, columns] = [new Map<number, number>(), new Map<number, number>()];
  const cells = new Map<number, Map<number, number>>();
  const grow = (map: Map<number, number>, key: number): void => {
    map.set(key, (map.get(key) ?? 0) + 1);
  };
  for (let i = 0; i < count; i++) {
    const [a, b] = [left[i] ?? 0, right[i] ?? 0];
    grow(rows, a);
    grow(columns, b);
    const row = cells.get(a) ?? new Map<number, number>();
    cells.set(a, row);
    grow(row, b);
  }
  let sum = 0;
  for (const [a, row] of cells)
    for (const [b, both] of row)
      sum += (both / count) * Math.log((both * count) / ((rows.get(a) ?? 0) * (columns.get(b) ?? 0)));
  return Math.max(0, sum);
};

/** @param discrete whether a column's values are categories, by its place */
export const mutualInformation = (
  { scoreFunction, nNeighbors, seed }: ColumnScores,
  discrete: (column: number) => boolean,
  signal: AbortSignal | undefined,
): Scoring<KeptBatches> => ({
  start: () => [],
  add: (kept, batch) => {
    if (scoreFunction === "mutualInfoClassif") classesOf(batch, scoreFunction);
    else quantityOf(batch, scoreFunction);
    return keepBatch(kept, batch);
  },
  merge: mergeBatches,
  finish: async (kept, width) => {
    const breathe = breather(signal);
    const rows = kept.reduce((sum, batch) => sum + batch.rows, 0);
    const codes = new Int32Array(rows);
    const target = new Float64Array(rows);
    let from = 0;
    for (const batch of kept) {
      if (batch.codes) codes.set(batch.codes, from);
      if (batch.target) target.set(batch.target, from);
      from += batch.rows;
    }
    const quantity = scoreFunction === "mutualInfoRegression" ? prepared(target, seed, width) : undefined;
    const scores = new Float64Array(width);
    for (let column = 0; column < width; column++) {
      await breathe();
      const values = new Float64Array(rows);
      let place = 0;
      for (const batch of kept)
        for (let at = column; at < batch.values.length; at += width) values[place++] = batch.values[at] ?? 0;
      const own = discrete(column) ? values : prepared(values, seed, column);
      if (discrete(column))
        scores[column] = quantity ? quantityAndClass(quantity, own, nNeighbors) : twoClasses(own, codes);
      else
        scores[column] = quantity
          ? await twoQuantities(own, quantity, nNeighbors, breathe)
          : quantityAndClass(own, codes, nNeighbors);
    }
    return scores;
  },
});
