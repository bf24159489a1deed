import type { Reference } from "../contract/reference.ts";
import { mostSweeps, pairOf, powerBelow, rotateRows, rotationOf, seatsOf, signOf } from "./jacobi.ts";
import { tallOf } from "./qr.ts";
import { outputsOf } from "./svd.ts";

const dot = (x: Float64Array, y: Float64Array): number => x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0);

/** A unit vector across all of `basis`: what is left of the unit vector that is least in their span. */
const complement = (basis: readonly Float64Array[], rows: number): Float64Array => {
  const left = Array.from({ length: rows }, (_, i) => basis.reduce((rest, u) => rest - (u[i] ?? 0) ** 2, 1));
  const at = left.indexOf(Math.max(...left));
  const result = Float64Array.from({ length: rows }, (_, i) => (i === at ? 1 : 0));
  for (let pass = 0; pass < 2; pass++) {
    for (const u of basis) {
      const product = dot(u, result);
      result.forEach((value, i) => {
        result[i] = value - product * (u[i] ?? 0);
      });
    }
  }
  const norm = Math.sqrt(dot(result, result));
  return result.map((value) => value / norm);
};

interface Factors {
  readonly u: readonly Float64Array[];
  readonly s: readonly number[];
  readonly v: readonly Float64Array[];
}

/** Singular values in descending order with left and right vectors as rows. */
const factor = (a: ArrayLike<number>, rows: number, columns: number): Factors => {
  const power = powerBelow(a);
  const x = Array.from({ length: columns }, (_, j) =>
    Float64Array.from({ length: rows }, (__, i) => (a[i * columns + j] ?? 0) / power),
  );
  const right = x.map((_, j) => Float64Array.from({ length: columns }, (__, k) => (j === k ? 1 : 0)));
  if (!Array.from(a).every(Number.isFinite)) {
    const nan = (vectors: Float64Array[]) => vectors.map((vector) => vector.fill(Number.NaN));
    return { u: nan(x), s: x.map(() => Number.NaN), v: nan(right) };
  }
  const seats = seatsOf(columns);
  let again = true;
  for (let sweep = 0; sweep < mostSweeps && again; sweep++) {
    again = false;
    for (let round = 0; round < seats - 1; round++) {
      for (let pair = 0; pair < seats / 2; pair++) {
        const [p, q] = pairOf(seats, round, pair);
        const [y, z, f, g] = [x[p], x[q], right[p], right[q]];
        if (!y || !z || !f || !g) continue;
        const [first, second, across] = [dot(y, y), dot(z, z), dot(y, z)];
        if (Math.abs(across) <= 1e-15 * Math.sqrt(first) * Math.sqrt(second) || Math.min(first, second) < 1e-40)
          continue;
        again = true;
        const [c, s] = rotationOf(first, second, across);
        rotateRows(y, z, c, s);
        rotateRows(f, g, c, s);
      }
    }
  }
  const norms = x.map((column) => Math.sqrt(dot(column, column)));
  const order = [...norms.keys()].sort((i, k) => (norms[k] ?? 0) - (norms[i] ?? 0) || i - k);
  const u: Float64Array[] = [];
  const v = order.map((i) => {
    const vector = right[i] ?? new Float64Array(columns);
    const [norm, sign] = [norms[i] ?? 0, signOf(vector)];
    u.push(norm < 1e-20 ? complement(u, rows) : (x[i]?.map((value) => (sign * value) / norm) ?? vector));
    return vector.map((value) => sign * value);
  });
  return { u, s: order.map((i) => power * (norms[i] ?? 0)), v };
};

export const svdReference: Reference = ([a]) => {
  const { count, rows, columns } = tallOf("svd", a?.type);
  const u = new Float64Array(count * rows * columns);
  const s = new Float64Array(count * columns);
  const v = new Float64Array(count * columns * columns);
  for (let matrix = 0; matrix < count; matrix++) {
    const size = rows * columns;
    const one = factor(a?.data.subarray(matrix * size, (matrix + 1) * size) ?? [], rows, columns);
    s.set(one.s, matrix * columns);
    for (let j = 0; j < columns; j++) {
      for (let i = 0; i < rows; i++) u[matrix * size + i * columns + j] = one.u[j]?.[i] ?? 0;
      for (let i = 0; i < columns; i++) v[(matrix * columns + i) * columns + j] = one.v[j]?.[i] ?? 0;
    }
  }
  return outputsOf(a?.type).map((type, i) => ({ type, data: [u, s, v][i] ?? u }));
};
