// Products whose B is small enough to stay in the first cache: both operands are read where they are, since packing them
// would cost as much as the product. The 4 x 8 tile also serves packed strips that are at most four rows high.
import { address, multiplyAdd, word } from "../runtime/vector.wasm";
import { activateRow, FROM_BIAS, FROM_RESULT, FROM_ZERO } from "./matmul.wasm";

/**
 * A tile of four rows and eight columns over `depth`, `rows` of them real: those past the end repeat the last one, which
 * gives the same numbers to the same place. A is walked `aStep` bytes a step of depth with `aRow` between rows.
 */
export function fourByEight(
  depth: u32, a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, c: usize, stride: usize, rows: u32,
  start: u32, bias: usize, relu: bool,
): void {
  const row1: usize = rows > 1 ? 1 : 0, row2: usize = rows > 2 ? 1 : 0, row3: usize = rows > 3 ? 1 : 0;
  let a1 = a + row1 * aRow, a2 = a1 + row2 * aRow, a3 = a2 + row3 * aRow;
  const c1 = c + row1 * stride, c2 = c1 + row2 * stride, c3 = c2 + row3 * stride;
  let x0 = f32x4.splat(0), y0 = x0, x1 = x0, y1 = x0, x2 = x0, y2 = x0, x3 = x0, y3 = x0;
  if (start == FROM_RESULT) {
    x0 = v128.load(c);
    y0 = v128.load(c, 16);
    x1 = v128.load(c1);
    y1 = v128.load(c1, 16);
    x2 = v128.load(c2);
    y2 = v128.load(c2, 16);
    x3 = v128.load(c3);
    y3 = v128.load(c3, 16);
  } else if (start == FROM_BIAS) {
    x0 = v128.load(bias);
    y0 = v128.load(bias, 16);
    x1 = x0, x2 = x0, x3 = x0, y1 = y0, y2 = y0, y3 = y0;
  }
  for (const stop = b + <usize>depth * bStep; b < stop; b += bStep) {
    const x = v128.load(b);
    const y = v128.load(b, 16);
    let s = v128.load32_splat(a);
    x0 = multiplyAdd(s, x, x0);
    y0 = multiplyAdd(s, y, y0);
    s = v128.load32_splat(a1);
    x1 = multiplyAdd(s, x, x1);
    y1 = multiplyAdd(s, y, y1);
    s = v128.load32_splat(a2);
    x2 = multiplyAdd(s, x, x2);
    y2 = multiplyAdd(s, y, y2);
    s = v128.load32_splat(a3);
    x3 = multiplyAdd(s, x, x3);
    y3 = multiplyAdd(s, y, y3);
    a += aStep, a1 += aStep, a2 += aStep, a3 += aStep;
  }
  if (relu) {
    const zero = f32x4.splat(0);
    x0 = v128.andnot(x0, f32x4.lt(x0, zero));
    y0 = v128.andnot(y0, f32x4.lt(y0, zero));
    x1 = v128.andnot(x1, f32x4.lt(x1, zero));
    y1 = v128.andnot(y1, f32x4.lt(y1, zero));
    x2 = v128.andnot(x2, f32x4.lt(x2, zero));
    y2 = v128.andnot(y2, f32x4.lt(y2, zero));
    x3 = v128.andnot(x3, f32x4.lt(x3, zero));
    y3 = v128.andnot(y3, f32x4.lt(y3, zero));
  }
  v128.store(c, x0);
  v128.store(c, y0, 16);
  v128.store(c1, x1);
  v128.store(c1, y1, 16);
  v128.store(c2, x2);
  v128.store(c2, y2, 16);
  v128.store(c3, x3);
  v128.store(c3, y3, 16);
}

/**
 * Units are four rows of C, then batches; n is at least 8. Block: as matmulPacked's first eleven words. The last tile of a
 * row ends at its end and may overlap the one before, with the same bits.
 */
export function matmulDirect(block: usize, begin: u32, end: u32): void {
  const m = word(block, 4);
  const n = word(block, 5);
  const k = word(block, 6);
  const groups = (m + 3) >> 2;
  const transposed = word(block, 9) & 1;
  const activation = word(block, 10);
  const aRow: usize = transposed ? 4 : (<usize>k) << 2;
  const aStep: usize = transposed ? (<usize>m) << 2 : 4;
  const stride = (<usize>n) << 2;
  const bias = address(block, 2);
  const start = bias ? FROM_BIAS : FROM_ZERO;
  for (let unit = begin; unit < end; ) {
    const batch = unit / groups;
    const firstRow = (unit - batch * groups) << 2;
    const left = (m - firstRow + 3) >> 2;
    const count = left < end - unit ? left : end - unit;
    const lastRow = firstRow + (count << 2) < m ? firstRow + (count << 2) : m;
    const a = address(block, 0) + (((<usize>batch) * word(block, 7)) << 2);
    const b = address(block, 1) + (((<usize>batch) * word(block, 8)) << 2);
    const c = address(block, 3) + (<usize>batch) * m * stride;
    for (let j: u32 = 0; j < n; j += 8) {
      const column = (<usize>(j + 8 <= n ? j : n - 8)) << 2;
      for (let row = firstRow; row < lastRow; row += 4) {
        fourByEight(
          k, a + (<usize>row) * aRow, aRow, aStep, b + column, stride, c + (<usize>row) * stride + column, stride, m - row,
          start, bias + column, activation == 1,
        );
      }
    }
    if (activation > 1) activateRow(c + (<usize>firstRow) * stride, (lastRow - firstRow) * n, activation);
    unit += count;
  }
}
