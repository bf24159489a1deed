// How good a clustering is, in float64 with scikit-learn's meaning: by the rows' distances, or by classes that are known.
import { MetricError } from "./error.ts";
import { checkLengths, codesOf, distinctLabels, type Labels } from "./label-codes.ts";

/** Rows of a clustering: [rows, columns], row-major, finite. */
export interface ClusteredRows {
  readonly rows: number;
  readonly columns: number;
  readonly data: ArrayLike<number>;
}

interface Clusters {
  readonly codes: Int32Array;
  readonly counts: Float64Array;
}

const clustersOf = ({ rows, columns, data }: ClusteredRows, labels: Labels): Clusters => {
  checkLengths("labels", labels.length, "rows", rows);
  if (data.length !== rows * columns)
    throw new MetricError(`${rows} rows of ${columns} columns are ${rows * columns} numbers, but got ${data.length}`);
  for (let at = 0; at < data.length; at++)
    if (!Number.isFinite(data[at]))
      throw new MetricError(`row ${Math.floor(at / columns)} holds ${data[at]}; distances take finite numbers`);
  const distinct = distinctLabels(["labels", labels]);
  if (distinct.length < 2 || distinct.length >= rows)
    throw new MetricError(
      `there are ${distinct.length} clusters of ${rows} rows; the metric takes from 2 clusters to one fewer than rows`,
    );
  const codes = codesOf("labels", labels, distinct);
  const counts = new Float64Array(distinct.length);
  for (const code of codes) counts[code] = (counts[code] ?? 0) + 1;
  return { codes, counts };
};

const squaredDistance = (
  left: ArrayLike<number>,
  from: number,
  right: ArrayLike<number>,
  to: number,
  columns: number,
): number => {
  let sum = 0;
  for (let column = 0; column < columns; column++) {
    const apart = (left[from + column] ?? 0) - (right[to + column] ?? 0);
    sum += apart * apart;
  }
  return sum;
};

const centresOf = ({ rows, columns, data }: ClusteredRows, { codes, counts }: Clusters): Float64Array => {
  const sums = new Float64Array(counts.length * columns);
  for (let at = 0; at < rows * columns; at++) {
    const to = (codes[Math.floor(at / columns)] ?? 0) * columns + (at % columns);
    sums[to] = (sums[to] ?? 0) + (data[at] ?? 0);
  }
  return sums.map((sum, i) => sum / (counts[Math.floor(i / columns)] ?? 0));
};

/**
 * Mean silhouette of all rows (Rousseeuw 1987), Euclidean: (b - a) / max(a, b) for the mean distance a to the own cluster and
 * b to the nearest other one; 0 for a row alone in its cluster. One row is compared with all at a time: memory is a number
 * a cluster, time rows^2 x columns.
 * @throws MetricError for fewer than 2 clusters or as many as rows, or numbers that are not finite
 * @example silhouette({ rows: 4, columns: 1, data: [0, 1, 10, 11] }, [0, 0, 1, 1]) // 0.8997
 */
export const silhouette = (x: ClusteredRows, labels: Labels): number => {
  const { codes, counts } = clustersOf(x, labels);
  const { rows, columns, data } = x;
  const sums = new Float64Array(counts.length);
  let total = 0;
  for (let row = 0; row < rows; row++) {
    const own = codes[row] ?? 0;
    const mates = (counts[own] ?? 0) - 1;
    if (mates === 0) continue;
    sums.fill(0);
    for (let other = 0; other < rows; other++) {
      const code = codes[other] ?? 0;
      sums[code] = (sums[code] ?? 0) + Math.sqrt(squaredDistance(data, row * columns, data, other * columns, columns));
    }
    const inside = (sums[own] ?? 0) / mates;
    let outside = Number.POSITIVE_INFINITY;
    sums.forEach((sum, code) => {
      if (code !== own) outside = Math.min(outside, sum / (counts[code] ?? 1));
    });
    const larger = Math.max(inside, outside);
    if (larger > 0) total += (outside - inside) / larger;
  }
  return total / rows;
};

/**
 * Mean likeness of each cluster to the one most like it (Davies and Bouldin 1979): lower is better, at least 0.
 * @throws MetricError as silhouette
 * @example daviesBouldin({ rows: 4, columns: 1, data: [0, 1, 10, 11] }, [0, 0, 1, 1]) // 0.1
 */
export const daviesBouldin = (x: ClusteredRows, labels: Labels): number => {
  const clusters = clustersOf(x, labels);
  const { codes, counts } = clusters;
  const { rows, columns, data } = x;
  const centres = centresOf(x, clusters);
  const spreads = new Float64Array(counts.length);
  for (let row = 0; row < rows; row++) {
    const own = codes[row] ?? 0;
    const distance = Math.sqrt(squaredDistance(data, row * columns, centres, own * columns, columns));
    spreads[own] = (spreads[own] ?? 0) + distance / (counts[own] ?? 1);
  }
  let total = 0;
  for (let own = 0; own < counts.length; own++) {
    let worst = 0;
    for (let other = 0; other < counts.length; other++) {
      const apart = Math.sqrt(squaredDistance(centres, own * columns, centres, other * columns, columns));
      // Clusters on one centre are left out, as in scikit-learn.
      if (other !== own && apart > 0) worst = Math.max(worst, ((spreads[own] ?? 0) + (spreads[other] ?? 0)) / apart);
    }
    total += worst;
  }
  return total / counts.length;
};

/**
 * Spread between the clusters over spread within them, each for its degrees of freedom (Calinski and Harabasz 1974): higher is
 * better; 1 when nothing is spread within.
 * @throws MetricError as silhouette
 * @example calinskiHarabasz({ rows: 4, columns: 1, data: [0, 1, 10, 11] }, [0, 0, 1, 1]) // 200
 */
export const calinskiHarabasz = (x: ClusteredRows, labels: Labels): number => {
  const clusters = clustersOf(x, labels);
  const { codes, counts } = clusters;
  const { rows, columns, data } = x;
  const centres = centresOf(x, clusters);
  const middle = centresOf(x, { codes: new Int32Array(rows), counts: Float64Array.of(rows) });
  let between = 0;
  counts.forEach((count, code) => {
    between += count * squaredDistance(centres, code * columns, middle, 0, columns);
  });
  let within = 0;
  codes.forEach((code, row) => {
    within += squaredDistance(data, row * columns, centres, code * columns, columns);
  });
  return within === 0 ? 1 : (between * (rows - counts.length)) / (within * (counts.length - 1));
};

interface Contingency {
  /** [labels of one, labels of the other]. */
  readonly cells: Float64Array;
  readonly left: Float64Array;
  readonly right: Float64Array;
  readonly rows: number;
}

const contingencyOf = (truth: Labels, found: Labels): Contingency => {
  checkLengths("true labels", truth.length, "clusters", found.length);
  if (truth.length === 0) throw new MetricError("a metric of no rows has no value: give at least one row");
  const classes = distinctLabels(["truth", truth]);
  const clusters = distinctLabels(["clusters", found]);
  const rows = codesOf("truth", truth, classes);
  const columns = codesOf("clusters", found, clusters);
  const cells = new Float64Array(classes.length * clusters.length);
  const left = new Float64Array(classes.length);
  const right = new Float64Array(clusters.length);
  rows.forEach((code, row) => {
    const other = columns[row] ?? 0;
    const at = code * clusters.length + other;
    cells[at] = (cells[at] ?? 0) + 1;
    left[code] = (left[code] ?? 0) + 1;
    right[other] = (right[other] ?? 0) + 1;
  });
  return { cells, left, right, rows: truth.length };
};

const pairs = (counts: Float64Array): number => counts.reduce((sum, count) => sum + (count * (count - 1)) / 2, 0);

/**
 * Share of pairs of rows on which two labellings agree, 0 where chance alone would agree as much (Hubert and Arabie 1985): 1 for
 * the same clusters under any names.
 * @throws LabelError, MetricError
 * @example adjustedRand([0, 0, 1, 1], ["b", "b", "a", "a"]) // 1
 */
export const adjustedRand = (truth: Labels, found: Labels): number => {
  const { cells, left, right, rows } = contingencyOf(truth, found);
  const together = pairs(cells);
  const [own, other, all] = [pairs(left), pairs(right), (rows * (rows - 1)) / 2];
  // Both labellings are one cluster, or all rows alone.
  if (own === other && together === own) return 1;
  const chance = (own * other) / all;
  return (together - chance) / ((own + other) / 2 - chance);
};

const entropy = (counts: Float64Array, rows: number): number =>
  counts.reduce((sum, count) => sum - (count / rows) * Math.log(count / rows), 0);

/**
 * Mutual information of two labellings over the mean of their entropies: 0 for unrelated, 1 for the same clusters.
 * @throws LabelError, MetricError
 * @example normalisedMutualInformation([0, 0, 1, 1], [1, 1, 0, 0]) // 1
 */
export const normalisedMutualInformation = (truth: Labels, found: Labels): number => {
  const { cells, left, right, rows } = contingencyOf(truth, found);
  // Both are one cluster: nothing is to be known, and all of it is.
  if (left.length === 1 && right.length === 1) return 1;
  let information = 0;
  cells.forEach((count, at) => {
    const own = left[Math.floor(at / right.length)] ?? 0;
    const other = right[at % right.length] ?? 0;
    if (count > 0) information += (count / rows) * Math.log((count * rows) / (own * other));
  });
  if (information <= 0) return 0;
  return (2 * information) / (entropy(left, rows) + entropy(right, rows));
};
