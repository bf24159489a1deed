// Where distances are measured from. Squared distances by a matrix product (|x|^2 - 2 x.y + |y|^2) cancel unless rows are
// near 0, so the middle of the training rows is taken off first.
import type { Matrix } from "../estimator.ts";

/**
 * The middle of each column, rounded to a power of two of a quarter of its spread or more: taking it off is then exact
 * where float32 has the room, so that whole numbers stay whole and equal distances stay equal.
 */
export const originOf = ({ rows, columns, data }: Matrix): Float32Array => {
  const origin = new Float32Array(columns);
  for (let column = 0; column < columns; column++) {
    let least = Number.POSITIVE_INFINITY;
    let most = Number.NEGATIVE_INFINITY;
    let mean = 0;
    for (let row = 0; row < rows; row++) {
      const value = data[row * columns + column] ?? 0;
      least = Math.min(least, value);
      most = Math.max(most, value);
      mean += value / rows;
    }
    const spread = most - least;
    if (spread === 0) origin[column] = least;
    else {
      const step = 2 ** Math.floor(Math.log2(spread) - 2);
      origin[column] = Math.round(mean / step) * step;
    }
  }
  return origin;
};

/** Rows relative to an origin, rounded to float32 as the graph's subtraction rounds them. */
export const relativeTo = (origin: Float32Array, { columns, data }: Matrix): Float32Array =>
  data.map((value, at) => value - (origin[at % columns] ?? 0));

/** Half the squared length of each row, in float64 and rounded once. */
export const halfSquares = (rows: Float32Array, columns: number): Float32Array => {
  const halves = new Float32Array(rows.length / columns);
  for (let row = 0; row < halves.length; row++) {
    let sum = 0;
    for (let at = row * columns; at < (row + 1) * columns; at++) sum += (rows[at] ?? 0) ** 2;
    halves[row] = sum / 2;
  }
  return halves;
};
