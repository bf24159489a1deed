// What metrics of order need to know of rows: the distinct values with the weight of each kind of row at each, sorted. Exact
// and mergeable: two shards' lists are merged as sorted lists are, and equal values' weights added.

/** Distinct values, the largest first, with weights. */
export interface Distribution {
  readonly values: Float64Array;
  /** How many kinds of rows are told apart. */
  readonly kinds: number;
  /** [values, kinds], row-major: sums of weights. */
  readonly weights: Float64Array;
}

/** The rows by falling value; of equal values the earlier row first. */
export const fallingOrder = (value: (row: number) => number, rows: ArrayLike<number>): Uint32Array => {
  const order = Uint32Array.from(rows);
  const values = Float64Array.from(order, value);
  const places = Uint32Array.from({ length: order.length }, (_, place) => place);
  places.sort((left, right) => (values[right] ?? 0) - (values[left] ?? 0));
  return places.map((place) => order[place] ?? 0);
};

/** The distribution of some rows. @param kind from 0 to kinds - 1 */
export const distributionOf = (
  rows: ArrayLike<number>,
  value: (row: number) => number,
  weights: ArrayLike<number>,
  kinds: number,
  kind: (row: number) => number,
): Distribution => {
  const order = fallingOrder(value, rows);
  const values = new Float64Array(order.length);
  const sums = new Float64Array(order.length * kinds);
  let distinct = 0;
  for (let i = 0; i < order.length; i++) {
    const row = order[i] ?? 0;
    const own = value(row);
    if (distinct === 0 || own !== values[distinct - 1]) values[distinct++] = own;
    const at = (distinct - 1) * kinds + kind(row);
    sums[at] = (sums[at] ?? 0) + (weights[row] ?? 0);
  }
  return { values: values.slice(0, distinct), kinds, weights: sums.slice(0, distinct * kinds) };
};

/** The distribution of both. */
export const mergeDistributions = (left: Distribution, right: Distribution): Distribution => {
  const { kinds } = left;
  const most = left.values.length + right.values.length;
  const values = new Float64Array(most);
  const weights = new Float64Array(most * kinds);
  let distinct = 0;
  for (let i = 0, j = 0; i < left.values.length || j < right.values.length; distinct++) {
    const a = left.values[i] ?? Number.NEGATIVE_INFINITY;
    const b = right.values[j] ?? Number.NEGATIVE_INFINITY;
    values[distinct] = Math.max(a, b);
    for (let kind = 0; kind < kinds; kind++)
      weights[distinct * kinds + kind] =
        (a >= b ? (left.weights[i * kinds + kind] ?? 0) : 0) + (b >= a ? (right.weights[j * kinds + kind] ?? 0) : 0);
    if (a >= b) i++;
    if (b >= a) j++;
  }
  return { values: values.slice(0, distinct), kinds, weights: weights.slice(0, distinct * kinds) };
};
