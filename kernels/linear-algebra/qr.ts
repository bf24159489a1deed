// QR of matrices with at least as many rows as columns, by Householder's reflections, which keep Q orthogonal whatever the
// condition (Golub, Van Loan, Matrix Computations, 5.2). The diagonal of R is not negative, which makes Q and R unique.
import { ShapeError } from "../contract/error.ts";
import { type Attributes, type Case, op, type ReferenceTensor } from "../contract/op.ts";
import { describeType, type TensorType } from "../contract/tensor-type.ts";
import { within } from "../contract/tolerance.ts";
import { givenDominant, givenNumbers } from "./given.cases.ts";
import { qrWasm } from "./qr.launch.ts";
import { qrWebGPU } from "./qr.wgsl.ts";
import { type Matrices, matricesOf } from "./shape.ts";

/** Matrices that are not wide. @throws ShapeError when they have more columns than rows */
export const tallOf = (name: string, type: TensorType | undefined): Matrices => {
  const sizes = matricesOf(name, type);
  if (sizes.columns > sizes.rows)
    throw new ShapeError(
      `the op ${name} takes at least as many rows as columns, but got ${type ? describeType(type) : "nothing"}; factor the transpose`,
    );
  return sizes;
};

const outputsOf = (type: TensorType | undefined): TensorType[] => {
  const { columns } = tallOf("qr", type);
  const leading = type?.shape.slice(0, -2) ?? [];
  return [
    { dtype: "f32", shape: type?.shape ?? [] },
    { dtype: "f32", shape: [...leading, columns, columns] },
    { dtype: "f32", shape: leading },
  ];
};

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

const reference = ([a]: readonly ReferenceTensor[]): ReferenceTensor[] => {
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

const product = (axes: readonly number[]): number => axes.reduce((total, axis) => total * axis, 1);
const call = (shape: number[], values: (string | number[])[]): Case => ({
  inputs: [{ dtype: "f32", shape }],
  attributes: {},
  values,
});
const tall = (...shape: number[]): Case => call(shape, [givenNumbers(product(shape), product(shape) + 1)]);
const square = (size: number, ...leading: number[]): Case =>
  call([...leading, size, size], [givenDominant(product(leading), size, size + 3)]);

/**
 * Reduced QR of f32 [..., m, n] with m >= n: Q [..., m, n] with orthonormal columns, upper triangular R [..., n, n] with a
 * diagonal of at least 0, and [...] the determinant (1 or -1) of the orthogonal matrix whose first columns Q is: for
 * square matrices that of Q. A matrix with an element that is not finite gives NaN.
 */
export const qr = op<Attributes>({
  name: "qr",
  inputs: ["a"],
  outputs: ([a]) => outputsOf(a),
  work: ([a]) => {
    const { count, rows, columns } = tallOf("qr", a);
    const reflections = 2 * columns ** 2 * (rows - columns / 3);
    return { flops: Math.round(2 * count * reflections), bytes: 4 * count * columns * (2 * rows + columns) };
  },
  // Householder's Q and R are within a small multiple of the rounding of Q and R times the condition: below 30 in the cases.
  tolerance: ([a]) => within(2e-6, 1e-6 * Math.sqrt(tallOf("qr", a).rows)),
  reference,
  kernels: [...qrWasm, ...qrWebGPU],
  cases: [
    ...[1, 2, 3, 4, 5, 8, 17, 63, 65].map((size) => square(size)),
    tall(2, 1),
    tall(9, 4),
    tall(64, 3),
    tall(130, 31),
    tall(200, 66),
    tall(2, 3, 8, 3),
    square(3, 2),
    square(4, 70),
    square(3, 0),
    tall(3, 0),
    tall(2, 0, 0),
    call([2, 3, 2], [[0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1]]),
    call([2, 2], [[0, 1, 1, 0]]),
    call([2, 2], [[1e30, 2e30, -1e30, 2e29]]),
    call([2, 2, 2], [[1, 2, Number.NaN, 1, 3, 0, 4, 5]]),
    call([2, 2], [[1, Number.NEGATIVE_INFINITY, 0, 1]]),
  ],
});
