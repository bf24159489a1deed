import type { Reference } from "../contract/reference.ts";
import { outputsOf, tallOf } from "./qr.ts";

/** Reflects the columns from `first` on of a [rows, columns] array by the vector v, whose square is 2 (or zero: no reflection). */
const reflect = (x: Float64Array, v: Float64Array, columns: number, first: number): void => {
  for (let c = first; c < columns; c++) {
    let product = 0;
    v.forEach((value, row) => {
      product += value * (x[row * columns + c] ?? 0);
    });
    v.forEach((value, row) => {
      x[row * columns + c] = (x[row * columns + c] ?? 0) - value * product;
    });
  }
};

/** Q, R and the determinant of the whole orthogonal factor, for one matrix. */
const factor = (a: ArrayLike<number>, rows: number, columns: number) => {
  const work = Float64Array.from(a);
  const vectors: Float64Array[] = [];
  let orientation = 1;
  for (let j = 0; j < columns; j++) {
    const v = Float64Array.from({ length: rows }, (_, row) => (row < j ? 0 : (work[row * columns + j] ?? 0)));
    const norm = Math.hypot(...v);
    const head = v[j] ?? 0;
    const diagonal = head > 0 ? -norm : norm;
    v[j] = head - diagonal;
    const scale = norm > 0 ? Math.sqrt(1 / (norm * (norm + Math.abs(head)))) : 0;
    vectors.push(v.map((value) => value * scale));
    reflect(work, vectors[j] ?? v, columns, j);
    work[j * columns + j] = diagonal;
    if (norm > 0) orientation = -orientation;
  }
  const q = new Float64Array(rows * columns);
  for (let j = 0; j < columns; j++) q[j * columns + j] = 1;
  for (let j = columns - 1; j >= 0; j--) reflect(q, vectors[j] ?? new Float64Array(rows), columns, j);
  const r = new Float64Array(columns * columns);
  for (let j = 0; j < columns; j++) {
    const sign = (work[j * columns + j] ?? 0) < 0 ? -1 : 1;
    orientation *= sign;
    for (let c = j; c < columns; c++) r[j * columns + c] = sign * (work[j * columns + c] ?? 0);
    for (let row = 0; row < rows; row++) q[row * columns + j] = sign * (q[row * columns + j] ?? 0);
  }
  if (!work.every(Number.isFinite)) return { q: q.fill(Number.NaN), r: r.fill(Number.NaN), orientation: Number.NaN };
  return { q, r, orientation };
};

export const qrReference: Reference = ([a]) => {
  const { count, rows, columns } = tallOf("qr", a?.type);
  const [q, r, orientation] = [count * rows * columns, count * columns * columns, count].map(
    (size) => new Float64Array(size),
  );
  if (!a || !q || !r || !orientation) return [];
  for (let matrix = 0; matrix < count; matrix++) {
    const size = rows * columns;
    const one = factor(a.data.subarray(matrix * size, (matrix + 1) * size), rows, columns);
    q.set(one.q, matrix * size);
    r.set(one.r, matrix * columns * columns);
    orientation[matrix] = one.orientation;
  }
  return outputsOf(a.type).map((type, i) => ({ type, data: [q, r, orientation][i] ?? q }));
};
