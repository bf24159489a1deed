// The first k of each sorted row: a heap holds the best k items seen, its worst on top, so that most elements cost one
// comparison. Items are those of sort.wasm.ts, never equal.
import { address, word } from "../runtime/vector.wasm";
import { threadArena } from "../runtime/program.wasm";
import { digitSort, itemOf, keyOf, writeItem } from "./sort.wasm";

/** Puts an item into the heap of `count` items whose top is free, below which order holds. */
// @ts-ignore: decorator
@inline
function sink(heap: usize, count: u32, item: u64): void {
  let at: u32 = 0;
  while (true) {
    let child: u32 = 2 * at + 1;
    if (child >= count) break;
    let larger = load<u64>(heap + ((<usize>child) << 3));
    if (child + 1 < count) {
      const other = load<u64>(heap + ((<usize>(child + 1)) << 3));
      if (other > larger) {
        larger = other;
        child++;
      }
    }
    if (larger < item) break;
    store<u64>(heap + ((<usize>at) << 3), larger);
    at = child;
  }
  store<u64>(heap + ((<usize>at) << 3), item);
}

/** Units are rows. Block: [x, values, indices, heaps, length, k, order]. */
export function topKRows(block: usize, begin: u32, end: u32): void {
  const length = word(block, 4);
  const k = word(block, 5);
  const order = word(block, 6);
  for (let row = begin; row < end; row++) {
    const x = address(block, 0) + (((<usize>row) * length) << 2);
    const kept = (<usize>row) * k;
    const values = address(block, 1) + (kept << 2);
    const indices = address(block, 2) + (kept << 2);
    const heap = address(block, 3) + (kept << 3);
    for (let i: u32 = 0; i < k; i++) {
      const item = itemOf(x, i, order);
      let at = i;
      while (at > 0) {
        const parent = (at - 1) >>> 1;
        const above = load<u64>(heap + ((<usize>parent) << 3));
        if (above > item) break;
        store<u64>(heap + ((<usize>at) << 3), above);
        at = parent;
      }
      store<u64>(heap + ((<usize>at) << 3), item);
    }
    // A later element with an equal key is behind all that are kept.
    let worst = <u32>(load<u64>(heap) >>> 32);
    for (let i = k; i < length; i++) {
      if (keyOf(load<u32>(x + ((<usize>i) << 2)), order) >= worst) continue;
      sink(heap, k, itemOf(x, i, order));
      worst = <u32>(load<u64>(heap) >>> 32);
    }
    for (let left = k; left > 0; left--) {
      writeItem(load<u64>(heap), left - 1, x, values, indices, order);
      sink(heap, left - 1, load<u64>(heap + ((<usize>(left - 1)) << 3)));
    }
  }
}

/**
 * For many of a row: elements are counted by the top 11 bits of their keys, those in the buckets that hold the first k are
 * gathered in their order, and those alone are sorted. Units are rows. Block: [x, values, indices, items a, items b, length, k, order].
 */
export function topKSelect(block: usize, begin: u32, end: u32): void {
  const length = word(block, 5);
  const k = word(block, 6);
  const order = word(block, 7);
  const counts = threadArena();
  const bytes = (<usize>length) << 2;
  for (let row = begin; row < end; row++) {
    const x = address(block, 0) + (<usize>row) * bytes;
    const items = (<usize>row) * bytes << 1;
    const kept = ((<usize>row) * k) << 2;
    memory.fill(counts, 0, 8192);
    for (let at: usize = 0; at < bytes; at += 4) {
      const to = counts + ((<usize>(keyOf(load<u32>(x + at), order) >>> 21)) << 2);
      store<u32>(to, load<u32>(to) + 1);
    }
    let last: u32 = 0;
    let found = load<u32>(counts);
    while (found < k) {
      last++;
      found += load<u32>(counts + ((<usize>last) << 2));
    }
    const b = address(block, 4) + items;
    let to = b;
    for (let i: u32 = 0; i < length; i++) {
      // Written in any case, and kept where its bucket is: there is no branch to guess.
      store<u64>(to, itemOf(x, i, order));
      to += (load<u32>(to, 4) >>> 21) <= last ? 8 : 0;
    }
    digitSort(
      x, address(block, 1) + kept, address(block, 2) + kept, address(block, 3) + items, b, found, k, order, true,
    );
  }
}
