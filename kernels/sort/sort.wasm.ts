// Stable sorts by the digits of keys, least first. Elements become u32 keys in whose order they sort; an item holds its key
// above its place, so that items are never equal. In rows too short to fill digits each element counts those before it.
import { threadArena } from "../runtime/program.wasm";
import { address, word } from "../runtime/vector.wasm";

const F32: u32 = 0;
const I32: u32 = 1;
const DESCENDING: u32 = 4;
/** Up to so many elements a row is sorted by ranks, n^2 / 4 vector steps: counting digits costs about 2 us. */
const SHORT: u32 = 128;
/** Digits of 8 bits: 2048 buckets of 11 bits do not fit the first-level cache, 35 ms for a million elements instead of 18. */
const BITS: u32 = 8;
const BUCKETS: u32 = 256;
const MASK: u32 = 255;
const TABLE: usize = 1024;

/** Key of an element's bits: NaN is the largest either way, zeros of both signs are equal. */
// @ts-ignore: decorator
@inline
export function keyOf(bits: u32, order: u32): u32 {
  let key = bits;
  const dtype = order & 3;
  if (dtype == F32) {
    if ((bits & 0x7fffffff) > 0x7f800000) return 0xffffffff;
    if (bits == 0x80000000) key = 0;
    key ^= <u32>(<i32>key >> 31) | 0x80000000;
  } else if (dtype == I32) key ^= 0x80000000;
  return order & DESCENDING ? ~key : key;
}

/** Writes an item's element and place: the element from its key, or where the key has lost it (zero, NaN) from x. */
// @ts-ignore: decorator
@inline
export function writeItem(item: u64, to: u32, x: usize, values: usize, indices: usize, order: u32): void {
  const at = (<usize>to) << 2;
  const place = <u32>item;
  store<u32>(indices + at, place);
  let key = <u32>(item >>> 32);
  const dtype = order & 3;
  if (dtype == F32 && key == 0xffffffff) {
    store<u32>(values + at, load<u32>(x + ((<usize>place) << 2)));
    return;
  }
  if (order & DESCENDING) key = ~key;
  if (dtype == F32) {
    if (key == 0x80000000) key = load<u32>(x + ((<usize>place) << 2));
    else key ^= <u32>(<i32>~key >> 31) | 0x80000000;
  } else if (dtype == I32) key ^= 0x80000000;
  store<u32>(values + at, key);
}

// @ts-ignore: decorator
@inline
export function itemOf(x: usize, i: u32, order: u32): u64 {
  return (<u64>keyOf(load<u32>(x + ((<usize>i) << 2)), order) << 32) | <u64>i;
}

/** Row m: lanes behind lane m. */
// prettier-ignore
const laterLanes: usize = memory.data<i32>([
  0, -1, -1, -1,
  0, 0, -1, -1,
  0, 0, 0, -1,
  0, 0, 0, 0,
], 16);

/**
 * An element's rank is the number of keys below its own, and of equal ones before it: for four elements at a time, without a
 * branch on a key. Keys stand in this thread's arena with their top bit flipped, since vectors compare with a sign.
 */
function rankSort(x: usize, values: usize, indices: usize, count: u32, order: u32): void {
  const keys = threadArena();
  const ranks = keys + 4 * SHORT + 16;
  const bytes = (<usize>count) << 2;
  for (let i: usize = 0; i < bytes; i += 4) store<u32>(keys + i, keyOf(load<u32>(x + i), order) ^ 0x80000000);
  for (let i: usize = 0; i < bytes; i += 16) {
    const own = v128.load(keys + i);
    // Before these four: those that are not above.
    let rank = i32x4.splat(<u32>i >> 2);
    for (let j: usize = 0; j < i; j += 4) rank = i32x4.add(rank, i32x4.gt_s(v128.load32_splat(keys + j), own));
    const next = i + 16 < bytes ? i + 16 : bytes;
    for (let j = i; j < next; j += 4) {
      const other = v128.load32_splat(keys + j);
      const equal = v128.and(i32x4.eq(other, own), v128.load(laterLanes + ((j - i) << 2)));
      rank = i32x4.sub(rank, v128.or(i32x4.gt_s(own, other), equal));
    }
    for (let j = next; j < bytes; j += 4) rank = i32x4.sub(rank, i32x4.gt_s(own, v128.load32_splat(keys + j)));
    v128.store(ranks + i, rank);
  }
  for (let i: usize = 0; i < bytes; i += 4) {
    const item = (<u64>(load<u32>(keys + i) ^ 0x80000000) << 32) | <u64>(i >> 2);
    writeItem(item, load<u32>(ranks + i), x, values, indices, order);
  }
}

/** Where the items of each bucket begin, from how many there are. */
// @ts-ignore: decorator
@inline
function accumulate(counts: usize): void {
  let sum: u32 = 0;
  for (let k: usize = 0; k < TABLE; k += 4) {
    const here = load<u32>(counts + k);
    store<u32>(counts + k, sum);
    sum += here;
  }
}

/** Place of an item among those of its digit's bucket and all before. */
// @ts-ignore: decorator
@inline
function take(counts: usize, digit: u32): u32 {
  const at = counts + ((<usize>digit) << 2);
  const place = load<u32>(at);
  store<u32>(at, place + 1);
  return place;
}

/** Counts a digit. */
// @ts-ignore: decorator
@inline
function addOne(counts: usize, digit: u32): void {
  const at = counts + ((<usize>digit) << 2);
  store<u32>(at, load<u32>(at) + 1);
}

/**
 * The first `kept` items of a row by all digits; the counts of every digit are taken in one walk, and stand in this thread's
 * arena. Items are made from x, or with `made` stand in `b`. The walks are written out, so that no step asks which it is.
 */
// @ts-ignore: decorator
@inline
export function digitSort(
  x: usize, values: usize, indices: usize, a: usize, b: usize, count: u32, kept: u32, order: u32, made: bool,
): void {
  const c0 = threadArena();
  const c1 = c0 + TABLE, c2 = c1 + TABLE, c3 = c2 + TABLE;
  memory.fill(c0, 0, 4 * TABLE);
  const stop = (<usize>count) << 3;
  for (let at: usize = 0; at < stop; at += 8) {
    const key = made ? load<u32>(b + at, 4) : keyOf(load<u32>(x + (at >> 1)), order);
    addOne(c0, key & MASK);
    addOne(c1, (key >>> BITS) & MASK);
    addOne(c2, (key >>> (2 * BITS)) & MASK);
    addOne(c3, key >>> (3 * BITS));
  }
  accumulate(c0);
  accumulate(c1);
  accumulate(c2);
  accumulate(c3);
  for (let i: u32 = 0; i < count; i++) {
    const item = made ? load<u64>(b + ((<usize>i) << 3)) : itemOf(x, i, order);
    store<u64>(a + ((<usize>take(c0, (<u32>(item >>> 32)) & MASK)) << 3), item);
  }
  for (let at: usize = 0; at < stop; at += 8) {
    const item = load<u64>(a + at);
    store<u64>(b + ((<usize>take(c1, (<u32>(item >>> (32 + BITS))) & MASK)) << 3), item);
  }
  for (let at: usize = 0; at < stop; at += 8) {
    const item = load<u64>(b + at);
    store<u64>(a + ((<usize>take(c2, (<u32>(item >>> (32 + 2 * BITS))) & MASK)) << 3), item);
  }
  for (let at: usize = 0; at < stop; at += 8) {
    const item = load<u64>(a + at);
    const to = take(c3, <u32>(item >>> (32 + 3 * BITS)));
    if (to < kept) writeItem(item, to, x, values, indices, order);
  }
}

/** Units are rows. Block: [x, values, indices, items a, items b, count, order]. */
export function sortRows(block: usize, begin: u32, end: u32): void {
  const count = word(block, 5);
  const order = word(block, 6);
  for (let row = begin; row < end; row++) {
    const skip = (<usize>row) * count;
    const x = address(block, 0) + (skip << 2);
    const values = address(block, 1) + (skip << 2);
    const indices = address(block, 2) + (skip << 2);
    const a = address(block, 3) + (skip << 3);
    const b = address(block, 4) + (skip << 3);
    if (count <= SHORT) rankSort(x, values, indices, count, order);
    else digitSort(x, values, indices, a, b, count, count, order, false);
  }
}

/** The digit of item i of a row: items are made from x for the first digit. */
// @ts-ignore: decorator
@inline
function itemAt(from: usize, i: u32, order: u32, digit: u32): u64 {
  return digit == 0 ? itemOf(from, i, order) : load<u64>(from + ((<usize>i) << 3));
}

/** Counts a digit of each block. Units are blocks. Block: [from, counts, count, block size, blocks a row, order, digit]. */
export function sortCount(block: usize, begin: u32, end: u32): void {
  const count = word(block, 2);
  const size = word(block, 3);
  const blocks = word(block, 4);
  const order = word(block, 5);
  const digit = word(block, 6);
  const shift = digit * BITS + 32;
  for (let unit = begin; unit < end; unit++) {
    const row = unit / blocks;
    const from = address(block, 0) + (((<usize>row) * count) << (digit == 0 ? 2 : 3));
    const first = (unit - row * blocks) * size;
    const last = count - first < size ? count : first + size;
    const counts = address(block, 1) + (((<usize>unit) * BUCKETS) << 2);
    memory.fill(counts, 0, <usize>(BUCKETS << 2));
    for (let i = first; i < last; i++) {
      const at = counts + ((<usize>((<u32>(itemAt(from, i, order, digit) >>> shift)) & MASK)) << 2);
      store<u32>(at, load<u32>(at) + 1);
    }
  }
}

/** Turns counts into where each block's items of a bucket begin. Units are rows. Block: [counts, blocks a row]. */
export function sortOffsets(block: usize, begin: u32, end: u32): void {
  const blocks = word(block, 1);
  for (let row = begin; row < end; row++) {
    const counts = address(block, 0) + (((<usize>row) * blocks * BUCKETS) << 2);
    let sum: u32 = 0;
    for (let bucket: u32 = 0; bucket < BUCKETS; bucket++) {
      for (let k: u32 = 0; k < blocks; k++) {
        const at = counts + (((<usize>k) * BUCKETS + bucket) << 2);
        const here = load<u32>(at);
        store<u32>(at, sum);
        sum += here;
      }
    }
  }
}

/** Moves items by a digit. As sortCount, then [items to, x, values, indices]; the last digit writes the results. */
export function sortScatter(block: usize, begin: u32, end: u32): void {
  const count = word(block, 2);
  const size = word(block, 3);
  const blocks = word(block, 4);
  const order = word(block, 5);
  const digit = word(block, 6);
  const shift = digit * BITS + 32;
  for (let unit = begin; unit < end; unit++) {
    const row = unit / blocks;
    const skip = (<usize>row) * count;
    const from = address(block, 0) + (skip << (digit == 0 ? 2 : 3));
    const to = address(block, 7) + (skip << 3);
    const x = address(block, 8) + (skip << 2);
    const values = address(block, 9) + (skip << 2);
    const indices = address(block, 10) + (skip << 2);
    const first = (unit - row * blocks) * size;
    const last = count - first < size ? count : first + size;
    const counts = address(block, 1) + (((<usize>unit) * BUCKETS) << 2);
    for (let i = first; i < last; i++) {
      const item = itemAt(from, i, order, digit);
      const at = counts + ((<usize>((<u32>(item >>> shift)) & MASK)) << 2);
      const place = load<u32>(at);
      store<u32>(at, place + 1);
      if (digit == 3) writeItem(item, place, x, values, indices, order);
      else store<u64>(to + ((<usize>place) << 3), item);
    }
  }
}
