// Singular values and vectors of matrices with at least as many rows as columns, by one-sided Jacobi rotations (Hestenes
// 1958; Demmel and Veselic 1992 for its accuracy, which that of A^T A's eigenvalues does not reach).
import { type Attributes, type Case, op, type ReferenceTensor } from "../contract/op.ts";
import type { TensorType } from "../contract/tensor-type.ts";
import { within } from "../contract/tolerance.ts";
import { givenNumbers } from "./given.cases.ts";
import { mostSweeps, pairOf, powerBelow, rotateRows, rotationOf, seatsOf, signOf } from "./jacobi.ts";
import { tallOf } from "./qr.ts";
import { svdWasm } from "./svd.launch.ts";
import { svdWebGPU } from "./svd.wgsl.ts";

const outputsOf = (type: TensorType | undefined): TensorType[] => {
  const { columns } = tallOf("svd", type);
  const shape = type?.shape ?? [];
  const leading = shape.slice(0, -2);
  return [
    { dtype: "f32", shape },
    { dtype: "f32", shape: [...leading, columns] },
    { dtype: "f32", shape: [...leading, columns, columns] },
  ];
};

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

const reference = ([a]: readonly ReferenceTensor[]): ReferenceTensor[] => {
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

const call = (shape: number[], values: number[]): Case => ({
  inputs: [{ dtype: "f32", shape }],
  attributes: {},
  values: [values],
});

/** A diagonal of sizes that are 1 apart (7 divides no count of columns) and small numbers elsewhere: singular values are apart. */
const apart = (rows: number, columns: number, ...leading: number[]): Case => {
  const count = leading.reduce((product, axis) => product * axis, 1);
  const values = givenNumbers(count * rows * columns, rows + 5 * columns).map((value, e) => {
    const [row, column] = [Math.floor(e / columns) % rows, e % columns];
    return Math.fround(row === column ? 1 + ((row * 7) % columns) : value / (2 * Math.sqrt(rows)));
  });
  return call([...leading, rows, columns], values);
};

/**
 * A = U diag(s) V^T of f32 [..., m, n] with m >= n: U [..., m, n] with orthonormal columns, s [..., n] descending, V [...,
 * n, n] orthogonal. The first component of each column of V whose magnitude is at least nine tenths of the largest is
 * positive. Where a singular value is 0 the column of U is any that completes it. A matrix that is not finite gives NaN.
 */
export const svd = op<Attributes>({
  name: "svd",
  inputs: ["a"],
  outputs: ([a]) => outputsOf(a),
  // Eight sweeps of n^2 / 2 pairs: three products of m, a rotation of m + n.
  work: ([a]) => {
    const { count, rows, columns } = tallOf("svd", a);
    return {
      flops: 4 * count * columns ** 2 * (12 * rows + 6 * columns),
      bytes: 4 * count * columns * (2 * rows + columns + 1),
    };
  },
  // A vector's error is that of the matrix over the gap of its singular value, about 1 in the cases.
  tolerance: ([a]) => within(2e-6, 2e-6 + 3e-7 * tallOf("svd", a).columns),
  reference,
  kernels: [...svdWasm, ...svdWebGPU],
  cases: [
    ...[1, 2, 3, 4, 5, 8, 17, 32, 33].map((size) => apart(size, size)),
    apart(2, 1),
    apart(9, 4),
    apart(70, 3),
    apart(64, 20),
    apart(5, 3, 2, 3),
    apart(3, 2, 70),
    apart(3, 2, 0),
    apart(3, 0, 2),
    call([3, 2], [0, 0, 0, 0, 0, 0]),
    call([3, 2], [0, 2, 0, 0, 0, 0]),
    call([2, 2], [2e30, 0, 5e29, -1e30]),
    call([2, 2, 2], [1, 0, Number.NaN, 1, 3, 1, 0, 2]),
    call([2, 2], [Number.POSITIVE_INFINITY, 0, 0, 1]),
  ],
});
