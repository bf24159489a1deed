// Binary searches in sorted rows, and counts of small integers. Integer sums are the same in any order.
import { address, word } from "../runtime/vector.wasm";
import { keyOf } from "./sort.wasm";

/** Units are values. Block: [sorted, values, to, length, count, order, 1 for right]. */
export function searchSortedValues(block: usize, begin: u32, end: u32): void {
  const length = word(block, 3);
  const count = word(block, 4);
  const order = word(block, 5);
  const right = word(block, 6);
  for (let i = begin; i < end; i++) {
    const sorted = address(block, 0) + (((<usize>(i / count)) * length) << 2);
    // In 64 bits, one above the key to step behind its equals.
    const key = <u64>keyOf(load<u32>(address(block, 1) + ((<usize>i) << 2)), order) + <u64>right;
    let low: u32 = 0;
    let left = length;
    while (left > 0) {
      const half = left >>> 1;
      if (<u64>keyOf(load<u32>(sorted + ((<usize>(low + half)) << 2)), order) < key) {
        low += half + 1;
        left -= half + 1;
      } else left = half;
    }
    store<u32>(address(block, 2) + ((<usize>i) << 2), low);
  }
}

/** Units are blocks of rows. Block: [indices, to, length, block size, blocks a row, bins]. */
export function binCountBlocks(block: usize, begin: u32, end: u32): void {
  const length = word(block, 2);
  const size = word(block, 3);
  const blocks = word(block, 4);
  const bins = word(block, 5);
  for (let unit = begin; unit < end; unit++) {
    const row = unit / blocks;
    const first = (unit - row * blocks) * size;
    const last = length - first < size ? length : first + size;
    const indices = address(block, 0) + (((<usize>row) * length) << 2);
    const to = address(block, 1) + (((<usize>unit) * bins) << 2);
    memory.fill(to, 0, (<usize>bins) << 2);
    for (let i = first; i < last; i++) {
      const bin = load<u32>(indices + ((<usize>i) << 2));
      if (bin >= bins) continue;
      const at = to + ((<usize>bin) << 2);
      store<u32>(at, load<u32>(at) + 1);
    }
  }
}

/** Units are bins of rows. Block: [counts of blocks, to, blocks a row, bins]. */
export function binCountTotals(block: usize, begin: u32, end: u32): void {
  const blocks = word(block, 2);
  const bins = word(block, 3);
  for (let unit = begin; unit < end; unit++) {
    const row = unit / bins;
    let at = address(block, 0) + (((<usize>row) * blocks * bins + (unit - row * bins)) << 2);
    let sum: u32 = 0;
    for (let k: u32 = 0; k < blocks; k++, at += (<usize>bins) << 2) sum += load<u32>(at);
    store<u32>(address(block, 1) + ((<usize>unit) << 2), sum);
  }
}
