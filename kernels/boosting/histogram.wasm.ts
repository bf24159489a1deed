// Sums of gradients, hessians and rows by bin. Both are whole numbers, and a bin is two 64-bit sums in one vector: gradients;
// hessians above, rows below. Rows are taken 512 at a time, their derivatives and bins first gathered to where they stay in
// cache; four columns' sums fill half of the first cache (28 columns: 36 ms a million rows all at once, 21 by fours).
import { threadArena } from "../runtime/program.wasm";
import { address, word } from "../runtime/vector.wasm";

const ROWS: u32 = 512;
/** Bytes of a row that are gathered at most. */
const SPAN: u32 = 512;

// @ts-ignore: decorator
@inline
function add(at: usize, bin: usize, own: v128): void {
  v128.store(at + (bin << 4), i64x2.add(v128.load(at + (bin << 4)), own));
}

/** Gathers the derivatives of `count` rows as what a bin adds. */
function gatherDerivatives(derivatives: usize, order: usize, count: u32, to: usize, shift: i64): void {
  for (let i: u32 = 0; i < count; i++, to += 16) {
    const from = derivatives + ((<usize>load<u32>(order + ((<usize>i) << 2))) << 3);
    store<i64>(to, load<i32>(from));
    store<i64>(to, ((<i64>load<i32>(from, 4)) << shift) + 1, 8);
  }
}

/** Gathers `span` bytes of each of `count` rows, in whole vectors. */
function gatherBins(bins: usize, stride: usize, order: usize, count: u32, to: usize, span: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const from = bins + (<usize>load<u32>(order + ((<usize>i) << 2))) * stride;
    if (span == 32) {
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
    } else for (let k: usize = 0; k < span; k += 16) v128.store(to + k, v128.load(from + k));
    to += span;
  }
}

/**
 * Units are columns. Block: [bins u8 [rows, stride], stride, columns i32 [units, 2] (rising column, byte of its first bin in a
 * histogram), derivatives i32 [rows, 2], order, from, to, histogram i64 [bins, 2], shift of hessians, order is 0, 1, 2 ...].
 */
export function boostingHistogram(block: usize, begin: u32, end: u32): void {
  const bins = address(block, 0);
  const stride = <usize>word(block, 1);
  const columns = address(block, 2);
  const derivatives = address(block, 3);
  const order = address(block, 4);
  const first = word(block, 5);
  const last = word(block, 6);
  const histogram = address(block, 7);
  const shift = <i64>word(block, 8);
  const isWhole = word(block, 9);
  const both = (threadArena() + 15) & ~15;
  const gathered = both + (<usize>ROWS << 4);
  for (let tile = begin; tile < end; ) {
    const low = load<u32>(columns + ((<usize>tile) << 3)) & ~15;
    let behind = tile + 1;
    while (behind < end && load<u32>(columns + ((<usize>behind) << 3)) - low < SPAN) behind++;
    const span = <usize>(load<u32>(columns + ((<usize>(behind - 1)) << 3)) - low + 16) & ~15;
    for (let from = first; from < last; from += ROWS) {
      const count = min(ROWS, last - from);
      const own = order + ((<usize>from) << 2);
      gatherDerivatives(derivatives, own, count, both, shift);
      let start = bins + <usize>from * stride + low;
      let step = stride;
      if (!isWhole) {
        gatherBins(bins + low, stride, own, count, gathered, span);
        start = gathered;
        step = span;
      }
      let k = tile;
      for (; k + 4 <= behind; k += 4) {
        const at = columns + ((<usize>k) << 3);
        const c0 = start + load<u32>(at) - low, h0 = histogram + load<u32>(at, 4);
        const c1 = start + load<u32>(at, 8) - low, h1 = histogram + load<u32>(at, 12);
        const c2 = start + load<u32>(at, 16) - low, h2 = histogram + load<u32>(at, 20);
        const c3 = start + load<u32>(at, 24) - low, h3 = histogram + load<u32>(at, 28);
        let value = both;
        if (c3 - c0 == 3) {
          for (let row = c0, stop = c0 + <usize>count * step; row < stop; row += step, value += 16) {
            const own = v128.load(value);
            add(h0, load<u8>(row), own);
            add(h1, load<u8>(row, 1), own);
            add(h2, load<u8>(row, 2), own);
            add(h3, load<u8>(row, 3), own);
          }
        } else {
          for (let row: usize = 0, stop = <usize>count * step; row < stop; row += step, value += 16) {
            const own = v128.load(value);
            add(h0, load<u8>(c0 + row), own);
            add(h1, load<u8>(c1 + row), own);
            add(h2, load<u8>(c2 + row), own);
            add(h3, load<u8>(c3 + row), own);
          }
        }
      }
      for (; k < behind; k++) {
        const at = columns + ((<usize>k) << 3);
        const to = histogram + load<u32>(at, 4);
        let row = start + load<u32>(at) - low;
        for (let value = both, stop = both + ((<usize>count) << 4); value < stop; value += 16, row += step)
          add(to, load<u8>(row), v128.load(value));
      }
    }
    tile = behind;
  }
}

/** Takes a child's sums from its parent's. Units are bins. Block: [parent, child]. */
export function boostingSubtract(block: usize, begin: u32, end: u32): void {
  const child = address(block, 1);
  const parent = address(block, 0);
  for (let at = (<usize>begin) << 4, stop = (<usize>end) << 4; at < stop; at += 16)
    v128.store(parent + at, i64x2.sub(v128.load(parent + at), v128.load(child + at)));
}
