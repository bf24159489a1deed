import type { Reference } from "../contract/reference.ts";
import { squareOf } from "./shape.ts";

export const choleskyReference: Reference = ([a]) => {
  if (!a) return [];
  const { count, size } = squareOf("cholesky", a.type);
  const data = new Float64Array(a.data.length);
  for (let matrix = 0; matrix < count; matrix++) {
    const base = matrix * size * size;
    const at = (row: number, column: number): number => base + row * size + column;
    let positive = true;
    for (let i = 0; i < size; i++) {
      for (let j = 0; j <= i; j++) {
        let sum = a.data[at(i, j)] ?? Number.NaN;
        for (let k = 0; k < j; k++) sum -= (data[at(i, k)] ?? 0) * (data[at(j, k)] ?? 0);
        if (i === j && !(sum > 0 && sum < Number.POSITIVE_INFINITY)) positive = false;
        data[at(i, j)] = i === j ? Math.sqrt(sum) : sum / (data[at(j, j)] ?? 0);
      }
    }
    if (!positive) for (let i = 0; i < size; i++) data.fill(Number.NaN, at(i, 0), at(i, i) + 1);
  }
  return [{ type: a.type, data }];
};
