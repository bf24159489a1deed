// Substitution for four right sides at a time, row by row; each subtracts the rows that are solved in their order.
import { address, negativeMultiplyAdd, storeLanes, word } from "../runtime/vector.wasm";

/** Units are pieces of 64 columns. Block: [a, b, to, size, columns, lower, transpose]. */
export function triangularSolveColumns(block: usize, begin: u32, end: u32): void {
  const size = word(block, 3);
  const columns = word(block, 4);
  const lower = word(block, 5);
  const transpose = word(block, 6);
  const forward = lower != transpose;
  const pieces = (columns + 63) >> 6;
  const stride = (<usize>size) << 2;
  const across = (<usize>columns) << 2;
  // From an element to its neighbour in the row of the triangle that is solved.
  const next: usize = transpose ? stride : 4;
  const down: usize = transpose ? 4 : stride;
  for (let unit = begin; unit < end; unit++) {
    const matrix = unit / pieces;
    const first = (unit - matrix * pieces) << 6;
    const last = columns - first < 64 ? columns : first + 64;
    const a = address(block, 0) + (<usize>matrix) * size * stride;
    for (let column = first; column < last; column += 4) {
      const place = (<usize>matrix) * size * across + ((<usize>column) << 2);
      const b = address(block, 1) + place;
      const to = address(block, 2) + place;
      const lanes = last - column;
      for (let step: u32 = 0; step < size; step++) {
        const row = forward ? step : size - 1 - step;
        let sum = v128.load(b + row * across);
        let other: usize = forward ? 0 : size - 1;
        for (let done: u32 = 0; done < step; done++) {
          const factor = v128.load32_splat(a + row * down + other * next);
          sum = negativeMultiplyAdd(factor, v128.load(to + other * across), sum);
          other += forward ? 1 : -1;
        }
        sum = f32x4.div(sum, v128.load32_splat(a + row * (stride + 4)));
        if (lanes >= 4) v128.store(to + row * across, sum);
        else storeLanes(to + row * across, sum, lanes);
      }
    }
  }
}
