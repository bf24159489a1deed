// The plain float64 meaning of triangularSolve.
import type { Reference } from "../contract/reference.ts";
import { sizesOf, type TriangularSolveAttributes } from "./triangular-solve.ts";

export const triangularSolveReference: Reference<TriangularSolveAttributes> = ([a, b], { lower, transpose }) => {
  if (!a || !b) return [];
  const { count, size, columns } = sizesOf([a.type, b.type]);
  const data = new Float64Array(b.data.length);
  const forward = lower !== transpose;
  for (let matrix = 0; matrix < count; matrix++) {
    const element = (row: number, column: number): number =>
      a.data[(matrix * size + (transpose ? column : row)) * size + (transpose ? row : column)] ?? Number.NaN;
    for (let column = 0; column < columns; column++) {
      const at = (row: number): number => (matrix * size + row) * columns + column;
      for (let step = 0; step < size; step++) {
        const row = forward ? step : size - 1 - step;
        let sum = b.data[at(row)] ?? Number.NaN;
        for (let done = 0; done < step; done++) {
          const other = forward ? done : size - 1 - done;
          sum -= element(row, other) * (data[at(other)] ?? 0);
        }
        data[at(row)] = sum / element(row, row);
      }
    }
  }
  return [{ type: b.type, data }];
};
