// The gradient of attention. A unit is one matrix of the batch: for each block of keys and of queries the weights are made
// again strip by strip, give the strip's part of dq at once, and are laid out anew (six keys by all queries of the block) for
// dv and dk, which add blocks of queries up in their order. Five products in place of seven for a pass over each of the two.
import { expLanes } from "../map/scalar.wasm";
import { fourByEight } from "../matmul/direct.wasm";
import { edgeTile, FROM_RESULT, FROM_ZERO, microKernel } from "../matmul/matmul.wasm";
import { packLeft, packRight, packSixRows } from "../matmul/pack.wasm";
import { threadArena } from "../runtime/program.wasm";
import { address, sumLanes, word } from "../runtime/vector.wasm";
import { hideKeys, packStrip, seenKeys, stripProduct, writeStrip } from "./strip.wasm";

/** Queries of a block: the depth of the products for dv and dk. */
const QUERIES: u32 = 64;

const infinity: usize = memory.data<f32>([Infinity, Infinity, Infinity, Infinity], 16);

/** Eight logarithms, with Infinity for -Infinity so that no weight is left of such a row, then eight sums of g o. */
function packRows(
  to: usize, logarithms: usize, o: usize, g: usize, lanes: u32, width: u32,
): void {
  memory.fill(to, 0, 64);
  memory.copy(to, logarithms, (<usize>lanes) << 2);
  const limit = v128.load(infinity);
  for (let half: usize = 0; half < 32; half += 16) {
    const x = v128.load(to + half);
    v128.store(to + half, v128.bitselect(limit, x, f32x4.eq(x, f32x4.neg(limit))));
  }
  for (let lane: u32 = 0; lane < lanes; lane++) {
    let column: u32 = 0;
    let sums = f32x4.splat(0);
    for (; column + 4 <= width; column += 4, o += 16, g += 16) {
      sums = f32x4.add(sums, f32x4.mul(v128.load(o), v128.load(g)));
    }
    let sum = sumLanes(sums);
    for (; column < width; column++, o += 4, g += 4) sum += load<f32>(o) * load<f32>(g);
    store<f32>(to + 32 + ((<usize>lane) << 2), sum);
  }
}

/** Scores to weights and g v^T to slopes, in place. */
function slopes(weights: usize, along: usize, count: u32, rows: usize, scale: f32): void {
  const logA = v128.load(rows), logB = v128.load(rows, 16);
  const levelA = v128.load(rows, 32), levelB = v128.load(rows, 48);
  const by = f32x4.splat(scale);
  for (const stop = weights + ((<usize>count) << 5); weights < stop; weights += 32, along += 32) {
    const p = expLanes(f32x4.sub(v128.load(weights), logA));
    const q = expLanes(f32x4.sub(v128.load(weights, 16), logB));
    v128.store(weights, p);
    v128.store(weights, q, 16);
    v128.store(along, f32x4.mul(f32x4.mul(p, by), f32x4.sub(v128.load(along), levelA)));
    v128.store(along, f32x4.mul(f32x4.mul(q, by), f32x4.sub(v128.load(along, 16), levelB)), 16);
  }
}

/** Adds `rows` rows, packed by six over `depth` and `step` bytes apart, times packed columns to c. */
function addRows(c: usize, left: usize, step: usize, rows: u32, right: usize, columns: u32, depth: u32): void {
  const stride = (<usize>columns) << 2;
  for (let j: u32 = 0; j < columns; j += 8, right += (<usize>depth) << 5) {
    const width = columns - j < 8 ? columns - j : 8;
    let strip = left;
    for (let i: u32 = 0; i < rows; i += 6, strip += step) {
      const to = c + <usize>i * stride + ((<usize>j) << 2);
      const height = rows - i < 6 ? rows - i : 6;
      if (width < 8 || height == 5) {
        edgeTile(depth, strip, right, to, stride, FROM_RESULT, 0, false, height, width);
      } else if (height == 6) {
        microKernel(depth, strip, right, to, stride, FROM_RESULT, 0, false);
      } else {
        fourByEight(depth, strip, 4, 24, right, 32, to, stride, height, FROM_RESULT, 0, false);
      }
    }
  }
}

/**
 * Units are matrices of the batch. Block: [q, k, v, o, logarithms, upstream, dq, dk, dv, tokens, keys, width, width of
 * values, scale, causal, keys of a block (up to 258), mask and its layout (see hideKeys)].
 */
export function attentionGradientMatrices(block: usize, begin: u32, end: u32): void {
  const tokens = word(block, 9);
  const keys = word(block, 10);
  const width = word(block, 11);
  const valueWidth = word(block, 12);
  const scale = load<f32>(block + 52);
  const causal = word(block, 14) != 0;
  const blockKeys = word(block, 15);
  const bytes = (<usize>width) << 2;
  const valueBytes = (<usize>valueWidth) << 2;
  const room = (<usize>(blockKeys + 6)) << 5;
  const weights = threadArena() + 256;
  const along = weights + room;
  const words = along + room;
  const rows = words + room;
  const result = rows + 64;
  const strip = result + ((<usize>(width + 6)) << 5);
  const gStrip = strip + ((<usize>width) << 5);
  const left = gStrip + ((<usize>valueWidth) << 5);
  const values = left + <usize>(blockKeys + 5) * bytes;
  const turned = values + <usize>(blockKeys + 5) * valueBytes;
  const queryColumns = turned + ((<usize>(width + 5) * blockKeys) << 2);
  const gColumns = queryColumns + ((<usize>(width + 7) * QUERIES) << 2);
  const weightStrips = gColumns + ((<usize>(valueWidth + 7) * QUERIES) << 2);
  const slopeStrips = weightStrips + ((<usize>(blockKeys + 5) * QUERIES) << 2);
  /** Bytes from six keys to the next six. */
  const step: usize = <usize>QUERIES * 24;
  for (let batch = begin; batch < end; batch++) {
    const firstRow = <usize>batch * tokens;
    const firstKey = <usize>batch * keys;
    const q = address(block, 0) + firstRow * bytes;
    const k = address(block, 1) + firstKey * bytes;
    const v = address(block, 2) + firstKey * valueBytes;
    const o = address(block, 3) + firstRow * valueBytes;
    const logarithms = address(block, 4) + (firstRow << 2);
    const g = address(block, 5) + firstRow * valueBytes;
    const dq = address(block, 6) + firstRow * bytes;
    const dk = address(block, 7) + firstKey * bytes;
    const dv = address(block, 8) + firstKey * valueBytes;
    if (keys == 0) memory.fill(dq, 0, <usize>tokens * bytes);
    memory.fill(dk, 0, <usize>keys * bytes);
    memory.fill(dv, 0, <usize>keys * valueBytes);
    for (let at: u32 = 0; at < keys; at += blockKeys) {
      const size = keys - at < blockKeys ? keys - at : blockKeys;
      packLeft(left, k, false, keys, width, at, size, 0, width);
      packLeft(values, v, false, keys, valueWidth, at, size, 0, valueWidth);
      packLeft(turned, k, true, width, keys, 0, width, at, size);
      for (let first: u32 = 0; first < tokens; first += QUERIES) {
        const count = tokens - first < QUERIES ? tokens - first : QUERIES;
        const reach = seenKeys(causal, first + ((count - 1) & ~7), at, size);
        if (reach == 0) continue;
        packRight(queryColumns, q, false, width, tokens, 0, width, first, count);
        packRight(gColumns, g, false, valueWidth, tokens, 0, valueWidth, first, count);
        for (let own: u32 = 0; own < count; own += 8) {
          const query = first + own;
          const lanes = count - own < 8 ? count - own : 8;
          const row = <usize>query;
          const seen = seenKeys(causal, query, at, size);
          if (seen > 0) {
            packStrip(strip, q, tokens, width, query, scale);
            packStrip(gStrip, g, tokens, valueWidth, query, 1);
            packRows(rows, logarithms + (row << 2), o + row * valueBytes, g + row * valueBytes, lanes, valueWidth);
            stripProduct(weights, left, bytes * 6, seen, strip, width, FROM_ZERO);
            stripProduct(along, values, valueBytes * 6, seen, gStrip, valueWidth, FROM_ZERO);
            hideKeys(weights, words, block, 16, batch, causal, tokens, keys, query, at, seen);
            slopes(weights, along, seen, rows, scale);
            stripProduct(result, turned, (<usize>size) * 24, width, along, seen, FROM_ZERO);
            writeStrip(dq + row * bytes, result, lanes, width, at > 0);
          }
          // Keys that other strips of the block see, and rows up to six past the last.
          const unseen = (<usize>seen) << 5;
          const length = ((<usize>(reach + 5 - seen)) << 5);
          memory.fill(weights + unseen, 0, length);
          memory.fill(along + unseen, 0, length);
          for (let key: u32 = 0; key < reach; key += 6) {
            const to = <usize>(key / 6) * step + <usize>own * 24;
            packSixRows(weightStrips + to, weights + ((<usize>key) << 5), 32, 8);
            packSixRows(slopeStrips + to, along + ((<usize>key) << 5), 32, 8);
          }
        }
        addRows(dv + <usize>at * valueBytes, weightStrips, step, reach, gColumns, valueWidth, count);
        addRows(dk + <usize>at * bytes, slopeStrips, step, reach, queryColumns, width, count);
      }
    }
  }
}
