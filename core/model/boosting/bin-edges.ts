// Where a column is cut into bins: between all distinct values while they are few, else so that bins hold as equal counts as
// ties allow (LightGBM's GreedyFindBin, without its bin of zeros).

/** Rows that a bin holds at least, as in LightGBM. */
const leastRows = 3;

/** The middle of a < b in float32, but below b: a value is at most this exactly when it is at most a. */
const edgeBetween = (a: number, b: number): number => {
  const middle = Math.fround(a / 2 + b / 2);
  return middle >= a && middle < b ? middle : a;
};

/**
 * Upper edges of all bins but the last, rising: a value's bin is the number of edges below it.
 * @param sorted values of a column without missing ones, rising
 * @param most bins at most
 */
export const binEdges = (sorted: Float32Array, most: number): Float32Array => {
  const values: number[] = [];
  const counts: number[] = [];
  for (const value of sorted) {
    if (value !== values.at(-1)) {
      values.push(value);
      counts.push(0);
    }
    counts[counts.length - 1] = (counts.at(-1) ?? 0) + 1;
  }
  const edges: number[] = [];
  const cutBehind = (i: number): void => {
    edges.push(edgeBetween(values[i] ?? 0, values[i + 1] ?? 0));
  };
  let inBin = 0;
  if (values.length <= most) {
    for (let i = 0; i + 1 < values.length; i++) {
      inBin += counts[i] ?? 0;
      if (inBin < leastRows) continue;
      cutBehind(i);
      inBin = 0;
    }
    return Float32Array.from(edges);
  }
  const bins = Math.max(1, Math.min(most, Math.floor(sorted.length / leastRows)));
  // Values as frequent as a mean bin have bins of their own; the others share what is left.
  const isBig = counts.map((count) => count >= sorted.length / bins);
  let restBins = bins;
  let restRows = sorted.length;
  counts.forEach((count, i) => {
    if (!isBig[i]) return;
    restBins--;
    restRows -= count;
  });
  let mean = restRows / restBins;
  for (let i = 0; i + 1 < values.length && edges.length < bins - 1; i++) {
    const big = isBig[i] ?? false;
    if (!big) restRows -= counts[i] ?? 0;
    inBin += counts[i] ?? 0;
    if (!big && inBin < mean && !(isBig[i + 1] && inBin >= Math.max(1, mean / 2))) continue;
    cutBehind(i);
    inBin = 0;
    if (!big) mean = restRows / --restBins;
  }
  return Float32Array.from(edges);
};
