// The bin of each value of a table: how many of its column's edges lie below it, in eight steps without a branch, four rows
// side by side, since a step waits for the one before.
import { address, word } from "../runtime/vector.wasm";

const ROWS: u32 = 64;

// @ts-ignore: decorator
@inline
function step(edges: usize, value: f32, at: usize, size: usize): usize {
  return at + (<usize>(load<f32>(edges + at + size - 4) < value)) * size;
}

// @ts-ignore: decorator
@inline
function place(to: usize, byColumn: usize, value: f32, at: usize, bins: u32): u32 {
  const isMissing = value != value;
  const bin = isMissing ? bins : <u32>(at >> 2);
  store<u8>(to, bin);
  store<u8>(byColumn, bin);
  return <u32>isMissing;
}

/**
 * Units are 64 rows. Block: [x f32 [count, columns], count, columns, edges f32 [columns, 256] (infinity behind the last), bins i32
 * [columns] (0: left alone), missing i32 [columns] (set to 1 where a value is NaN), u8 [count, stride], stride, the same by
 * column u8, bytes of a column].
 */
export function boostingBins(block: usize, begin: u32, end: u32): void {
  const count = word(block, 1), columns = word(block, 2);
  const stride = <usize>word(block, 7), across = <usize>columns << 2;
  for (let unit = begin; unit < end; unit++) {
    const first = unit * ROWS;
    const last = min(count, first + ROWS);
    for (let column: u32 = 0; column < columns; column++) {
      const bins = load<u32>(address(block, 4) + ((<usize>column) << 2));
      if (bins == 0) continue;
      const edges = address(block, 3) + ((<usize>column) << 10);
      let x = address(block, 0) + <usize>first * across + ((<usize>column) << 2);
      let to = address(block, 6) + <usize>first * stride + column;
      let byColumn = address(block, 8) + <usize>column * <usize>word(block, 9) + first;
      let missing: u32 = 0;
      let row = first;
      for (; row + 4 <= last; row += 4) {
        const a = load<f32>(x), b = load<f32>(x + across), c = load<f32>(x + 2 * across), d = load<f32>(x + 3 * across);
        let p: usize = 0, q: usize = 0, r: usize = 0, s: usize = 0;
        for (let size: usize = 512; size >= 4; size >>= 1) {
          p = step(edges, a, p, size);
          q = step(edges, b, q, size);
          r = step(edges, c, r, size);
          s = step(edges, d, s, size);
        }
        missing |= place(to, byColumn, a, p, bins) | place(to + stride, byColumn + 1, b, q, bins);
        missing |= place(to + 2 * stride, byColumn + 2, c, r, bins) | place(to + 3 * stride, byColumn + 3, d, s, bins);
        x += across << 2;
        to += stride << 2;
        byColumn += 4;
      }
      for (; row < last; row++) {
        const a = load<f32>(x);
        let p: usize = 0;
        for (let size: usize = 512; size >= 4; size >>= 1) p = step(edges, a, p, size);
        missing |= place(to, byColumn, a, p, bins);
        x += across;
        to += stride;
        byColumn++;
      }
      if (missing) store<u32>(address(block, 5) + ((<usize>column) << 2), 1);
    }
  }
}
