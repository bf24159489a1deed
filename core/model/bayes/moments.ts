// Weighted mean and sum of squared distances from it, by group and column, in one pass (Welford 1962; West 1979 for weights)
// that merges (Chan, Golub and LeVeque 1979): no cancellation, however far a column is from 0.
import { ArgumentError } from "@millrace/kernels";

export interface Moments {
  /** Sum of weights of each group. */
  readonly weights: Float64Array;
  /** [groups, columns]. */
  readonly means: Float64Array;
  /** [groups, columns]: sums of weight times squared distance from the mean. */
  readonly squares: Float64Array;
}

export const startMoments = (groups: number, columns: number): Moments => ({
  weights: new Float64Array(groups),
  means: new Float64Array(groups * columns),
  squares: new Float64Array(groups * columns),
});

export const copyMoments = ({ weights, means, squares }: Moments): Moments => ({
  weights: weights.slice(),
  means: means.slice(),
  squares: squares.slice(),
});

/** Adds a row to a group, in place; a row of weight 0 changes nothing. */
export const addRow = (
  { weights, means, squares }: Moments,
  group: number,
  weight: number,
  values: Float32Array,
  from: number,
): void => {
  if (weight === 0) return;
  const columns = means.length / weights.length;
  const total = (weights[group] ?? 0) + weight;
  weights[group] = total;
  for (let column = 0; column < columns; column++) {
    const at = group * columns + column;
    const value = values[from + column] ?? 0;
    const mean = means[at] ?? 0;
    const moved = mean + ((value - mean) * weight) / total;
    means[at] = moved;
    squares[at] = (squares[at] ?? 0) + weight * (value - mean) * (value - moved);
  }
};

/** @throws ArgumentError when groups or columns differ */
export const mergeMoments = (left: Moments, right: Moments): Moments => {
  if (left.weights.length !== right.weights.length || left.means.length !== right.means.length)
    throw new ArgumentError("fits of other classes or columns do not merge");
  const merged = copyMoments(left);
  const columns = left.means.length / left.weights.length;
  left.weights.forEach((own, group) => {
    const other = right.weights[group] ?? 0;
    if (other === 0) return;
    const total = own + other;
    merged.weights[group] = total;
    for (let at = group * columns; at < (group + 1) * columns; at++) {
      const shift = (right.means[at] ?? 0) - (left.means[at] ?? 0);
      merged.means[at] = (left.means[at] ?? 0) + (shift * other) / total;
      merged.squares[at] = (left.squares[at] ?? 0) + (right.squares[at] ?? 0) + (shift * shift * own * other) / total;
    }
  });
  return merged;
};
