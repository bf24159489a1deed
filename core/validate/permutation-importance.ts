// Importance of columns by what a score loses when one is shuffled (Breiman 2001, section 10), for any predictor.
import { ArgumentError } from "@millrace/kernels";
import { randomStream } from "./random-stream.ts";

/** Rows of features, row-major. */
export interface PermutedRows {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array;
}

/** See permutationImportance. */
export interface PermutationOptions<Rows extends PermutedRows> {
  readonly x: Rows;
  /** A score of predictions for rows, higher is better: accuracy, R squared, minus a loss. It knows the labels. */
  readonly score: (x: Rows) => number | Promise<number>;
  /** Shuffles of each column. Default 5. */
  readonly repeats?: number;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

/** What the score loses without a column. */
export interface ColumnImportance {
  readonly mean: number;
  /** Standard deviation over the repeats. */
  readonly deviation: number;
  /** Score of all columns minus that of each shuffle. */
  readonly losses: readonly number[];
}

/** The stream of a column's shuffles has this purpose plus its number. */
const purpose = 0x9e00000;

/** Shuffles one column of row-major values in place (Fisher and Yates). */
const shuffleColumn = (data: Float32Array, columns: number, column: number, below: (bound: number) => number): void => {
  for (let last = data.length / columns - 1; last > 0; last--) {
    const [a, b] = [last * columns + column, below(last + 1) * columns + column];
    const kept = data[a] ?? 0;
    data[a] = data[b] ?? 0;
    data[b] = kept;
  }
};

/**
 * Permutation importance of each column, in their order.
 * @throws ArgumentError unless repeats is a whole number of at least 1 and the score finite, or the signal's reason
 * @example
 * const importances = await permutationImportance({ x, seed: 1,
 *   score: async (rows) => rSquared(target, (await model.predict(rows)).prediction) });
 */
export const permutationImportance = async <Rows extends PermutedRows>(
  options: PermutationOptions<Rows>,
): Promise<ColumnImportance[]> => {
  const { x, score, repeats = 5, seed, signal } = options;
  if (!Number.isSafeInteger(repeats) || repeats < 1)
    throw new ArgumentError(`permutationImportance: repeats is a whole number of at least 1, but got ${repeats}`);
  const scored = async (rows: Rows): Promise<number> => {
    signal?.throwIfAborted();
    const value = await score(rows);
    if (!Number.isFinite(value)) throw new ArgumentError(`permutationImportance: a score is finite, but got ${value}`);
    return value;
  };
  const whole = await scored(x);
  const importances: ColumnImportance[] = [];
  for (let column = 0; column < x.columns; column++) {
    const data = x.data.slice();
    const { below } = randomStream(seed, purpose + column);
    const losses: number[] = [];
    for (let repeat = 0; repeat < repeats; repeat++) {
      shuffleColumn(data, x.columns, column, below);
      losses.push(whole - (await scored({ ...x, data })));
    }
    const mean = losses.reduce((sum, loss) => sum + loss, 0) / repeats;
    const deviation = Math.sqrt(losses.reduce((sum, loss) => sum + (loss - mean) ** 2, 0) / repeats);
    importances.push({ mean, deviation, losses });
  }
  return importances;
};
