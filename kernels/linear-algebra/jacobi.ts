// The order of Jacobi's rotations, the same in every kernel: in each round every row is in one pair, as in a tournament
// (Brent and Luk 1985), so that the rotations of a round are independent and threads may share them.

/** Rounds until every pair has met: an odd size has one seat that stays empty. */
export const seatsOf = (size: number): number => size + (size % 2);

/** Pair `pair` of round `round` among an even number of seats, smaller row first. */
export const pairOf = (seats: number, round: number, pair: number): readonly [number, number] => {
  const circle = seats - 1;
  const a = pair === 0 ? circle : (round + pair) % circle;
  const b = pair === 0 ? round : (round + circle - pair) % circle;
  return a < b ? [a, b] : [b, a];
};

/** Sweeps after which a kernel gives up; convergence is quadratic, so that 6 to 12 are common. */
export const mostSweeps = 30;

/** Cosine and sine that take `across` between `first` and `second` to zero (Golub, Van Loan, 8.5.2). */
export const rotationOf = (first: number, second: number, across: number): readonly [number, number] => {
  const slope = (second - first) / (2 * across);
  const tangent = (slope < 0 ? -1 : 1) / (Math.abs(slope) + Math.sqrt(1 + slope * slope));
  const cosine = 1 / Math.sqrt(1 + tangent * tangent);
  return [cosine, tangent * cosine];
};

/** Rows p and q as c p - s q and s p + c q. */
export const rotateRows = (p: Float64Array, q: Float64Array, cosine: number, sine: number): void => {
  p.forEach((x, i) => {
    const y = q[i] ?? 0;
    p[i] = cosine * x - sine * y;
    q[i] = sine * x + cosine * y;
  });
};

/**
 * Sign that makes a vector's first large component positive. Large is at least nine tenths of the largest, so that equal
 * magnitudes, which are common, do not leave the sign to rounding.
 */
export const signOf = (vector: ArrayLike<number>): number => {
  let largest = 0;
  for (let i = 0; i < vector.length; i++) largest = Math.max(largest, Math.abs(vector[i] ?? 0));
  for (let i = 0; i < vector.length; i++) {
    const value = vector[i] ?? 0;
    if (Math.abs(value) >= 0.9 * largest) return value < 0 ? -1 : 1;
  }
  return 1;
};

/** The power of two that is at most the largest magnitude; 1 for zeros. Scaling by it is exact. */
export const powerBelow = (values: ArrayLike<number>): number => {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i] ?? 0));
  return largest > 0 ? 2 ** Math.floor(Math.log2(largest)) : 1;
};
