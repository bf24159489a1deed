// Eigenvalues and vectors of a symmetric matrix in float64: Householder's reduction to three diagonals, then QL with implicit
// shifts (EISPACK's tred2 and tql2; Martin, Reinsch and Wilkinson 1968). Vectors stand in rows, so that rotations run along them.
import { breather } from "../model/breath.ts";
import { addMultiple, dot } from "../model/linear/householder.ts";

export interface SymmetricEigen {
  /** From the largest down. */
  readonly values: Float64Array;
  /** The vector of each value, of length 1. */
  readonly vectors: readonly Float64Array[];
}

/** Reduces `v`, whose lower triangle is read and overwritten, to d and e; gives the orthogonal matrix's columns as rows. */
const reduce = async (
  v: readonly Float64Array[],
  d: Float64Array,
  e: Float64Array,
  signal: AbortSignal | undefined,
) => {
  const n = d.length;
  const breathe = breather(signal);
  const row = (i: number): Float64Array => v[i] ?? d;
  for (let i = n - 1; i > 0; i--) {
    await breathe();
    const own = row(i);
    let scale = 0;
    for (let k = 0; k < i; k++) scale += Math.abs(own[k] ?? 0);
    if (scale === 0 || i === 1) {
      e[i] = own[i - 1] ?? 0;
      d[i] = 0;
      continue;
    }
    let h = 0;
    for (let k = 0; k < i; k++) {
      const value = (own[k] ?? 0) / scale;
      own[k] = value;
      h += value * value;
    }
    const last = own[i - 1] ?? 0;
    const g = last > 0 ? -Math.sqrt(h) : Math.sqrt(h);
    e[i] = scale * g;
    h -= last * g;
    own[i - 1] = last - g;
    // p = A u / h, from the lower triangle by rows.
    for (let j = 0; j < i; j++) e[j] = 0;
    for (let j = 0; j < i; j++) {
      const other = row(j);
      const factor = own[j] ?? 0;
      let sum = (other[j] ?? 0) * factor;
      for (let k = 0; k < j; k++) {
        sum += (other[k] ?? 0) * (own[k] ?? 0);
        e[k] = (e[k] ?? 0) + (other[k] ?? 0) * factor;
      }
      e[j] = (e[j] ?? 0) + sum;
    }
    let dotted = 0;
    for (let j = 0; j < i; j++) {
      e[j] = (e[j] ?? 0) / h;
      dotted += (e[j] ?? 0) * (own[j] ?? 0);
    }
    const half = dotted / (h + h);
    for (let j = 0; j < i; j++) e[j] = (e[j] ?? 0) - half * (own[j] ?? 0);
    for (let j = 0; j < i; j++) {
      const other = row(j);
      const [f, g] = [own[j] ?? 0, e[j] ?? 0];
      for (let k = 0; k <= j; k++) other[k] = (other[k] ?? 0) - f * (e[k] ?? 0) - g * (own[k] ?? 0);
    }
    d[i] = h;
  }
  const diagonal = Float64Array.from({ length: n }, (_, i) => row(i)[i] ?? 0);
  const q = Array.from({ length: n }, (_, i) => new Float64Array(n).fill(1, i, i + 1));
  // The reflectors, still in the rows, are multiplied up from the first on; each changes its first columns alone.
  for (let i = 2; i < n; i++) {
    await breathe();
    const h = d[i] ?? 0;
    if (h === 0) continue;
    const own = row(i);
    for (let k = 0; k < i; k++) {
      const other = q[k] ?? d;
      addMultiple(other, -dot(other, own, 0, i) / h, own, 0, i);
    }
  }
  d.set(diagonal);
  return q;
};

/** Turns two rows into one another. */
const rotate = (left: Float64Array, right: Float64Array, cosine: number, sine: number): void => {
  for (let k = 0; k < left.length; k++) {
    const [a, b] = [left[k] ?? 0, right[k] ?? 0];
    right[k] = sine * a + cosine * b;
    left[k] = cosine * a - sine * b;
  }
};

/** QL on the diagonal d and what stands beside it, e[1] first; the rows of q turn with it. */
const iterate = async (
  q: readonly Float64Array[],
  d: Float64Array,
  e: Float64Array,
  signal: AbortSignal | undefined,
): Promise<void> => {
  const n = d.length;
  const breathe = breather(signal);
  e.copyWithin(0, 1);
  e[n - 1] = 0;
  let shift = 0;
  let size = 0;
  for (let l = 0; l < n; l++) {
    size = Math.max(size, Math.abs(d[l] ?? 0) + Math.abs(e[l] ?? 0));
    const small = Number.EPSILON * size;
    let m = l;
    while (m < n - 1 && Math.abs(e[m] ?? 0) > small) m++;
    while (m > l && Math.abs(e[l] ?? 0) > small) {
      await breathe();
      const first = d[l] ?? 0;
      const beside = e[l] ?? 0;
      let p = ((d[l + 1] ?? 0) - first) / (2 * beside);
      const r = p < 0 ? -Math.hypot(p, 1) : Math.hypot(p, 1);
      d[l] = beside / (p + r);
      d[l + 1] = beside * (p + r);
      const next = d[l + 1] ?? 0;
      const change = first - (d[l] ?? 0);
      for (let i = l + 2; i < n; i++) d[i] = (d[i] ?? 0) - change;
      shift += change;
      p = d[m] ?? 0;
      let [c, c2, c3, s, s2] = [1, 1, 1, 0, 0];
      const beyond = e[l + 1] ?? 0;
      for (let i = m - 1; i >= l; i--) {
        c3 = c2;
        c2 = c;
        s2 = s;
        const g = c * (e[i] ?? 0);
        const h = c * p;
        const length = Math.hypot(p, e[i] ?? 0);
        e[i + 1] = s * length;
        s = (e[i] ?? 0) / length;
        c = p / length;
        p = c * (d[i] ?? 0) - s * g;
        d[i + 1] = h + s * (c * g + s * (d[i] ?? 0));
        rotate(q[i] ?? d, q[i + 1] ?? d, c, s);
      }
      p = (-s * s2 * c3 * beyond * (e[l] ?? 0)) / next;
      e[l] = s * p;
      d[l] = c * p;
    }
    d[l] = (d[l] ?? 0) + shift;
    e[l] = 0;
  }
};

/**
 * All eigenvalues and vectors of a symmetric matrix, to float64's digits of the largest value; some 4 n³ operations.
 * @param matrix rows [n][n], whose lower triangle is read and overwritten
 * @throws the signal's reason
 */
export const symmetricEigen = async (
  matrix: readonly Float64Array[],
  signal?: AbortSignal | undefined,
): Promise<SymmetricEigen> => {
  const n = matrix.length;
  const d = new Float64Array(n);
  const e = new Float64Array(n);
  const q = await reduce(matrix, d, e, signal);
  await iterate(q, d, e, signal);
  const order = Array.from(d.keys()).sort((a, b) => (d[b] ?? 0) - (d[a] ?? 0) || a - b);
  return { values: Float64Array.from(order, (i) => d[i] ?? 0), vectors: order.map((i) => q[i] ?? d) };
};
