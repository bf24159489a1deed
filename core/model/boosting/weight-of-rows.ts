// What rows weigh together, and the heaviest of them.

/** Without weights each row weighs 1. */
export const weightOfRows = (
  weights: Float64Array | undefined,
  rows: Int32Array,
): { readonly all: number; readonly largest: number } => {
  if (!weights) return { all: rows.length, largest: 1 };
  let all = 0;
  let largest = 0;
  for (const row of rows) {
    const weight = weights[row] ?? 0;
    all += weight;
    largest = Math.max(largest, weight);
  }
  return { all, largest };
};
