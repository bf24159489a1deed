// Softmax, log-softmax and cross-entropy by rows: the maximum, the sum of exponentials, the result. Lanes past a row's end
// count as -infinity. The maximum may miss a NaN, but the sum never does.
import { expBy, expTable, logLanes, one } from "../map/scalar.wasm";
import {
  address, firstLanes, multiplyAdd, negativeMultiplyAdd, storeLanes, sumLanes, word,
} from "../runtime/vector.wasm";

/** Largest of a row, in every lane. */
// @ts-ignore: decorator
@inline
function maximumOf(x: usize, columns: u32): v128 {
  const low = f32x4.splat(-Infinity);
  let a = low, b = low;
  let at = x;
  let stop = x + ((<usize>(columns & ~7)) << 2);
  for (; at < stop; at += 32) {
    a = f32x4.pmax(a, v128.load(at));
    b = f32x4.pmax(b, v128.load(at, 16));
  }
  if (columns & 4) {
    a = f32x4.pmax(a, v128.load(at));
    at += 16;
  }
  if (columns & 3) b = f32x4.pmax(b, v128.bitselect(v128.load(at), low, firstLanes(columns & 3)));
  return largestLane(f32x4.pmax(a, b));
}

/** The largest lane, in every lane. */
// @ts-ignore: decorator
@inline
function largestLane(x: v128): v128 {
  const pairs = f32x4.pmax(x, v128.shuffle<i32>(x, x, 1, 0, 3, 2));
  return f32x4.pmax(pairs, v128.shuffle<i32>(pairs, pairs, 2, 3, 0, 1));
}

/** Sum of exp(x - largest) over a row; the terms are written to `to` when `keep` is set. */
// @ts-ignore: decorator
@inline
function exponentials(x: usize, to: usize, columns: u32, largest: v128, keep: bool): f32 {
  const scale = v128.load(expTable, 32), magic = v128.load(expTable, 48);
  const high = v128.load(expTable, 64), low = v128.load(expTable, 80);
  const c6 = v128.load(expTable, 96), c5 = v128.load(expTable, 112), c4 = v128.load(expTable, 128);
  const c3 = v128.load(expTable, 144), c2 = v128.load(expTable, 160), unit = v128.load(one);
  let a = f32x4.splat(0), b = a;
  let at: usize = 0;
  const stop = (<usize>(columns & ~7)) << 2;
  for (; at < stop; at += 32) {
    const p = expBy(f32x4.sub(v128.load(x + at), largest), scale, magic, high, low, c6, c5, c4, c3, c2, unit);
    const q = expBy(f32x4.sub(v128.load(x + at, 16), largest), scale, magic, high, low, c6, c5, c4, c3, c2, unit);
    a = f32x4.add(a, p);
    b = f32x4.add(b, q);
    if (keep) {
      v128.store(to + at, p);
      v128.store(to + at, q, 16);
    }
  }
  for (let left = columns & 7; left > 0; ) {
    let p = expBy(f32x4.sub(v128.load(x + at), largest), scale, magic, high, low, c6, c5, c4, c3, c2, unit);
    if (left >= 4) {
      if (keep) v128.store(to + at, p);
      left -= 4;
    } else {
      p = v128.and(p, firstLanes(left));
      if (keep) storeLanes(to + at, p, left);
      left = 0;
    }
    a = f32x4.add(a, p);
    at += 16;
  }
  return sumLanes(f32x4.add(a, b));
}

/** Multiplies a row in place. */
// @ts-ignore: decorator
@inline
function scale(to: usize, columns: u32, by: v128): void {
  let at = to;
  for (const stop = to + ((<usize>(columns & ~3)) << 2); at < stop; at += 16) {
    v128.store(at, f32x4.mul(v128.load(at), by));
  }
  if (columns & 3) storeLanes(at, f32x4.mul(v128.load(at), by), columns & 3);
}

/** Columns from which the next row's maximum is sought beside a row's exponentials. */
const LEAST_STREAMED: u32 = 64;
/** Terms of what lies further below the maximum count as 0: under 1e-37 of the largest. */
const WINDOW: f32 = 86;
/** The greatest size of a maximum for which n ln 2 is subtracted without a loss, in strict arithmetic too. */
const GREATEST: f32 = 4096;

// e^r = 1 + r + r^2 q(r) for |r| <= ln 2 / 2: q from the highest power (minimax, relative error 2^-23), and 127.
// prettier-ignore
const streamTable: usize = memory.data<f32>([
  8.312501013278961e-3, 8.312501013278961e-3, 8.312501013278961e-3, 8.312501013278961e-3, // 0
  4.189033433794975e-2, 4.189033433794975e-2, 4.189033433794975e-2, 4.189033433794975e-2, // 16
  0.16667115688323975, 0.16667115688323975, 0.16667115688323975, 0.16667115688323975, // 32
  0.499992311000824, 0.499992311000824, 0.499992311000824, 0.499992311000824, // 48
  127, 127, 127, 127, // 64
], 16);

/**
 * 2^(n - N) e^r for x = n ln 2 + r; the low bits of `shift` hold 127 - N. What is less than `limit` gives 0. A product with
 * the power, since a sum of bits could make a number of a NaN.
 */
// @ts-ignore: decorator
@inline
function streamedTerm(
  x: v128, factor: v128, shift: v128, high: v128, low: v128, c5: v128, c4: v128, c3: v128, c2: v128, unit: v128, limit: v128,
): v128 {
  const shifted = multiplyAdd(x, factor, shift);
  const n = f32x4.sub(shifted, shift);
  const r = negativeMultiplyAdd(n, low, negativeMultiplyAdd(n, high, x));
  const q = multiplyAdd(multiplyAdd(multiplyAdd(c5, r, c4), r, c3), r, c2);
  const p = multiplyAdd(multiplyAdd(q, r, unit), r, unit);
  return v128.andnot(f32x4.mul(p, i32x4.shl(shifted, 23)), f32x4.lt(x, limit));
}

/**
 * Softmax of a row, and the largest of the next in every lane, so that memory is read while the product pipes work. With
 * N ln 2 near the row's maximum, all terms lack one factor, which falls out in the division by their sum: no maximum is
 * subtracted, and no special value branches. Instructions count here.
 */
// @ts-ignore: decorator
@inline
function streamedRow(x: usize, to: usize, next: usize, columns: u32, largest: v128): v128 {
  const factor = v128.load(expTable, 32), magic = v128.load(expTable, 48), unit = v128.load(one);
  const high = v128.load(expTable, 64), low = v128.load(expTable, 80);
  const c5 = v128.load(streamTable), c4 = v128.load(streamTable, 16);
  const c3 = v128.load(streamTable, 32), c2 = v128.load(streamTable, 48);
  const shift = f32x4.sub(f32x4.add(magic, v128.load(streamTable, 64)), f32x4.sub(multiplyAdd(largest, factor, magic), magic));
  const limit = f32x4.sub(largest, f32x4.splat(WINDOW));
  let above = f32x4.splat(-Infinity), sum = f32x4.splat(0);
  let at: usize = 0;
  for (const stop = (<usize>(columns & ~3)) << 2; at < stop; at += 16) {
    const p = streamedTerm(v128.load(x + at), factor, shift, high, low, c5, c4, c3, c2, unit, limit);
    sum = f32x4.add(sum, p);
    v128.store(to + at, p);
    above = f32x4.pmax(above, v128.load(next + at));
  }
  const rest = columns & 3;
  if (rest) {
    const lanes = firstLanes(rest);
    const p = v128.and(streamedTerm(v128.load(x + at), factor, shift, high, low, c5, c4, c3, c2, unit, limit), lanes);
    sum = f32x4.add(sum, p);
    storeLanes(to + at, p, rest);
    above = f32x4.pmax(above, v128.bitselect(v128.load(next + at), f32x4.splat(-Infinity), lanes));
  }
  scale(to, columns, f32x4.splat(1 / sumLanes(sum)));
  return largestLane(above);
}

/** Rows one by one, whatever is in them. */
function plainRows(block: usize, begin: u32, end: u32): void {
  const columns = word(block, 2);
  const stride = (<usize>columns) << 2;
  let x = address(block, 0) + (<usize>begin) * stride;
  let to = address(block, 1) + (<usize>begin) * stride;
  const logarithm = word(block, 3);
  for (let row = begin; row < end; row++, x += stride, to += stride) {
    const largest = maximumOf(x, columns);
    if (!logarithm) {
      scale(to, columns, f32x4.splat(1 / exponentials(x, to, columns, largest, true)));
      continue;
    }
    const total = logLanes(f32x4.splat(exponentials(x, to, columns, largest, false)));
    let at: usize = 0;
    for (const stop = (<usize>(columns & ~3)) << 2; at < stop; at += 16) {
      v128.store(to + at, f32x4.sub(f32x4.sub(v128.load(x + at), largest), total));
    }
    if (columns & 3) {
      storeLanes(to + at, f32x4.sub(f32x4.sub(v128.load(x + at), largest), total), columns & 3);
    }
  }
}

/** Units are rows. Block: [x, to, columns, 1 for the logarithm]. */
export function softmaxRows(block: usize, begin: u32, end: u32): void {
  const columns = word(block, 2);
  if (word(block, 3) || columns < LEAST_STREAMED) return plainRows(block, begin, end);
  const stride = (<usize>columns) << 2;
  let x = address(block, 0) + (<usize>begin) * stride;
  let to = address(block, 1) + (<usize>begin) * stride;
  let largest = maximumOf(x, columns);
  for (let row = begin; row < end; row++, x += stride, to += stride) {
    // Behind the last row its own maximum is sought once more, and not used.
    const next = row + 1 < end ? x + stride : x;
    if (abs<f32>(f32x4.extract_lane(largest, 0)) <= GREATEST) {
      largest = streamedRow(x, to, next, columns, largest);
    } else {
      plainRows(block, row, row + 1);
      largest = maximumOf(next, columns);
    }
  }
}

/** Units are rows. Block: [logits, labels, to, columns]. A label out of range gives 0. */
export function crossEntropyRows(block: usize, begin: u32, end: u32): void {
  const columns = word(block, 3);
  const labels = address(block, 1);
  const to = address(block, 2);
  for (let row = begin; row < end; row++) {
    const label = load<u32>(labels + ((<usize>row) << 2));
    let loss: f32 = 0;
    if (label < columns) {
      const x = address(block, 0) + (((<usize>row) * columns) << 2);
      const largest = maximumOf(x, columns);
      const total = logLanes(f32x4.splat(exponentials(x, 0, columns, largest, false)));
      loss = f32x4.extract_lane(total, 0) + (f32x4.extract_lane(largest, 0) - load<f32>(x + ((<usize>label) << 2)));
    }
    store<f32>(to + ((<usize>row) << 2), loss);
  }
}

/** Units are rows. Block: [logits, labels, upstream, to, columns]. A label out of range gives a row of zeros. */
export function crossEntropyGradientRows(block: usize, begin: u32, end: u32): void {
  const columns = word(block, 4);
  const stride = (<usize>columns) << 2;
  for (let row = begin; row < end; row++) {
    const label = load<u32>(address(block, 1) + ((<usize>row) << 2));
    const upstream = load<f32>(address(block, 2) + ((<usize>row) << 2));
    const x = address(block, 0) + (<usize>row) * stride;
    const to = address(block, 3) + (<usize>row) * stride;
    if (label >= columns) {
      memory.fill(to, 0, stride);
      continue;
    }
    const sum = exponentials(x, to, columns, maximumOf(x, columns), true);
    // (e / sum - 1) upstream as (e - sum) (upstream / sum): e and sum are close where the row is certain, and exact.
    const at = to + ((<usize>label) << 2);
    store<f32>(at, load<f32>(at) - sum);
    scale(to, columns, f32x4.splat(upstream / sum));
  }
}
