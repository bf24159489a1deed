// Matrices for the suites. A bound on a factor is a bound only on well-conditioned input, so the input is given.

/** Numbers between -1 and 1, f32, the same in every run (a linear congruential generator modulo 2^32, Numerical Recipes'). */
export const givenNumbers = (count: number, seed: number): number[] => {
  let state = seed >>> 0;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.fround((state >>> 8) / 2 ** 23 - 1);
  });
};

/** `count` matrices whose element (i, j) `element` makes of a number between -1 and 1. */
const givenMatrices = (
  count: number,
  rows: number,
  columns: number,
  seed: number,
  element: (value: number, row: number, column: number) => number,
): number[] =>
  givenNumbers(count * rows * columns, seed).map((value, i) =>
    Math.fround(element(value, Math.floor(i / columns) % rows, i % columns)),
  );

/** Symmetric with eigenvalues between about 1 and 5. */
export const givenPositiveDefinite = (count: number, size: number, seed: number): number[] => {
  const b = givenNumbers(count * size * size, seed);
  return givenMatrices(count, size, size, seed, () => 0).map((_, at) => {
    const matrix = Math.floor(at / (size * size)) * size * size;
    const [row, column] = [Math.floor(at / size) % size, at % size];
    let sum = 0;
    for (let k = 0; k < size; k++) sum += (b[matrix + row * size + k] ?? 0) * (b[matrix + column * size + k] ?? 0);
    return Math.fround((3 * sum) / size + (row === column ? 1 : 0));
  });
};

/** Diagonal of magnitude 1 to 2 and small elements on both sides, so that either triangle is well-conditioned. */
export const givenDominant = (count: number, size: number, seed: number): number[] =>
  givenMatrices(count, size, size, seed, (value, row, column) =>
    row === column ? value + Math.sign(value || 1) : value / Math.sqrt(size),
  );
