// Attention strip by strip. Keys and values of a block are packed once and stay in L2; a strip's scores are made, turned
// into weights and used in L1. Rows of up to a block of keys have one softmax; longer ones go on from block to block, with
// what was summed scaled down to the new maximum (M. Milakov, N. Gimelshein 2018). A query's sums depend on its own row
// and the size of a block alone, so threads do not change its bits.
import { expLanes, logLanes } from "../map/scalar.wasm";
import { FROM_RESULT, FROM_ZERO } from "../matmul/matmul.wasm";
import { packLeft } from "../matmul/pack.wasm";
import { threadArena } from "../runtime/program.wasm";
import { address, word } from "../runtime/vector.wasm";
import { hideKeys, packStrip, seenKeys, stripProduct, writeStrip } from "./strip.wasm";

const infinity: usize = memory.data<f32>([-Infinity, -Infinity, -Infinity, -Infinity], 16);

/** What a row's exponentials are taken above: its maximum, or 0 where that is -Infinity. */
// @ts-ignore: decorator
@inline
function baseOf(largest: v128): v128 {
  return v128.andnot(largest, f32x4.eq(largest, v128.load(infinity)));
}

/** Scores of a strip to weights in place. State: maximum and sum of eight lanes, then what was summed, [rows][8]. */
function weigh(scores: usize, count: u32, state: usize, rows: u32, first: bool): void {
  const stop = scores + ((<usize>count) << 5);
  let a = v128.load(infinity), b = a, c = a, d = a;
  let at = scores;
  for (; at + 64 <= stop; at += 64) {
    a = f32x4.pmax(a, v128.load(at));
    b = f32x4.pmax(b, v128.load(at, 16));
    c = f32x4.pmax(c, v128.load(at, 32));
    d = f32x4.pmax(d, v128.load(at, 48));
  }
  if (at < stop) {
    a = f32x4.pmax(a, v128.load(at));
    b = f32x4.pmax(b, v128.load(at, 16));
  }
  a = f32x4.pmax(a, c);
  b = f32x4.pmax(b, d);
  const oldA = v128.load(state), oldB = v128.load(state, 16);
  if (!first) {
    a = f32x4.pmax(oldA, a);
    b = f32x4.pmax(oldB, b);
  }
  v128.store(state, a);
  v128.store(state, b, 16);
  a = baseOf(a);
  b = baseOf(b);
  let sumA = f32x4.splat(0), sumB = sumA;
  for (at = scores; at < stop; at += 32) {
    const p = expLanes(f32x4.sub(v128.load(at), a));
    const q = expLanes(f32x4.sub(v128.load(at, 16), b));
    v128.store(at, p);
    v128.store(at, q, 16);
    sumA = f32x4.add(sumA, p);
    sumB = f32x4.add(sumB, q);
  }
  if (!first) {
    const downA = expLanes(f32x4.sub(oldA, a));
    const downB = expLanes(f32x4.sub(oldB, b));
    sumA = f32x4.add(sumA, f32x4.mul(downA, v128.load(state, 32)));
    sumB = f32x4.add(sumB, f32x4.mul(downB, v128.load(state, 48)));
    at = state + 64;
    for (const end = at + ((<usize>rows) << 5); at < end; at += 32) {
      v128.store(at, f32x4.mul(v128.load(at), downA));
      v128.store(at, f32x4.mul(v128.load(at, 16), downB), 16);
    }
  }
  v128.store(state, sumA, 32);
  v128.store(state, sumB, 48);
}

/** Divides a strip by its sum and writes it, and the logarithm of the sum. */
function finish(state: usize, o: usize, logarithms: usize, lanes: u32, rows: u32): void {
  const sumA = v128.load(state, 32), sumB = v128.load(state, 48);
  const zero = f32x4.splat(0), one = f32x4.splat(1);
  const overA = v128.andnot(f32x4.div(one, sumA), f32x4.eq(sumA, zero));
  const overB = v128.andnot(f32x4.div(one, sumB), f32x4.eq(sumB, zero));
  let at = state + 64;
  for (const end = at + ((<usize>rows) << 5); at < end; at += 32) {
    v128.store(at, f32x4.mul(v128.load(at), overA));
    v128.store(at, f32x4.mul(v128.load(at, 16), overB), 16);
  }
  writeStrip(o, state + 64, lanes, rows, false);
  v128.store(state, f32x4.add(v128.load(state), logLanes(sumA)));
  v128.store(state, f32x4.add(v128.load(state, 16), logLanes(sumB)), 16);
  memory.copy(logarithms, state, (<usize>lanes) << 2);
}

/**
 * Units are blocks of queries, then matrices of the batch. Block: [q, k, v, o, logarithms, tokens, keys, width, width of
 * values, scale, causal, queries of a unit (a multiple of 8 up to 192), keys of a block (up to 516), mask and its layout
 * (see hideKeys)]. Widths are at most 128: all of it fits in the arena.
 */
export function attentionRows(block: usize, begin: u32, end: u32): void {
  const tokens = word(block, 5);
  const keys = word(block, 6);
  const width = word(block, 7);
  const valueWidth = word(block, 8);
  const scale = load<f32>(block + 36);
  const causal = word(block, 10) != 0;
  const rows = word(block, 11);
  const blockKeys = word(block, 12);
  const tiles = (tokens + rows - 1) / rows;
  const stateBytes: usize = 64 + ((<usize>(valueWidth + 6)) << 5);
  const scores = threadArena() + 256;
  const words = scores + ((<usize>(blockKeys + 6)) << 5);
  const strip = words + ((<usize>(blockKeys + 6)) << 5);
  const states = strip + ((<usize>width) << 5);
  const left = states + <usize>(rows >> 3) * stateBytes;
  const values = left + ((<usize>(blockKeys + 5) * width) << 2);
  let packed: u32 = 0xffffffff;
  for (let unit = begin; unit < end; unit++) {
    const batch = unit / tiles;
    const firstQuery = (unit - batch * tiles) * rows;
    const lastQuery = firstQuery + rows < tokens ? firstQuery + rows : tokens;
    const q = address(block, 0) + ((<usize>batch * tokens * width) << 2);
    const k = address(block, 1) + ((<usize>batch * keys * width) << 2);
    const v = address(block, 2) + ((<usize>batch * keys * valueWidth) << 2);
    const reach = causal && lastQuery < keys ? lastQuery : keys;
    let at: u32 = 0;
    do {
      const size = keys - at < blockKeys ? keys - at : blockKeys;
      if (packed != batch || keys > blockKeys) {
        packLeft(left, k, false, keys, width, at, size, 0, width);
        packLeft(values, v, true, valueWidth, keys, 0, valueWidth, at, size);
        packed = batch;
      }
      let state = states;
      for (let query = firstQuery; query < lastQuery; query += 8, state += stateBytes) {
        const seen = seenKeys(causal, query, at, size);
        if (seen == 0 && at > 0) continue;
        packStrip(strip, q, tokens, width, query, scale);
        stripProduct(scores, left, (<usize>width) * 24, seen, strip, width, FROM_ZERO);
        hideKeys(scores, words, block, 13, batch, causal, tokens, keys, query, at, seen);
        weigh(scores, seen, state, valueWidth, at == 0);
        stripProduct(
          state + 64, values, (<usize>size) * 24, valueWidth, scores, seen, at == 0 ? FROM_ZERO : FROM_RESULT,
        );
      }
      at += blockKeys;
    } while (at < reach);
    let state = states;
    for (let query = firstQuery; query < lastQuery; query += 8, state += stateBytes) {
      const row = <usize>batch * tokens + query;
      finish(
        state, address(block, 3) + ((row * valueWidth) << 2), address(block, 4) + (row << 2),
        tokens - query < 8 ? tokens - query : 8, valueWidth,
      );
    }
  }
}
