// Softmax, log-softmax and cross-entropy by rows: the maximum, the sum of exponentials, the result. Lanes past a row's end
// count as -infinity. The maximum may miss a NaN, but the sum never does.
import { expBy, expTable, logLanes, one } from "../map/scalar.wasm";
import { address, firstLanes, storeLanes, sumLanes, word } from "../runtime/vector.wasm";

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
  a = f32x4.pmax(a, b);
  a = f32x4.pmax(a, v128.shuffle<i32>(a, a, 1, 0, 3, 2));
  return f32x4.pmax(a, v128.shuffle<i32>(a, a, 2, 3, 0, 1));
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

/** Units are rows. Block: [x, to, columns, 1 for the logarithm]. */
export function softmaxRows(block: usize, begin: u32, end: u32): void {
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
