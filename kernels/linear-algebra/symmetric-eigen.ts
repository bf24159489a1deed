// Eigenvalues and eigenvectors of symmetric matrices by Jacobi's rotations (Golub, Van Loan, Matrix Computations, 8.5).
import { type Attributes, type Case, op, type ReferenceTensor } from "../contract/op.ts";
import type { TensorType } from "../contract/tensor-type.ts";
import { within } from "../contract/tolerance.ts";
import { givenNumbers } from "./given.cases.ts";
import { mostSweeps, pairOf, powerBelow, rotateRows, rotationOf, seatsOf, signOf } from "./jacobi.ts";
import { squareOf } from "./shape.ts";
import { symmetricEigenWasm } from "./symmetric-eigen.launch.ts";
import { symmetricEigenWebGPU } from "./symmetric-eigen.wgsl.ts";

const outputsOf = (type: TensorType | undefined): TensorType[] => {
  squareOf("symmetricEigen", type);
  const shape = type?.shape ?? [];
  return [
    { dtype: "f32", shape: shape.slice(0, -1) },
    { dtype: "f32", shape },
  ];
};

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

const reference = ([a]: readonly ReferenceTensor[]): ReferenceTensor[] => {
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

const call = (shape: number[], values: number[]): Case => ({
  inputs: [{ dtype: "f32", shape }],
  attributes: {},
  values: [values],
});

/** Symmetric with a diagonal that grows by 1 with each row, so that eigenvalues are apart and vectors are well-conditioned. */
const apart = (size: number, ...leading: number[]): Case => {
  const count = leading.reduce((product, axis) => product * axis, 1);
  const values = givenNumbers(count * size * size, size + 5).map((value, e) => {
    const [row, column] = [Math.floor(e / size) % size, e % size];
    return Math.fround(row === column ? ((row * 7) % size) + value / 8 : value / (2 * Math.sqrt(size)));
  });
  return call([...leading, size, size], values);
};

/**
 * Eigenvalues [..., n], ascending, and eigenvectors [..., n, n] as columns, of symmetric f32 [..., n, n]. Only the lower
 * triangle is read. The first component of each vector whose magnitude is at least nine tenths of the largest is positive.
 * A matrix with an element that is not finite in that triangle gives NaN.
 */
export const symmetricEigen = op<Attributes>({
  name: "symmetricEigen",
  inputs: ["a"],
  outputs: ([a]) => outputsOf(a),
  // Eight sweeps of n^2 / 2 rotations of 18 n operations.
  work: ([a]) => {
    const { count, size } = squareOf("symmetricEigen", a);
    return { flops: 72 * count * size ** 3, bytes: 4 * count * size * (2 * size + 1) };
  },
  // A rotation rounds once; a vector's error is that of the matrix over the gap of its eigenvalue, about 1 in the cases.
  tolerance: ([a]) => within(2e-6, 1e-6 + 3e-7 * squareOf("symmetricEigen", a).size),
  reference,
  kernels: [...symmetricEigenWasm, ...symmetricEigenWebGPU],
  cases: [
    ...[1, 2, 3, 4, 5, 8, 17, 32, 33].map((size) => apart(size)),
    apart(3, 2),
    apart(4, 2, 3),
    apart(2, 70),
    apart(3, 0),
    apart(0, 2),
    call([2, 2], [2, 99, 1, 2]),
    call([3, 3], [0, 0, 0, 0, 0, 0, 0, 0, 0]),
    call([2, 2], [1e30, 0, 5e29, -1e30]),
    call([2, 2], [1e-30, 0, 5e-31, -1e-30]),
    call([2, 2, 2], [1, 0, Number.NaN, 1, 3, Number.NaN, 0, 2]),
    call([2, 2], [Number.POSITIVE_INFINITY, 0, 0, 1]),
  ],
});
