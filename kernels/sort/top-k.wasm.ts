// The first k of each sorted row: a heap holds the best k items seen, its worst on top, so that most elements cost one
// comparison. Items are those of sort.wasm.ts, never equal.
import { address, word } from "../runtime/vector.wasm";
import { itemOf, keyOf, writeItem } from "./sort.wasm";

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
