// Principal directions from what was gathered of the rows: eigenvectors of their scatter, or of the products of the rows with
// one another where those are fewer. Signs as scikit-learn's svd_flip over the components: the largest weight is above 0.
import { addMultiple, dot } from "../model/linear/householder.ts";
import type { RowSums } from "./scatter.ts";
import { rowCount } from "./scatter.ts";
import { symmetricEigen } from "./symmetric-eigen.ts";

/** Directions by falling length of the rows along them. */
export interface Principal {
  readonly count: number;
  readonly mean: Float64Array;
  /** Squared singular values of the rows. */
  readonly squares: Float64Array;
  /** [components][width], each of length 1. */
  readonly components: readonly Float64Array[];
  /** Sum of all squares, of the centred rows. */
  readonly total: number;
}

/** The direction with its largest weight above 0; in place. */
export const withSign = (component: Float64Array): Float64Array => {
  let largest = 0;
  for (const weight of component) if (Math.abs(weight) > Math.abs(largest)) largest = weight;
  return largest < 0 ? component.map((weight) => -weight) : component;
};

/** Makes each vector of length 1 and at right angles to those before it; one of no length of its own becomes any that is. */
export const orthonormal = (vectors: readonly Float64Array[]): Float64Array[] => {
  const done: Float64Array[] = [];
  for (const vector of vectors) {
    let own = vector.slice();
    let length = Math.sqrt(dot(own, own));
    for (let turn = 0, spare = 0; turn < 2; turn++) {
      const before = length;
      for (const other of done) addMultiple(own, -dot(own, other), other);
      length = Math.sqrt(dot(own, own));
      if (length > 1e-10 * before) continue;
      own = new Float64Array(own.length).fill(1, spare, spare + 1);
      spare++;
      length = 1;
      turn = -1;
    }
    done.push(own.map((value) => value / length));
  }
  return done;
};

const byRows = async (sums: RowSums, centred: boolean, signal: AbortSignal | undefined): Promise<Principal> => {
  const { width } = sums;
  const count = rowCount(sums);
  const all = sums.rows.flatMap(({ rows, values }) =>
    Array.from({ length: rows }, (_, row) => values.slice(row * width, (row + 1) * width)),
  );
  const mean = new Float64Array(width);
  for (const row of all) addMultiple(mean, 1 / count, row);
  const from = centred ? mean : new Float64Array(width);
  for (const row of all) addMultiple(row, -1, from);
  const gram = all.map((left, i) => Float64Array.from(all, (right, j) => (j > i ? 0 : dot(left, right))));
  const { values, vectors } = await symmetricEigen(gram, signal);
  const directions = vectors.map((vector) => {
    const sum = new Float64Array(width);
    all.forEach((row, i) => {
      addMultiple(sum, vector[i] ?? 0, row);
    });
    return sum;
  });
  const total = all.reduce((sum, row) => sum + dot(row, row), 0) - (centred ? 0 : count * dot(mean, mean));
  return {
    count,
    mean,
    squares: values.map((value) => Math.max(0, value)),
    components: orthonormal(directions).map(withSign),
    total,
  };
};

/** @param centred the sums are about the mean. @throws the signal's reason */
export const principalOf = async (
  sums: RowSums,
  centred: boolean,
  signal: AbortSignal | undefined,
): Promise<Principal> => {
  const { scatter } = sums;
  if (!scatter) return byRows(sums, centred, signal);
  const { count, mean, products } = scatter;
  const total = products.reduce((sum, row, i) => sum + (row[i] ?? 0), 0) - (centred ? 0 : count * dot(mean, mean));
  const { values, vectors } = await symmetricEigen(
    products.map((row) => row.slice()),
    signal,
  );
  return {
    count,
    mean,
    squares: values.map((value) => Math.max(0, value)),
    components: vectors.map(withSign),
    total,
  };
};
