// SMOTE and SMOTE-NC over a matrix: see smote.ts.
import { ArgumentError } from "@millrace/kernels";
import { breather } from "../model/breath.ts";
import { checkCount } from "../model/check-option.ts";
import type { FitData, Matrix } from "../model/estimator.ts";
import { randomStream } from "../validate/random-stream.ts";
import type { SMOTE } from "./smote.ts";

const smotePurpose = 0x5307_e000;

const valueAt = ({ data, columns }: Matrix, row: number, column: number): number => data[row * columns + column] ?? 0;

/** The squared median deviation of the quantities: what a different category adds to a squared distance. */
const mismatchOf = (x: Matrix, rows: readonly number[], categories: ReadonlySet<number>): number => {
  if (categories.size === 0) return 0;
  const deviations: number[] = [];
  for (let column = 0; column < x.columns; column++) {
    if (categories.has(column)) continue;
    const mean = rows.reduce((sum, row) => sum + valueAt(x, row, column), 0) / rows.length;
    const squares = rows.reduce((sum, row) => sum + (valueAt(x, row, column) - mean) ** 2, 0);
    deviations.push(Math.sqrt(squares / rows.length));
  }
  deviations.sort((a, b) => a - b);
  const half = deviations.length / 2;
  // Where there is nothing but categories, mismatches are counted.
  if (deviations.length === 0) return 1;
  return (((deviations[Math.floor(half - 0.5)] ?? 0) + (deviations[Math.floor(half)] ?? 0)) / 2) ** 2;
};

/** The value that most of some rows have in a column; of equals the smallest. */
const commonest = (x: Matrix, rows: readonly number[], column: number): number => {
  const counts = new Map<number, number>();
  for (const row of rows) {
    const value = valueAt(x, row, column);
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].sort(([a, countA], [b, countB]) => countB - countA || a - b)[0]?.[0] ?? 0;
};

/** See smote.ts. */
export const oversample = async (
  data: FitData,
  { kind, kNeighbors }: SMOTE,
  seed: number,
  signal?: AbortSignal,
): Promise<FitData> => {
  checkCount(kind, "kNeighbors", kNeighbors);
  const { x, codes, weights } = data;
  if (!codes) throw new ArgumentError(`${kind} evens out classes: give codes, the class of each row`);
  const gap = x.data.findIndex((value) => !Number.isFinite(value));
  if (gap >= 0)
    throw new ArgumentError(
      `${kind}: row ${Math.floor(gap / x.columns)} of column "${x.names[gap % x.columns]}" is ${x.data[gap]}, between which and another there is no place: impute it first`,
    );
  const byClass = new Map<number, number[]>();
  codes.forEach((code, row) => {
    const own = byClass.get(code);
    if (own) own.push(row);
    else byClass.set(code, [row]);
  });
  const largest = Math.max(...[...byClass.values()].map((rows) => rows.length));
  const categories = new Set(x.categorical);
  const stream = randomStream(seed, smotePurpose);
  const breathe = breather(signal);
  const made: number[] = [];
  const madeCodes: number[] = [];
  const madeWeights: number[] = [];
  for (const [code, rows] of [...byClass].sort(([a], [b]) => a - b)) {
    if (rows.length === largest) continue;
    if (rows.length < 2)
      throw new ArgumentError(
        `${kind}: the class of row ${rows[0]} has 1 row, so there is no neighbour to lie towards: leave it out, or use class weights`,
      );
    const mismatch = mismatchOf(x, rows, categories);
    const distance = (left: number, right: number): number => {
      let sum = 0;
      for (let column = 0; column < x.columns; column++) {
        const apart = valueAt(x, left, column) - valueAt(x, right, column);
        sum += categories.has(column) ? (apart === 0 ? 0 : mismatch) : apart * apart;
      }
      return sum;
    };
    const known = new Map<number, number[]>();
    const neighboursOf = (row: number): number[] => {
      const found =
        known.get(row) ??
        rows
          .filter((other) => other !== row)
          .map((other) => ({ other, apart: distance(row, other) }))
          .sort((a, b) => a.apart - b.apart || a.other - b.other)
          .slice(0, kNeighbors)
          .map(({ other }) => other);
      known.set(row, found);
      return found;
    };
    for (let count = rows.length; count < largest; count++) {
      await breathe();
      const row = rows[stream.below(rows.length)] ?? 0;
      const neighbours = neighboursOf(row);
      const other = neighbours[stream.below(neighbours.length)] ?? row;
      const share = stream.uniform();
      for (let column = 0; column < x.columns; column++) {
        const own = valueAt(x, row, column);
        made.push(
          categories.has(column) ? commonest(x, neighbours, column) : own + share * (valueAt(x, other, column) - own),
        );
      }
      madeCodes.push(code);
      madeWeights.push(weights?.[row] ?? 1);
    }
  }
  const all = new Float32Array(x.data.length + made.length);
  all.set(x.data);
  all.set(made, x.data.length);
  return {
    ...data,
    x: { ...x, rows: x.rows + madeCodes.length, data: all },
    codes: Int32Array.from([...codes, ...madeCodes]),
    weights: weights && Float64Array.from([...weights, ...madeWeights]),
  };
};
