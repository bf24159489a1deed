// Normalisation of rows in two passes within the cache: the mean, then squared distances from it (one pass over squares would
// cancel), then the result. Sums run in 16 lanes and are joined in a fixed order.
import { address, firstLanes, multiplyAdd, negativeMultiplyAdd, storeLanes, sumLanes, word } from "../runtime/vector.wasm";

const CENTER: u32 = 1;
const SCALE: u32 = 2;
const SHIFT: u32 = 4;

/** Mean of a row. */
// @ts-ignore: decorator
@inline
function meanOf(x: usize, columns: u32): f32 {
  let a = f32x4.splat(0), b = a, c = a, d = a;
  let at = x;
  for (const stop = x + ((<usize>(columns & ~15)) << 2); at < stop; at += 64) {
    a = f32x4.add(a, v128.load(at));
    b = f32x4.add(b, v128.load(at, 16));
    c = f32x4.add(c, v128.load(at, 32));
    d = f32x4.add(d, v128.load(at, 48));
  }
  for (const stop = x + ((<usize>(columns & ~3)) << 2); at < stop; at += 16) a = f32x4.add(a, v128.load(at));
  if (columns & 3) b = f32x4.add(b, v128.and(v128.load(at), firstLanes(columns & 3)));
  return sumLanes(f32x4.add(f32x4.add(a, b), f32x4.add(c, d))) / <f32>columns;
}

/** One over the root of the mean squared distance from `mean` plus epsilon. */
// @ts-ignore: decorator
@inline
function inverseDeviation(x: usize, columns: u32, mean: v128, epsilon: f32): f32 {
  let a = f32x4.splat(0), b = a, c = a, d = a;
  let at = x;
  for (const stop = x + ((<usize>(columns & ~15)) << 2); at < stop; at += 64) {
    const p = f32x4.sub(v128.load(at), mean);
    const q = f32x4.sub(v128.load(at, 16), mean);
    const r = f32x4.sub(v128.load(at, 32), mean);
    const s = f32x4.sub(v128.load(at, 48), mean);
    a = multiplyAdd(p, p, a);
    b = multiplyAdd(q, q, b);
    c = multiplyAdd(r, r, c);
    d = multiplyAdd(s, s, d);
  }
  for (const stop = x + ((<usize>(columns & ~3)) << 2); at < stop; at += 16) {
    const p = f32x4.sub(v128.load(at), mean);
    a = multiplyAdd(p, p, a);
  }
  if (columns & 3) {
    const p = v128.and(f32x4.sub(v128.load(at), mean), firstLanes(columns & 3));
    b = multiplyAdd(p, p, b);
  }
  return 1 / sqrt<f32>(sumLanes(f32x4.add(f32x4.add(a, b), f32x4.add(c, d))) / <f32>columns + epsilon);
}

/** Four elements of the result at offset `at`. */
// @ts-ignore: decorator
@inline
function result(x: usize, scale: usize, shift: usize, at: usize, mean: v128, inverse: v128, given: u32): v128 {
  const value = f32x4.mul(f32x4.sub(v128.load(x + at), mean), inverse);
  if (given & SHIFT) return multiplyAdd(value, v128.load(scale + at), v128.load(shift + at));
  if (given & SCALE) return f32x4.mul(value, v128.load(scale + at));
  return value;
}

// @ts-ignore: decorator
@inline
function forward(given: u32, block: usize, begin: u32, end: u32): void {
  const columns = word(block, 2);
  const center = word(block, 3) & CENTER;
  const epsilon = load<f32>(block, 16);
  const scale = address(block, 5);
  const shift = address(block, 6);
  const stride = (<usize>columns) << 2;
  let x = address(block, 0) + (<usize>begin) * stride;
  let to = address(block, 1) + (<usize>begin) * stride;
  const zero = f32x4.splat(0);
  let mean = f32x4.splat(center ? meanOf(x, columns) : 0);
  for (let row = begin; row < end; row++, x += stride, to += stride) {
    const inverse = f32x4.splat(inverseDeviation(x, columns, mean, epsilon));
    // The next row is summed as meanOf does, beside the stores: memory is read and written at once. Behind the last row
    // its own sum is taken once more, and not used.
    const next = row + 1 < end ? x + stride : x;
    let a = zero, b = zero, c = zero, d = zero;
    let at: usize = 0;
    for (const stop = (<usize>(columns & ~15)) << 2; at < stop; at += 64) {
      a = f32x4.add(a, v128.load(next + at));
      b = f32x4.add(b, v128.load(next + at, 16));
      c = f32x4.add(c, v128.load(next + at, 32));
      d = f32x4.add(d, v128.load(next + at, 48));
      v128.store(to + at, result(x, scale, shift, at, mean, inverse, given));
      v128.store(to + at, result(x, scale, shift, at + 16, mean, inverse, given), 16);
      v128.store(to + at, result(x, scale, shift, at + 32, mean, inverse, given), 32);
      v128.store(to + at, result(x, scale, shift, at + 48, mean, inverse, given), 48);
    }
    for (const stop = (<usize>(columns & ~3)) << 2; at < stop; at += 16) {
      a = f32x4.add(a, v128.load(next + at));
      v128.store(to + at, result(x, scale, shift, at, mean, inverse, given));
    }
    if (columns & 3) {
      b = f32x4.add(b, v128.and(v128.load(next + at), firstLanes(columns & 3)));
      storeLanes(to + at, result(x, scale, shift, at, mean, inverse, given), columns & 3);
    }
    if (center) mean = f32x4.splat(sumLanes(f32x4.add(f32x4.add(a, b), f32x4.add(c, d))) / <f32>columns);
  }
}

/** Units are rows. Block: [x, to, columns, what is given, epsilon, scale, shift]. */
export function normaliseRows(block: usize, begin: u32, end: u32): void {
  const given = word(block, 3);
  if (given & SHIFT) forward(SHIFT, block, begin, end);
  else if (given & SCALE) forward(SCALE, block, begin, end);
  else forward(0, block, begin, end);
}

/** Four elements of upstream times scale. */
// @ts-ignore: decorator
@inline
function scaledUpstream(upstream: usize, scale: usize, at: usize, given: u32): v128 {
  const g = v128.load(upstream + at);
  return given & SCALE ? f32x4.mul(g, v128.load(scale + at)) : g;
}

// @ts-ignore: decorator
@inline
function backward(given: u32, block: usize, begin: u32, end: u32): void {
  const columns = word(block, 3);
  const center = word(block, 4) & CENTER;
  const epsilon = load<f32>(block, 20);
  const scale = address(block, 6);
  const stride = (<usize>columns) << 2;
  const whole = (<usize>(columns & ~3)) << 2;
  const rest = columns & 3;
  let x = address(block, 0) + (<usize>begin) * stride;
  let upstream = address(block, 1) + (<usize>begin) * stride;
  let to = address(block, 2) + (<usize>begin) * stride;
  for (let row = begin; row < end; row++, x += stride, upstream += stride, to += stride) {
    const mean = f32x4.splat(center ? meanOf(x, columns) : 0);
    // Sums of h, of h times the distance, and of the squared distance; two of each, since one is bound by its latency.
    let h0 = f32x4.splat(0), h1 = h0, along0 = h0, along1 = h0, square0 = h0, square1 = h0;
    let at: usize = 0;
    for (const stop = (<usize>(columns & ~7)) << 2; at < stop; at += 32) {
      const p = f32x4.sub(v128.load(x + at), mean);
      const g = scaledUpstream(upstream, scale, at, given);
      const q = f32x4.sub(v128.load(x + at, 16), mean);
      const k = scaledUpstream(upstream, scale, at + 16, given);
      h0 = f32x4.add(h0, g);
      along0 = multiplyAdd(g, p, along0);
      square0 = multiplyAdd(p, p, square0);
      h1 = f32x4.add(h1, k);
      along1 = multiplyAdd(k, q, along1);
      square1 = multiplyAdd(q, q, square1);
    }
    if (columns & 4) {
      const p = f32x4.sub(v128.load(x + at), mean);
      const g = scaledUpstream(upstream, scale, at, given);
      h0 = f32x4.add(h0, g);
      along0 = multiplyAdd(g, p, along0);
      square0 = multiplyAdd(p, p, square0);
      at += 16;
    }
    if (rest) {
      const p = v128.and(f32x4.sub(v128.load(x + at), mean), firstLanes(rest));
      const g = v128.and(scaledUpstream(upstream, scale, at, given), firstLanes(rest));
      h1 = f32x4.add(h1, g);
      along1 = multiplyAdd(g, p, along1);
      square1 = multiplyAdd(p, p, square1);
    }
    const count = <f32>columns;
    const inverse: f32 = 1 / sqrt<f32>(sumLanes(f32x4.add(square0, square1)) / count + epsilon);
    const level = f32x4.splat(center ? sumLanes(f32x4.add(h0, h1)) / count : 0);
    const slope = f32x4.splat((sumLanes(f32x4.add(along0, along1)) / count) * inverse * inverse);
    const factor = f32x4.splat(inverse);
    // (h - mean h - distance * slope) / deviation
    for (at = 0; at < whole + (rest ? 16 : 0); at += 16) {
      const g = f32x4.sub(scaledUpstream(upstream, scale, at, given), level);
      const value = f32x4.mul(negativeMultiplyAdd(f32x4.sub(v128.load(x + at), mean), slope, g), factor);
      if (at < whole) v128.store(to + at, value);
      else storeLanes(to + at, value, rest);
    }
  }
}

/** Units are rows. Block: [x, upstream, to, columns, what is given, epsilon, scale]. */
export function normaliseGradientRows(block: usize, begin: u32, end: u32): void {
  if (word(block, 4) & SCALE) backward(SCALE, block, begin, end);
  else backward(0, block, begin, end);
}
