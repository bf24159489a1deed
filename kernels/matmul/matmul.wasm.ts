// Packed matrix product after Goto and van de Geijn (2008): a panel of B in L1 and L2, a block of A in L2, and a 6 x 8
// micro-kernel, the largest that 15 usable vectors allow. Every element is one chain of multiply-adds in ascending depth,
// so neither blocking nor threads change its bits.

import { sigmoidLanes, tanhLanes } from "../map/scalar.wasm";
import { BITS, packQuantized } from "../quantize/decode.wasm";
import { threadArena } from "../runtime/program.wasm";
import { address, multiplyAdd, storeLanes, word } from "../runtime/vector.wasm";
import { fourByEight } from "./direct.wasm";
import { packLeft, packRight } from "./pack.wasm";

export const DEPTH: u32 = 512;
const ROWS: u32 = 6;
const COLUMNS: u32 = 8;

// The arena: a tile for edges (256 bytes), a block of A (at most 96 x 512), then a panel of B (512 x at most 512).
export const LEFT: usize = 256;
export const RIGHT: usize = LEFT + 96 * 512 * 4;

export const FROM_ZERO: u32 = 0;
export const FROM_RESULT: u32 = 1;
export const FROM_BIAS: u32 = 2;

/**
 * Three rows of a strip of six. Without fused multiply-add a tile of 6 x 8 needs a register more than there are and spills,
 * so the strict build goes over a strip in two halves.
 */
function halfKernel(depth: u32, a: usize, b: usize, c: usize, stride: usize, start: u32, bias: usize, relu: bool): void {
  let a0 = f32x4.splat(0), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0;
  const second = c + stride;
  const third = second + stride;
  if (start == FROM_RESULT) {
    a0 = v128.load(c);
    a1 = v128.load(c, 16);
    b0 = v128.load(second);
    b1 = v128.load(second, 16);
    c0 = v128.load(third);
    c1 = v128.load(third, 16);
  } else if (start == FROM_BIAS) {
    a0 = v128.load(bias);
    a1 = v128.load(bias, 16);
    b0 = a0;
    b1 = a1;
    c0 = a0;
    c1 = a1;
  }
  for (const stop = b + ((<usize>depth) << 5); b < stop; b += 32) {
    const x = v128.load(b);
    const y = v128.load(b, 16);
    let s = v128.load32_splat(a);
    a0 = multiplyAdd(s, x, a0);
    a1 = multiplyAdd(s, y, a1);
    s = v128.load32_splat(a, 4);
    b0 = multiplyAdd(s, x, b0);
    b1 = multiplyAdd(s, y, b1);
    s = v128.load32_splat(a, 8);
    c0 = multiplyAdd(s, x, c0);
    c1 = multiplyAdd(s, y, c1);
    a += 24;
  }
  if (relu) {
    const zero = f32x4.splat(0);
    a0 = v128.andnot(a0, f32x4.lt(a0, zero));
    a1 = v128.andnot(a1, f32x4.lt(a1, zero));
    b0 = v128.andnot(b0, f32x4.lt(b0, zero));
    b1 = v128.andnot(b1, f32x4.lt(b1, zero));
    c0 = v128.andnot(c0, f32x4.lt(c0, zero));
    c1 = v128.andnot(c1, f32x4.lt(c1, zero));
  }
  v128.store(c, a0);
  v128.store(c, a1, 16);
  v128.store(second, b0);
  v128.store(second, b1, 16);
  v128.store(third, c0);
  v128.store(third, c1, 16);
}

/** One 6 x 8 tile at `c` (rows `stride` bytes apart) over `depth` packed columns of A and rows of B. */
export function microKernel(
  depth: u32,
  a: usize,
  b: usize,
  c: usize,
  stride: usize,
  start: u32,
  bias: usize,
  relu: bool,
): void {
  if (!ASC_FEATURE_RELAXED_SIMD) {
    halfKernel(depth, a, b, c, stride, start, bias, relu);
    halfKernel(depth, a + 12, b, c + 3 * stride, stride, start, bias, relu);
    return;
  }
  let a0 = f32x4.splat(0),
    a1 = a0,
    b0 = a0,
    b1 = a0,
    c0 = a0,
    c1 = a0;
  let d0 = a0,
    d1 = a0,
    e0 = a0,
    e1 = a0,
    f0 = a0,
    f1 = a0;
  if (start == FROM_RESULT) {
    let row = c;
    a0 = v128.load(row);
    a1 = v128.load(row, 16);
    row += stride;
    b0 = v128.load(row);
    b1 = v128.load(row, 16);
    row += stride;
    c0 = v128.load(row);
    c1 = v128.load(row, 16);
    row += stride;
    d0 = v128.load(row);
    d1 = v128.load(row, 16);
    row += stride;
    e0 = v128.load(row);
    e1 = v128.load(row, 16);
    row += stride;
    f0 = v128.load(row);
    f1 = v128.load(row, 16);
  } else if (start == FROM_BIAS) {
    const low = v128.load(bias);
    const high = v128.load(bias, 16);
    (a0 = low), (b0 = low), (c0 = low), (d0 = low), (e0 = low), (f0 = low);
    (a1 = high), (b1 = high), (c1 = high), (d1 = high), (e1 = high), (f1 = high);
  }
  const stop = b + ((<usize>depth) << 5);
  // One step a turn: with two, V8 runs out of registers and spills (42 instead of 59 GFLOP/s on a 60 GFLOP/s roof).
  while (b < stop) {
    const x = v128.load(b);
    const y = v128.load(b, 16);
    let s = v128.load32_splat(a);
    a0 = multiplyAdd(s, x, a0);
    a1 = multiplyAdd(s, y, a1);
    s = v128.load32_splat(a, 4);
    b0 = multiplyAdd(s, x, b0);
    b1 = multiplyAdd(s, y, b1);
    s = v128.load32_splat(a, 8);
    c0 = multiplyAdd(s, x, c0);
    c1 = multiplyAdd(s, y, c1);
    s = v128.load32_splat(a, 12);
    d0 = multiplyAdd(s, x, d0);
    d1 = multiplyAdd(s, y, d1);
    s = v128.load32_splat(a, 16);
    e0 = multiplyAdd(s, x, e0);
    e1 = multiplyAdd(s, y, e1);
    s = v128.load32_splat(a, 20);
    f0 = multiplyAdd(s, x, f0);
    f1 = multiplyAdd(s, y, f1);
    a += 24;
    b += 32;
  }
  if (relu) {
    // Not f32x4.max: it takes seven instructions to carry NaN and -0.
    const zero = f32x4.splat(0);
    a0 = v128.andnot(a0, f32x4.lt(a0, zero));
    a1 = v128.andnot(a1, f32x4.lt(a1, zero));
    b0 = v128.andnot(b0, f32x4.lt(b0, zero));
    b1 = v128.andnot(b1, f32x4.lt(b1, zero));
    c0 = v128.andnot(c0, f32x4.lt(c0, zero));
    c1 = v128.andnot(c1, f32x4.lt(c1, zero));
    d0 = v128.andnot(d0, f32x4.lt(d0, zero));
    d1 = v128.andnot(d1, f32x4.lt(d1, zero));
    e0 = v128.andnot(e0, f32x4.lt(e0, zero));
    e1 = v128.andnot(e1, f32x4.lt(e1, zero));
    f0 = v128.andnot(f0, f32x4.lt(f0, zero));
    f1 = v128.andnot(f1, f32x4.lt(f1, zero));
  }
  v128.store(c, a0);
  v128.store(c, a1, 16);
  c += stride;
  v128.store(c, b0);
  v128.store(c, b1, 16);
  c += stride;
  v128.store(c, c0);
  v128.store(c, c1, 16);
  c += stride;
  v128.store(c, d0);
  v128.store(c, d1, 16);
  c += stride;
  v128.store(c, e0);
  v128.store(c, e1, 16);
  c += stride;
  v128.store(c, f0);
  v128.store(c, f1, 16);
}

/** A tile cut by the matrix's edge goes through a whole tile in the arena. */
export function edgeTile(
  depth: u32,
  a: usize,
  b: usize,
  c: usize,
  stride: usize,
  start: u32,
  bias: usize,
  relu: bool,
  rows: u32,
  columns: u32,
): void {
  const tile = threadArena();
  const width = (<usize>columns) << 2;
  if (start == FROM_RESULT) {
    for (let row: u32 = 0; row < rows; row++) memory.copy(tile + ((<usize>row) << 5), c + <usize>row * stride, width);
  }
  if (rows <= 4) fourByEight(depth, a, 4, 24, b, 32, tile, 32, rows, start, bias, relu);
  else microKernel(depth, a, b, tile, 32, start, bias, relu);
  for (let row: u32 = 0; row < rows; row++) {
    const from = tile + ((<usize>row) << 5);
    const to = c + <usize>row * stride;
    let done: u32 = 0;
    if (columns >= 4) {
      v128.store(to, v128.load(from));
      done = 4;
    }
    if (columns - done >= 4) {
      v128.store(to, v128.load(from, 16), 16);
    } else if (columns > done) {
      const at = (<usize>done) << 2;
      storeLanes(to + at, v128.load(from + at), columns - done);
    }
  }
}

/** Applies tanh (2) or sigmoid (3) to `count` floats in place. */
export function activateRow(at: usize, count: u32, activation: u32): void {
  const stop = at + ((<usize>(count & ~3)) << 2);
  if (activation == 2) {
    for (; at < stop; at += 16) v128.store(at, tanhLanes(v128.load(at)));
    if (count & 3) storeLanes(at, tanhLanes(v128.load(at)), count & 3);
  } else {
    for (; at < stop; at += 16) v128.store(at, sigmoidLanes(v128.load(at)));
    if (count & 3) storeLanes(at, sigmoidLanes(v128.load(at)), count & 3);
  }
}

/**
 * Units are tiles of C, row tiles fastest, then column tiles, then batches. Block: [a, b, bias or 0, c, m, n, k, elements
 * between batches of a and of b, transposes (1: a, 2: b), activation (1 relu, 2 tanh, 3 sigmoid), rows of a tile (a
 * multiple of 6 up to 96), columns of a tile (a multiple of 8), depth of a block, B as matmulStrips has laid it out or 0, bits of
 * quantised weights or 0]. Rows
 * times depth are at most 96 x 512; so are columns times depth 512 x 512 where B is to be packed.
 */
export function matmulPacked(block: usize, begin: u32, end: u32): void {
  const m = word(block, 4);
  const n = word(block, 5);
  const tileRows = word(block, 11);
  const tileColumns = word(block, 12);
  const rowTiles = (m + tileRows - 1) / tileRows;
  const columnTiles = (n + tileColumns - 1) / tileColumns;
  let unit = begin;
  while (unit < end) {
    const strip = unit / rowTiles;
    const first = unit - strip * rowTiles;
    let count = rowTiles - first;
    if (count > end - unit) count = end - unit;
    const batch = strip / columnTiles;
    const column = (strip - batch * columnTiles) * tileColumns;
    const columns = n - column < tileColumns ? n - column : tileColumns;
    const lastRow = (first + count) * tileRows;
    columnStrip(block, batch, column, columns, first * tileRows, lastRow < m ? lastRow : m, tileRows);
    unit += count;
  }
}

/** Rows [firstRow, lastRow) of the columns [column, column + columns) of one product. */
function columnStrip(
  block: usize,
  batch: u32,
  column: u32,
  columns: u32,
  firstRow: u32,
  lastRow: u32,
  tileRows: u32,
): void {
  const m = word(block, 4);
  const n = word(block, 5);
  const k = word(block, 6);
  const a = address(block, 0) + ((<usize>batch * word(block, 7)) << 2);
  const b = address(block, 1) + ((<usize>batch * word(block, 8)) << 2);
  const bias = address(block, 2);
  const stride = (<usize>n) << 2;
  const c = address(block, 3) + <usize>batch * m * stride + ((<usize>column) << 2);
  const transposed = word(block, 9);
  const activation = word(block, 10);
  const left = threadArena() + LEFT;
  const blockDepth = word(block, 13);
  const strips = address(block, 14);
  let right = threadArena() + RIGHT;
  let at: u32 = 0;
  do {
    const depth = k - at < blockDepth ? k - at : blockDepth;
    const last = at + depth >= k;
    // Bytes between two strips of eight columns: strips that were made ready hold the whole depth.
    let step = (<usize>depth) << 5;
    if (strips) {
      step = (<usize>k) << 5;
      right = strips + (word(block, 8) ? <usize>batch * ((n + 7) >> 3) * step : 0) + <usize>(column >> 3) * step + ((<usize>at) << 5);
    } else if (word(block, BITS)) {
      packQuantized(right, block, column, columns, at, depth);
    } else {
      packRight(right, b, (transposed & 2) != 0, n, k, column, columns, at, depth);
    }
    const start = at > 0 ? FROM_RESULT : bias ? FROM_BIAS : FROM_ZERO;
    const relu = last && activation == 1;
    for (let row = firstRow; row < lastRow; row += tileRows) {
      const rows = lastRow - row < tileRows ? lastRow - row : tileRows;
      packLeft(left, a, (transposed & 1) != 0, m, k, row, rows, at, depth);
      for (let j: u32 = 0; j < columns; j += COLUMNS) {
        const panel = right + <usize>(j >> 3) * step;
        const width = columns - j;
        const biasAt = bias + ((<usize>(column + j)) << 2);
        for (let i: u32 = 0; i < rows; i += ROWS) {
          const strip = left + ((<usize>i * depth) << 2);
          const to = c + <usize>(row + i) * stride + ((<usize>j) << 2);
          const height = rows - i;
          if (width >= COLUMNS && height >= ROWS) {
            microKernel(depth, strip, panel, to, stride, start, biasAt, relu);
          } else if (width >= COLUMNS && height <= 4) {
            fourByEight(depth, strip, 4, 24, panel, 32, to, stride, height, start, biasAt, relu);
          } else {
            edgeTile(
              depth,
              strip,
              panel,
              to,
              stride,
              start,
              biasAt,
              relu,
              height < ROWS ? height : ROWS,
              width < COLUMNS ? width : COLUMNS,
            );
          }
        }
      }
      if (last && activation > 1) {
        for (let i: u32 = 0; i < rows; i++) activateRow(c + <usize>(row + i) * stride, columns, activation);
      }
    }
    at += depth;
  } while (at < k);
}
