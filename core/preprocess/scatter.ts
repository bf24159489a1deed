// Means and sums of products of the columns of many rows, in float64: what principal components are made from. States merge
// by Chan, Golub and LeVeque's formula. Where rows are fewer than columns they are kept instead, which is less.
import { type KeptBatches, keepBatch, mergeBatches } from "./column-values.ts";
import type { StepBatch } from "./numeric-step.ts";

/** Sums of (x - mean)(x - mean)^T; of x x^T where rows are not centred, whose mean is then beside them. */
export interface Scatter {
  readonly count: number;
  readonly mean: Float64Array;
  /** Rows [width][width], the lower triangle. */
  readonly products: readonly Float64Array[];
}

/** Rows, or their scatter once they are as many as columns. */
export interface RowSums {
  readonly width: number;
  readonly rows: KeptBatches;
  readonly scatter?: Scatter | undefined;
}

export const noRows = (width: number): RowSums => ({ width, rows: [] });

export const rowCount = ({ rows, scatter }: RowSums): number =>
  (scatter?.count ?? 0) + rows.reduce((sum, batch) => sum + batch.rows, 0);

/** Rows of a block that is summed while it lies in the first cache. */
const blockRows = 128;

/** Adds the products of the columns of `block` [width][length] to the lower triangle, two rows and four columns at a time. */
const addProducts = (products: readonly Float64Array[], block: readonly Float64Array[], length: number): void => {
  const width = block.length;
  for (let i = 0; i < width; i++) {
    const own = products[i];
    const a = block[i];
    if (!own || !a) continue;
    let j = 0;
    for (; j + 3 <= i; j += 4) {
      const [b0, b1, b2, b3] = [block[j], block[j + 1], block[j + 2], block[j + 3]];
      if (!b0 || !b1 || !b2 || !b3) break;
      let [s0, s1, s2, s3] = [0, 0, 0, 0];
      for (let k = 0; k < length; k++) {
        const x = a[k] ?? 0;
        s0 += x * (b0[k] ?? 0);
        s1 += x * (b1[k] ?? 0);
        s2 += x * (b2[k] ?? 0);
        s3 += x * (b3[k] ?? 0);
      }
      own[j] = (own[j] ?? 0) + s0;
      own[j + 1] = (own[j + 1] ?? 0) + s1;
      own[j + 2] = (own[j + 2] ?? 0) + s2;
      own[j + 3] = (own[j + 3] ?? 0) + s3;
    }
    for (; j <= i; j++) {
      const b = block[j];
      let sum = 0;
      if (b) for (let k = 0; k < length; k++) sum += (a[k] ?? 0) * (b[k] ?? 0);
      own[j] = (own[j] ?? 0) + sum;
    }
  }
};

const scatterOf = ({ rows, width, values }: StepBatch, centred: boolean): Scatter => {
  const mean = new Float64Array(width);
  for (let at = 0, column = 0; at < values.length; at++) {
    mean[column] = (mean[column] ?? 0) + (values[at] ?? 0);
    if (++column === width) column = 0;
  }
  for (let k = 0; k < width; k++) mean[k] = (mean[k] ?? 0) / rows;
  const from = centred ? mean : new Float64Array(width);
  const products = Array.from({ length: width }, () => new Float64Array(width));
  const block = Array.from({ length: width }, () => new Float64Array(blockRows));
  for (let row = 0; row < rows; row += blockRows) {
    const length = Math.min(blockRows, rows - row);
    for (let i = 0, at = row * width; i < length; i++)
      for (let k = 0; k < width; k++, at++) {
        const column = block[k];
        if (column) column[i] = (values[at] ?? 0) - (from[k] ?? 0);
      }
    addProducts(products, block, length);
  }
  return { count: rows, mean, products };
};

const mergeScatters = (left: Scatter, right: Scatter, centred: boolean): Scatter => {
  const count = left.count + right.count;
  const apart = right.mean.map((own, k) => own - (left.mean[k] ?? 0));
  const factor = centred ? (left.count * right.count) / count : 0;
  return {
    count,
    mean: left.mean.map((own, k) => own + ((apart[k] ?? 0) * right.count) / count),
    products: left.products.map((row, i) => {
      const other = right.products[i] ?? row;
      const lever = factor * (apart[i] ?? 0);
      return row.map((own, j) => (j > i ? 0 : own + (other[j] ?? 0) + lever * (apart[j] ?? 0)));
    }),
  };
};

/** Rows become their scatter when they are as many as columns. */
const folded = (sums: RowSums, centred: boolean): RowSums => {
  const { width, rows } = sums;
  if (rows.length === 0 || rowCount(sums) < width) return sums;
  let { scatter } = sums;
  for (const batch of rows) {
    const own = scatterOf(batch, centred);
    scatter = scatter ? mergeScatters(scatter, own, centred) : own;
  }
  return { width, rows: [], scatter };
};

export const addRows = (sums: RowSums, batch: StepBatch, centred: boolean): RowSums =>
  batch.rows === 0 ? sums : folded({ ...sums, rows: keepBatch(sums.rows, batch) }, centred);

export const mergeRows = (left: RowSums, right: RowSums, centred: boolean): RowSums => {
  const rows = mergeBatches(left.rows, right.rows);
  const { width } = left;
  if (!left.scatter || !right.scatter) return folded({ width, rows, scatter: left.scatter ?? right.scatter }, centred);
  return folded({ width, rows, scatter: mergeScatters(left.scatter, right.scatter, centred) }, centred);
};
