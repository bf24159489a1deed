// Scans in a fixed order. In a block of a row each vector of four is scanned in two shifted steps and joined to the carry;
// what came before the block is combined with every element. Columns go row after row.
import { combine } from "../reduce/reduce.wasm";
import { address, storeLanes, word } from "../runtime/vector.wasm";

const EXCLUSIVE: u32 = 1;
const REVERSE: u32 = 2;

/** Scans `count` elements from `x` (to its end backwards when reversed) from the identity; gives the total. */
// @ts-ignore: decorator
@inline
function scanBlock(kind: u32, x: usize, to: usize, count: u32, identity: v128, flags: u32, offset: v128, keep: bool): v128 {
  let carry = identity;
  const reverse = flags & REVERSE;
  const exclusive = flags & EXCLUSIVE;
  for (let i: u32 = 0; i < count; i += 4) {
    const left = count - i;
    // A reversed vector holds the four elements that end where the last one began.
    const at = reverse ? (<usize>(count - i - 4)) << 2 : (<usize>i) << 2;
    let v: v128;
    if (left < 4) {
      v = identity;
      const start = reverse ? x : x + at;
      if (reverse) {
        if (left == 1) v = v128.load32_lane(start, v, 0);
        else if (left == 2) v = v128.load32_lane(start + 4, v128.load32_lane(start, v, 1), 0);
        else v = v128.load32_lane(start + 8, v128.load32_lane(start + 4, v128.load32_lane(start, v, 2), 1), 0);
      } else {
        v = v128.load32_lane(start, v, 0);
        if (left > 1) v = v128.load32_lane(start + 4, v, 1);
        if (left > 2) v = v128.load32_lane(start + 8, v, 2);
      }
    } else {
      v = v128.load(x + at);
      if (reverse) v = v128.shuffle<i32>(v, v, 3, 2, 1, 0);
    }
    v = combine(kind, v128.shuffle<i32>(identity, v, 0, 4, 5, 6), v);
    v = combine(kind, v128.shuffle<i32>(identity, v, 0, 1, 4, 5), v);
    v = combine(kind, carry, v);
    if (keep) {
      let result = exclusive ? v128.shuffle<i32>(carry, v, 3, 4, 5, 6) : v;
      result = combine(kind, offset, result);
      if (left >= 4) v128.store(to + at, reverse ? v128.shuffle<i32>(result, result, 3, 2, 1, 0) : result);
      else if (!reverse) storeLanes(to + at, result, left);
      else if (left == 1) v128.store32_lane(to, result, 0);
      else if (left == 2) storeLanes(to, v128.shuffle<i32>(result, result, 1, 0, 0, 0), 2);
      else storeLanes(to, v128.shuffle<i32>(result, result, 2, 1, 0, 0), 3);
    }
    carry = v128.shuffle<i32>(v, v, 3, 3, 3, 3);
  }
  return carry;
}

/** Units are blocks. Block: [x, to, kind, count, block size, blocks a row, identity, flags, offsets of blocks or 0]. */
// @ts-ignore: decorator
@inline
function rowsOf(kind: u32, block: usize, begin: u32, end: u32, keep: bool): void {
  const count = word(block, 3);
  const size = word(block, 4);
  const blocks = word(block, 5);
  const identity = i32x4.splat(word(block, 6));
  const flags = word(block, 7);
  const offsets: usize = keep ? address(block, 8) : 0;
  for (let unit = begin; unit < end; unit++) {
    const row = unit / blocks;
    const first = (unit - row * blocks) * size;
    const own = count - first < size ? count - first : size;
    // Blocks are counted from where the scan begins.
    const place = (((<usize>row) * count + (flags & REVERSE ? count - first - own : first)) << 2);
    const x = address(block, 0) + place;
    if (keep) {
      const offset = offsets ? v128.load32_splat(offsets + ((<usize>unit) << 2)) : identity;
      scanBlock(kind, x, address(block, 1) + place, own, identity, flags, offset, true);
    } else {
      const total = scanBlock(kind, x, 0, own, identity, flags, identity, false);
      v128.store32_lane(address(block, 1) + ((<usize>unit) << 2), total, 0);
    }
  }
}

/**
 * Units are pieces of 64 columns. Block: [x, to, kind, count, inner, identity, flags]; x and to are [outer, count, inner].
 */
// @ts-ignore: decorator
@inline
function columnsOf(kind: u32, block: usize, begin: u32, end: u32): void {
  const count = word(block, 3);
  const inner = word(block, 4);
  const identity = i32x4.splat(word(block, 5));
  const flags = word(block, 6);
  const stride = (<usize>inner) << 2;
  const pieces = (inner + 63) >> 6;
  for (let unit = begin; unit < end; unit++) {
    const outer = unit / pieces;
    const column = (unit - outer * pieces) << 6;
    const columns = inner - column < 64 ? inner - column : 64;
    const start = (((<usize>outer) * count * inner + column) << 2) + (flags & REVERSE ? (count - 1) * stride : 0);
    const step = flags & REVERSE ? 0 - stride : stride;
    const whole = (<usize>(columns & ~3)) << 2;
    const rest = columns & 3;
    let x = address(block, 0) + start;
    let to = address(block, 1) + start;
    for (let r: u32 = 0; r < count; r++, x += step, to += step) {
      const before = to - step;
      const add = flags & EXCLUSIVE ? x - step : x;
      let j: usize = 0;
      for (; j < whole; j += 16) {
        let v = identity;
        if (r > 0) v = combine(kind, v128.load(before + j), v128.load(add + j));
        else if (!(flags & EXCLUSIVE)) v = v128.load(x + j);
        v128.store(to + j, v);
      }
      if (rest) {
        let v = identity;
        if (r > 0) v = combine(kind, v128.load(before + j), v128.load(add + j));
        else if (!(flags & EXCLUSIVE)) v = v128.load(x + j);
        storeLanes(to + j, v, rest);
      }
    }
  }
}

export function scanRows(block: usize, begin: u32, end: u32): void {
  const kind = word(block, 2);
  if (kind == 0) rowsOf(0, block, begin, end, true);
  else if (kind == 1) rowsOf(1, block, begin, end, true);
  else if (kind == 2) rowsOf(2, block, begin, end, true);
  else if (kind == 3) rowsOf(3, block, begin, end, true);
  else if (kind == 4) rowsOf(4, block, begin, end, true);
  else if (kind == 5) rowsOf(5, block, begin, end, true);
  else if (kind == 6) rowsOf(6, block, begin, end, true);
  else if (kind == 7) rowsOf(7, block, begin, end, true);
  else if (kind == 10) rowsOf(10, block, begin, end, true);
  else rowsOf(11, block, begin, end, true);
}

/** The total of each block alone; arguments as scanRows, without offsets. */
export function scanTotals(block: usize, begin: u32, end: u32): void {
  const kind = word(block, 2);
  if (kind == 0) rowsOf(0, block, begin, end, false);
  else if (kind == 1) rowsOf(1, block, begin, end, false);
  else if (kind == 2) rowsOf(2, block, begin, end, false);
  else if (kind == 3) rowsOf(3, block, begin, end, false);
  else if (kind == 4) rowsOf(4, block, begin, end, false);
  else if (kind == 5) rowsOf(5, block, begin, end, false);
  else if (kind == 6) rowsOf(6, block, begin, end, false);
  else if (kind == 7) rowsOf(7, block, begin, end, false);
  else if (kind == 10) rowsOf(10, block, begin, end, false);
  else rowsOf(11, block, begin, end, false);
}

export function scanColumns(block: usize, begin: u32, end: u32): void {
  const kind = word(block, 2);
  if (kind == 0) columnsOf(0, block, begin, end);
  else if (kind == 1) columnsOf(1, block, begin, end);
  else if (kind == 2) columnsOf(2, block, begin, end);
  else if (kind == 3) columnsOf(3, block, begin, end);
  else if (kind == 4) columnsOf(4, block, begin, end);
  else if (kind == 5) columnsOf(5, block, begin, end);
  else if (kind == 6) columnsOf(6, block, begin, end);
  else if (kind == 7) columnsOf(7, block, begin, end);
  else if (kind == 10) columnsOf(10, block, begin, end);
  else columnsOf(11, block, begin, end);
}
