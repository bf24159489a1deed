// QR by Householder reflections in float64 (Golub and Van Loan, Matrix Computations, 4th edition, 5.2 and 5.4), on matrices
// kept as one array a column.

/** Sum of products from an index on. */
export const dot = (left: Float64Array, right: Float64Array, from = 0, to = left.length): number => {
  let sum = 0;
  for (let i = from; i < to; i++) sum += (left[i] ?? 0) * (right[i] ?? 0);
  return sum;
};

/** target += factor * own, from an index on. */
export const addMultiple = (
  target: Float64Array,
  factor: number,
  own: Float64Array,
  from = 0,
  to = own.length,
): void => {
  for (let i = from; i < to; i++) target[i] = (target[i] ?? 0) + factor * (own[i] ?? 0);
};

/**
 * Turns the part of `column` from `at` on into a multiple of the unit vector: its reflector is left in `column` below the
 * diagonal and in `head`, and the diagonal of R is returned.
 */
const reflector = (column: Float64Array, at: number): { diagonal: number; head: number } => {
  const norm = Math.sqrt(dot(column, column, at));
  const first = column[at] ?? 0;
  const diagonal = first > 0 ? -norm : norm;
  return { diagonal, head: first - diagonal };
};

/** Applies the reflector that stands in `own` from `at` on, whose square over two is `half`. */
const reflect = (target: Float64Array, own: Float64Array, at: number, half: number): void => {
  if (half > 0) addMultiple(target, -dot(own, target, at) / half, own, at);
};

/** A triangle that reflections left, and how many steps were taken. */
export interface Triangle {
  /** Columns in the order of the steps; R[i][k] for i <= k. */
  readonly order: readonly number[];
  readonly rank: number;
}

/**
 * Reduces `columns` in place to upper triangular R and applies the same reflections to `right`.
 * With `scale`, the norms that count as 1 for each column, the column with the largest part left goes first, until no column has
 * more than `tolerance` of its scale left; without, columns go as they stand.
 */
export const triangularise = async (
  columns: Float64Array[],
  right: readonly Float64Array[],
  breathe: () => Promise<void> | undefined,
  pivot?: { readonly scale: Float64Array; readonly tolerance: number },
): Promise<Triangle> => {
  const rows = columns[0]?.length ?? 0;
  const order = columns.map((_, i) => i);
  const steps = Math.min(rows, columns.length);
  for (let at = 0; at < steps; at++) {
    await breathe();
    if (pivot) {
      let best = -1;
      let most = pivot.tolerance;
      for (let k = at; k < columns.length; k++) {
        const column = columns[k];
        const scale = pivot.scale[order[k] ?? 0] ?? 0;
        const left = column && scale > 0 ? Math.sqrt(dot(column, column, at)) / scale : 0;
        if (left > most) [most, best] = [left, k];
      }
      if (best < 0) return { order, rank: at };
      const [taken, place] = [columns[best], order[best]];
      const [here, hereplace] = [columns[at], order[at]];
      if (taken && here && place !== undefined && hereplace !== undefined) {
        [columns[at], columns[best], order[at], order[best]] = [taken, here, place, hereplace];
      }
    }
    const own = columns[at];
    if (!own) break;
    const { diagonal, head } = reflector(own, at);
    own[at] = head;
    const half = dot(own, own, at) / 2;
    for (let k = at + 1; k < columns.length; k++) reflect(columns[k] ?? own, own, at, half);
    for (const side of right) reflect(side, own, at, half);
    own[at] = diagonal;
    own.fill(0, at + 1);
  }
  return { order, rank: steps };
};
