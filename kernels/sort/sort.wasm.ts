// Stable sorts by the digits of keys, least first. Elements become u32 keys in whose order they sort; an item holds its key
// above its place, so that items are never equal. Rows too short to fill digits are sorted by insertion.
import { threadArena } from "../runtime/program.wasm";
import { address, word } from "../runtime/vector.wasm";

const F32: u32 = 0;
const I32: u32 = 1;
const DESCENDING: u32 = 4;
/** Up to so many elements a row is sorted by insertion: counting digits costs about 2 us. */
const SHORT: u32 = 48;
/** Up to so many elements digits have 8 bits, above it 11. */
const MIDDLE: u32 = 4096;
const BITS: u32 = 11;
const BUCKETS: u32 = 2048;

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

function insertionSort(x: usize, values: usize, indices: usize, items: usize, count: u32, order: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const item = itemOf(x, i, order);
    let at = items + ((<usize>i) << 3);
    while (at > items && load<u64>(at - 8) > item) {
      store<u64>(at, load<u64>(at - 8));
      at -= 8;
    }
    store<u64>(at, item);
  }
  for (let i: u32 = 0; i < count; i++) {
    writeItem(load<u64>(items + ((<usize>i) << 3)), i, x, values, indices, order);
  }
}

/** All digits of a row; the counts of every digit are taken in one walk, and stand in this thread's arena. */
// @ts-ignore: decorator
@inline
function digitSort(
  x: usize, values: usize, indices: usize, a: usize, b: usize, count: u32, order: u32, bits: u32, digits: u32,
): void {
  const buckets: u32 = 1 << bits;
  const mask = buckets - 1;
  const counts = threadArena();
  const table = (<usize>buckets) << 2;
  memory.fill(counts, 0, table * digits);
  for (let i: u32 = 0; i < count; i++) {
    const key = keyOf(load<u32>(x + ((<usize>i) << 2)), order);
    for (let d: u32 = 0; d < digits; d++) {
      const at = counts + table * d + ((<usize>((key >>> (d * bits)) & mask)) << 2);
      store<u32>(at, load<u32>(at) + 1);
    }
  }
  for (let d: u32 = 0; d < digits; d++) {
    const own = counts + table * d;
    let sum: u32 = 0;
    for (let k: usize = 0; k < table; k += 4) {
      const here = load<u32>(own + k);
      store<u32>(own + k, sum);
      sum += here;
    }
    const from = d & 1 ? a : b;
    const to = d & 1 ? b : a;
    const last = d == digits - 1;
    const shift = d * bits + 32;
    for (let i: u32 = 0; i < count; i++) {
      const item = d == 0 ? itemOf(x, i, order) : load<u64>(from + ((<usize>i) << 3));
      const at = own + ((<usize>((<u32>(item >>> shift)) & mask)) << 2);
      const place = load<u32>(at);
      store<u32>(at, place + 1);
      if (last) writeItem(item, place, x, values, indices, order);
      else store<u64>(to + ((<usize>place) << 3), item);
    }
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
    if (count <= SHORT) insertionSort(x, values, indices, a, count, order);
    else if (count <= MIDDLE) digitSort(x, values, indices, a, b, count, order, 8, 4);
    else digitSort(x, values, indices, a, b, count, order, BITS, 3);
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
      const at = counts + ((<usize>((<u32>(itemAt(from, i, order, digit) >>> shift)) & (BUCKETS - 1))) << 2);
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

/** Moves items by a digit. As sortCount, then [items to, x, values, indices]; the third digit writes the results. */
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
      const at = counts + ((<usize>((<u32>(item >>> shift)) & (BUCKETS - 1))) << 2);
      const place = load<u32>(at);
      store<u32>(at, place + 1);
      if (digit == 2) writeItem(item, place, x, values, indices, order);
      else store<u64>(to + ((<usize>place) << 3), item);
    }
  }
}
