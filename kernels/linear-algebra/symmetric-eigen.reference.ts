import type { Reference } from "../contract/reference.ts";
import { mostSweeps, pairOf, powerBelow, rotateRows, rotationOf, seatsOf, signOf } from "./jacobi.ts";
import { squareOf } from "./shape.ts";
import { outputsOf } from "./symmetric-eigen.ts";

/** Eigenvalues in ascending order and the eigenvectors as rows beside them. */
const eigenOf = (a: ArrayLike<number>, size: number): { values: number[]; vectors: Float64Array[] } => {
  const lower = Array.from({ length: size * size }, (_, e) => {
    const [row, column] = [Math.floor(e / size), e % size];
    return a[Math.max(row, column) * size + Math.min(row, column)] ?? Number.NaN;
  });
  const power = powerBelow(lower);
  const rows = Array.from({ length: size }, (_, i) =>
    Float64Array.from(lower.slice(i * size, (i + 1) * size), (value) => value / power),
  );
  const vectors = rows.map((_, i) => Float64Array.from({ length: size }, (__, k) => (i === k ? 1 : 0)));
  if (!lower.every(Number.isFinite))
    return { values: rows.map(() => Number.NaN), vectors: vectors.map((vector) => vector.fill(Number.NaN)) };
  const seats = seatsOf(size);
  let again = true;
  for (let sweep = 0; sweep < mostSweeps && again; sweep++) {
    again = false;
    for (let round = 0; round < seats - 1; round++) {
      for (let pair = 0; pair < seats / 2; pair++) {
        const [p, q] = pairOf(seats, round, pair);
        const [x, y, u, v] = [rows[p], rows[q], vectors[p], vectors[q]];
        if (!x || !y || !u || !v || Math.abs(x[q] ?? 0) <= 1e-18) continue;
        again = true;
        const [c, s] = rotationOf(x[p] ?? 0, y[q] ?? 0, x[q] ?? 0);
        rotateRows(x, y, c, s);
        rotateRows(u, v, c, s);
        for (const row of rows)
          [row[p], row[q]] = [c * (row[p] ?? 0) - s * (row[q] ?? 0), s * (row[p] ?? 0) + c * (row[q] ?? 0)];
        x[q] = 0;
        y[p] = 0;
      }
    }
  }
  const values = rows.map((row, i) => power * (row[i] ?? 0));
  const order = [...values.keys()].sort((i, k) => (values[i] ?? 0) - (values[k] ?? 0) || i - k);
  return {
    values: order.map((i) => values[i] ?? 0),
    vectors: order.map((i) => {
      const vector = vectors[i] ?? new Float64Array(size);
      const sign = signOf(vector);
      return vector.map((value) => sign * value);
    }),
  };
};

export const symmetricEigenReference: Reference = ([a]) => {
  const { count, size } = squareOf("symmetricEigen", a?.type);
  const values = new Float64Array(count * size);
  const vectors = new Float64Array(count * size * size);
  for (let matrix = 0; matrix < count; matrix++) {
    const base = matrix * size * size;
    const one = eigenOf(a?.data.subarray(base, base + size * size) ?? [], size);
    values.set(one.values, matrix * size);
    one.vectors.forEach((vector, column) => {
      vector.forEach((value, row) => {
        vectors[base + row * size + column] = value;
      });
    });
  }
  return outputsOf(a?.type).map((type, i) => ({ type, data: i === 0 ? values : vectors }));
};
