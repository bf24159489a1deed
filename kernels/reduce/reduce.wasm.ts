// Reductions in a fixed order. Along rows: 16 lanes in four vectors over a block, then lanes, then blocks. Along columns: row
// after row of a block, then blocks. The launch cuts the blocks by shape alone, so threads never change the bits.
import { address, firstLanes, storeLanes, word } from "../runtime/vector.wasm";

// Which function, and on which dtype: function + 4 * dtype.
const SUM: u32 = 0;
const PRODUCT: u32 = 1;
const MAXIMUM: u32 = 2;
const MINIMUM: u32 = 3;
const I32: u32 = 4;
const U32: u32 = 8;

// @ts-ignore: decorator
@inline
export function combine(kind: u32, x: v128, y: v128): v128 {
  if (kind == SUM) return f32x4.add(x, y);
  if (kind == PRODUCT) return f32x4.mul(x, y);
  if (kind == MAXIMUM) return f32x4.max(x, y);
  if (kind == MINIMUM) return f32x4.min(x, y);
  if (kind == I32 + SUM) return i32x4.add(x, y);
  if (kind == I32 + PRODUCT) return i32x4.mul(x, y);
  if (kind == I32 + MAXIMUM) return i32x4.max_s(x, y);
  if (kind == I32 + MINIMUM) return i32x4.min_s(x, y);
  if (kind == U32 + MAXIMUM) return i32x4.max_u(x, y);
  return i32x4.min_u(x, y);
}

/** Units are blocks of a row. Block: [x, to, kind, reduced, block size, blocks a row, identity]. */
// @ts-ignore: decorator
@inline
function rowsOf(kind: u32, block: usize, begin: u32, end: u32): void {
  const x = address(block, 0);
  const to = address(block, 1);
  const reduced = word(block, 3);
  const size = word(block, 4);
  const blocks = word(block, 5);
  const identity = i32x4.splat(word(block, 6));
  for (let unit = begin; unit < end; unit++) {
    const row = unit / blocks;
    const first = (unit - row * blocks) * size;
    const count = reduced - first < size ? reduced - first : size;
    let at = x + (((<usize>row) * reduced + first) << 2);
    let stop = at + ((<usize>(count & ~15)) << 2);
    let a = identity, b = identity, c = identity, d = identity;
    for (; at < stop; at += 64) {
      a = combine(kind, a, v128.load(at));
      b = combine(kind, b, v128.load(at, 16));
      c = combine(kind, c, v128.load(at, 32));
      d = combine(kind, d, v128.load(at, 48));
    }
    stop = at + ((<usize>(count & 12)) << 2);
    for (; at < stop; at += 16) a = combine(kind, a, v128.load(at));
    if (count & 3) b = combine(kind, b, v128.bitselect(v128.load(at), identity, firstLanes(count & 3)));
    a = combine(kind, combine(kind, a, b), combine(kind, c, d));
    a = combine(kind, a, v128.shuffle<i32>(a, a, 1, 0, 3, 2));
    a = combine(kind, a, v128.shuffle<i32>(a, a, 2, 3, 0, 1));
    store<u32>(to + ((<usize>unit) << 2), i32x4.extract_lane(a, 0));
  }
}

/** As rowsOf for f32 maximum and minimum: f32x4.max takes seven instructions to carry NaN, so NaN is watched apart. */
// @ts-ignore: decorator
@inline
function extremesOf(kind: u32, block: usize, begin: u32, end: u32): void {
  const x = address(block, 0);
  const to = address(block, 1);
  const reduced = word(block, 3);
  const size = word(block, 4);
  const blocks = word(block, 5);
  const identity = i32x4.splat(word(block, 6));
  for (let unit = begin; unit < end; unit++) {
    const row = unit / blocks;
    const first = (unit - row * blocks) * size;
    const count = reduced - first < size ? reduced - first : size;
    let at = x + (((<usize>row) * reduced + first) << 2);
    let stop = at + ((<usize>(count & ~7)) << 2);
    let a = identity, b = identity, unordered = i32x4.splat(0);
    for (; at < stop; at += 32) {
      const p = v128.load(at);
      const q = v128.load(at, 16);
      a = kind == MAXIMUM ? f32x4.pmax(a, p) : f32x4.pmin(a, p);
      b = kind == MAXIMUM ? f32x4.pmax(b, q) : f32x4.pmin(b, q);
      unordered = v128.or(unordered, v128.or(f32x4.ne(p, p), f32x4.ne(q, q)));
    }
    for (let left = count & 7; left > 0; at += 16) {
      let p = v128.load(at);
      if (left < 4) {
        p = v128.bitselect(p, identity, firstLanes(left));
        left = 0;
      } else left -= 4;
      a = kind == MAXIMUM ? f32x4.pmax(a, p) : f32x4.pmin(a, p);
      unordered = v128.or(unordered, f32x4.ne(p, p));
    }
    a = combine(kind, a, b);
    a = combine(kind, a, v128.shuffle<i32>(a, a, 1, 0, 3, 2));
    a = combine(kind, a, v128.shuffle<i32>(a, a, 2, 3, 0, 1));
    const found = f32x4.extract_lane(a, 0);
    store<f32>(to + ((<usize>unit) << 2), v128.any_true(unordered) ? NaN : found);
  }
}

export function reduceRows(block: usize, begin: u32, end: u32): void {
  const kind = word(block, 2);
  if (kind == SUM) rowsOf(SUM, block, begin, end);
  else if (kind == PRODUCT) rowsOf(PRODUCT, block, begin, end);
  else if (kind == MAXIMUM) extremesOf(MAXIMUM, block, begin, end);
  else if (kind == MINIMUM) extremesOf(MINIMUM, block, begin, end);
  else if (kind == I32 + SUM) rowsOf(I32 + SUM, block, begin, end);
  else if (kind == I32 + PRODUCT) rowsOf(I32 + PRODUCT, block, begin, end);
  else if (kind == I32 + MAXIMUM) rowsOf(I32 + MAXIMUM, block, begin, end);
  else if (kind == I32 + MINIMUM) rowsOf(I32 + MINIMUM, block, begin, end);
  else if (kind == U32 + MAXIMUM) rowsOf(U32 + MAXIMUM, block, begin, end);
  else rowsOf(U32 + MINIMUM, block, begin, end);
}

/**
 * Units are pieces of 256 columns of blocks of rows. Block: [x, to, kind, reduced, rows a block, blocks, identity, inner].
 * x is [outer, reduced, inner]; to is [outer, blocks, inner].
 */
// @ts-ignore: decorator
@inline
function columnsOf(kind: u32, block: usize, begin: u32, end: u32): void {
  const reduced = word(block, 3);
  const size = word(block, 4);
  const blocks = word(block, 5);
  const identity = i32x4.splat(word(block, 6));
  const inner = word(block, 7);
  const stride = (<usize>inner) << 2;
  const pieces = (inner + 255) >> 8;
  for (let unit = begin; unit < end; unit++) {
    const group = unit / pieces;
    const column = (unit - group * pieces) << 8;
    const columns = inner - column < 256 ? inner - column : 256;
    const outer = group / blocks;
    const first = (group - outer * blocks) * size;
    const rows = reduced - first < size ? reduced - first : size;
    const x = address(block, 0) + (((<usize>outer) * reduced + first) * inner + column << 2);
    const to = address(block, 1) + ((<usize>group) * inner + column << 2);
    const whole = (<usize>(columns & ~3)) << 2;
    const rest = columns & 3;
    // The first pass (rows modulo 4) writes the result, the others combine four rows with it.
    const head = rows & 3;
    for (let j: usize = 0; j < whole || (j == whole && rest > 0); j += 16) {
      let a = identity;
      for (let r: u32 = 0, at = x + j; r < head; r++, at += stride) a = combine(kind, a, v128.load(at));
      if (j < whole) v128.store(to + j, a);
      else storeLanes(to + j, a, rest);
    }
    for (let r = head, row = x + (<usize>head) * stride; r < rows; r += 4, row += stride << 2) {
      const r1 = row + stride, r2 = r1 + stride, r3 = r2 + stride;
      let j: usize = 0;
      for (; j < whole; j += 16) {
        const a = combine(kind, v128.load(row + j), v128.load(r1 + j));
        const b = combine(kind, v128.load(r2 + j), v128.load(r3 + j));
        v128.store(to + j, combine(kind, v128.load(to + j), combine(kind, a, b)));
      }
      if (rest) {
        const a = combine(kind, v128.load(row + j), v128.load(r1 + j));
        const b = combine(kind, v128.load(r2 + j), v128.load(r3 + j));
        storeLanes(to + j, combine(kind, v128.load(to + j), combine(kind, a, b)), rest);
      }
    }
  }
}

export function reduceColumns(block: usize, begin: u32, end: u32): void {
  const kind = word(block, 2);
  if (kind == SUM) columnsOf(SUM, block, begin, end);
  else if (kind == PRODUCT) columnsOf(PRODUCT, block, begin, end);
  else if (kind == MAXIMUM) columnsOf(MAXIMUM, block, begin, end);
  else if (kind == MINIMUM) columnsOf(MINIMUM, block, begin, end);
  else if (kind == I32 + SUM) columnsOf(I32 + SUM, block, begin, end);
  else if (kind == I32 + PRODUCT) columnsOf(I32 + PRODUCT, block, begin, end);
  else if (kind == I32 + MAXIMUM) columnsOf(I32 + MAXIMUM, block, begin, end);
  else if (kind == I32 + MINIMUM) columnsOf(I32 + MINIMUM, block, begin, end);
  else if (kind == U32 + MAXIMUM) columnsOf(U32 + MAXIMUM, block, begin, end);
  else columnsOf(U32 + MINIMUM, block, begin, end);
}
