// SHAP values of ensembles of trees by the way that training rows took (TreeSHAP, path dependent; Lundberg, Erion and Lee
// 2018, algorithm 2): exact Shapley values in time of leaves times squared depth instead of two to the power of columns.
import { ArgumentError } from "@millrace/kernels";
import { breather } from "../breath.ts";
import type { FittedModel, Matrix, Plain } from "../estimator.ts";
import { childOf, ensembleOf, type TreeEnsemble } from "./ensemble.ts";

/** What each column adds to each row's answer. */
export interface ShapValues {
  readonly rows: number;
  readonly outputs: number;
  readonly columns: number;
  /** [rows, outputs, columns], row-major. With `base` they sum to what the trees answer. */
  readonly values: Float64Array;
  /** [outputs]: the answer expected before any column is known, over the training rows. */
  readonly base: Float64Array;
}

/** A way from a root: for each column on it the part of rows that go on when it is unknown (zero) or known (one). */
interface Way {
  readonly column: Int32Array;
  readonly zero: Float64Array;
  readonly one: Float64Array;
  /** Weight of the subsets of each size. */
  readonly weight: Float64Array;
}

/** Adds a column to the way's first `length` entries. */
const extend = ({ column, zero, one, weight }: Way, length: number, own: number, z: number, o: number): void => {
  column[length] = own;
  zero[length] = z;
  one[length] = o;
  weight[length] = length === 0 ? 1 : 0;
  for (let i = length - 1; i >= 0; i--) {
    const before = weight[i] ?? 0;
    weight[i + 1] = (weight[i + 1] ?? 0) + (o * before * (i + 1)) / (length + 1);
    weight[i] = (z * before * (length - i)) / (length + 1);
  }
};

/** Takes entry `at` out of a way of `length` entries. */
const unwind = ({ column, zero, one, weight }: Way, length: number, at: number): void => {
  const o = one[at] ?? 0;
  const z = zero[at] ?? 0;
  let next = weight[length - 1] ?? 0;
  for (let i = length - 2; i >= 0; i--) {
    const before = weight[i] ?? 0;
    if (o === 0) weight[i] = (before * length) / (z * (length - 1 - i));
    else {
      weight[i] = (next * length) / ((i + 1) * o);
      next = before - ((weight[i] ?? 0) * z * (length - 1 - i)) / length;
    }
  }
  for (let i = at; i < length - 1; i++) {
    column[i] = column[i + 1] ?? 0;
    zero[i] = zero[i + 1] ?? 0;
    one[i] = one[i + 1] ?? 0;
  }
};

/** The sum of the weights that unwind would leave. */
const unwoundSum = ({ zero, one, weight }: Way, length: number, at: number): number => {
  const o = one[at] ?? 0;
  const z = zero[at] ?? 0;
  let next = weight[length - 1] ?? 0;
  let sum = 0;
  for (let i = length - 2; i >= 0; i--) {
    if (o === 0) {
      sum += (weight[i] ?? 0) / (z * (length - 1 - i));
      continue;
    }
    const own = next / ((i + 1) * o);
    sum += own;
    next = (weight[i] ?? 0) - own * z * (length - 1 - i);
  }
  return sum * length;
};

const newWay = (size: number): Way => ({
  column: new Int32Array(size),
  zero: new Float64Array(size),
  one: new Float64Array(size),
  weight: new Float64Array(size),
});

/** Copies the first entries of a way. */
const copyWay = (from: Way, to: Way, length: number): void => {
  to.column.set(from.column.subarray(0, length));
  to.zero.set(from.zero.subarray(0, length));
  to.one.set(from.one.subarray(0, length));
  to.weight.set(from.weight.subarray(0, length));
};

/** Part of a node's training rows that went to one of its children. */
const partOf = (covers: Float32Array, child: number, node: number): number =>
  (covers[child] ?? 0) / (covers[node] ?? 1);

/** Answer of each output expected over the training rows. */
const expected = ({ splits, values, width, roots, groups }: TreeEnsemble, covers: Float32Array): Float64Array => {
  const base = new Float64Array(width * groups);
  roots.forEach((root, tree) => {
    const open: [number, number][] = [[root, 1]];
    for (let top = open.pop(); top; top = open.pop()) {
      const [node, part] = top;
      const left = splits[4 * node + 2] ?? -1;
      const right = splits[4 * node + 3] ?? -1;
      if (left >= 0) open.push([left, part * partOf(covers, left, node)], [right, part * partOf(covers, right, node)]);
      else
        for (let k = 0; k < width; k++) {
          const output = (tree % groups) * width + k;
          base[output] = (base[output] ?? 0) + part * (values[node * width + k] ?? 0);
        }
    }
  });
  return base;
};

/** Adds one tree's values for one row. */
const explain = (
  ensemble: TreeEnsemble,
  covers: Float32Array,
  root: number,
  x: Matrix,
  row: number,
  ways: readonly Way[],
  add: (column: number, node: number, factor: number) => void,
): void => {
  const { splits } = ensemble;
  const go = (node: number, level: number, length: number, column: number, z: number, o: number): void => {
    const way = ways[level];
    if (!way) return;
    const above = ways[level - 1];
    if (above) copyWay(above, way, length);
    extend(way, length, column, z, o);
    let own = length + 1;
    const left = splits[4 * node + 2] ?? -1;
    const right = splits[4 * node + 3] ?? -1;
    if (left < 0) {
      for (let i = 1; i < own; i++)
        add(way.column[i] ?? 0, node, unwoundSum(way, own, i) * ((way.one[i] ?? 0) - (way.zero[i] ?? 0)));
      return;
    }
    const split = splits[4 * node] ?? 0;
    let [zeroBefore, oneBefore] = [1, 1];
    // The first entry stands for no column.
    for (let i = 1; i < own; i++) {
      if (way.column[i] !== split) continue;
      zeroBefore = way.zero[i] ?? 1;
      oneBefore = way.one[i] ?? 1;
      unwind(way, own, i);
      own--;
      break;
    }
    const hot = childOf(ensemble, node, x.data[row * x.columns + split] ?? Number.NaN);
    const cold = hot === left ? right : left;
    go(hot, level + 1, own, split, zeroBefore * partOf(covers, hot, node), oneBefore);
    // A branch that no training row took has no part in any expectation.
    if ((covers[cold] ?? 0) > 0) go(cold, level + 1, own, split, zeroBefore * partOf(covers, cold, node), 0);
  };
  go(root, 0, 0, -1, 1, 1);
};

/** The trees that a model's answer is the mean of; 1 where it is their sum. */
const divisorOf = (state: Plain): number => {
  const average =
    state !== null && typeof state === "object" && !Array.isArray(state) ? Reflect.get(state, "average") : 1;
  return typeof average === "number" ? average : 1;
};

/**
 * SHAP values of the sums (or, of forests, the means) that a fitted model's trees answer: of a forest its probabilities or
 * prediction; of boosting its margins without the constant that it starts from.
 * @param x rows of the columns of the fit; NaN is missing
 * @throws ArgumentError for a model that is none of trees, or whose fit kept no `trees.covers`
 * @example
 * const { values, base } = await shapValues(model, matrixOf([[5.1, 3.5, 1.4, 0.2]]));
 */
export const shapValues = async (
  model: FittedModel,
  x: Matrix,
  options: { readonly signal?: AbortSignal } = {},
): Promise<ShapValues> => {
  const ensemble = ensembleOf(model);
  const { covers, width, groups, roots, values, depth } = ensemble;
  if (!covers)
    throw new ArgumentError('SHAP values take the rows that reached each node, but the model has no "trees.covers"');
  const outputs = width * groups;
  const result = new Float64Array(x.rows * outputs * x.columns);
  const divisor = divisorOf(model.state);
  const ways = Array.from({ length: depth + 1 }, () => newWay(depth + 2));
  const breath = breather(options.signal);
  for (let row = 0; row < x.rows; row++) {
    const pause = breath();
    if (pause) await pause;
    for (const [tree, root] of roots.entries()) {
      const first = (row * outputs + (tree % groups) * width) * x.columns;
      explain(ensemble, covers, root, x, row, ways, (column, node, factor) => {
        for (let k = 0; k < width; k++) {
          const at = first + k * x.columns + column;
          result[at] = (result[at] ?? 0) + (factor * (values[node * width + k] ?? 0)) / divisor;
        }
      });
    }
  }
  const base = expected(ensemble, covers).map((value) => value / divisor);
  return { rows: x.rows, outputs, columns: x.columns, values: result, base };
};
