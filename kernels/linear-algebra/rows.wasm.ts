// What the factorisations do with rows of floats: products, sums of multiples, plane rotations. The order of every sum
// depends on the length alone.
import { firstLanes, multiplyAdd, negativeMultiplyAdd, storeLanes, sumLanes } from "../runtime/vector.wasm";

/** Sum of a[i] b[i]. */
// @ts-ignore: decorator
@inline
export function dotOf(a: usize, b: usize, count: u32): f32 {
  let p = f32x4.splat(0), q = p;
  let at: usize = 0;
  const stop = (<usize>(count & ~7)) << 2;
  for (; at < stop; at += 32) {
    p = multiplyAdd(v128.load(a + at), v128.load(b + at), p);
    q = multiplyAdd(v128.load(a + at, 16), v128.load(b + at, 16), q);
  }
  if (count & 4) {
    p = multiplyAdd(v128.load(a + at), v128.load(b + at), p);
    at += 16;
  }
  if (count & 3) {
    const lanes = firstLanes(count & 3);
    q = multiplyAdd(v128.and(v128.load(a + at), lanes), v128.and(v128.load(b + at), lanes), q);
  }
  return sumLanes(f32x4.add(p, q));
}

/** to[i] -= by * x[i]. */
// @ts-ignore: decorator
@inline
export function subtractMultiple(to: usize, x: usize, by: f32, count: u32): void {
  const factor = f32x4.splat(by);
  let at: usize = 0;
  for (const stop = (<usize>(count & ~3)) << 2; at < stop; at += 16) {
    v128.store(to + at, negativeMultiplyAdd(factor, v128.load(x + at), v128.load(to + at)));
  }
  if (count & 3) storeLanes(to + at, negativeMultiplyAdd(factor, v128.load(x + at), v128.load(to + at)), count & 3);
}

/** to[i] = x[i] * by; `to` may be x. */
// @ts-ignore: decorator
@inline
export function scaleRow(to: usize, x: usize, by: f32, count: u32): void {
  const factor = f32x4.splat(by);
  let at: usize = 0;
  for (const stop = (<usize>(count & ~3)) << 2; at < stop; at += 16) {
    v128.store(to + at, f32x4.mul(v128.load(x + at), factor));
  }
  if (count & 3) storeLanes(to + at, f32x4.mul(v128.load(x + at), factor), count & 3);
}

/**
 * p[i], q[i] = c p[i] - s q[i], s p[i] + c q[i], as corrections with t = s / (1 + c): small rotations then hardly round, and
 * lengths do not drift with their number (Rutishauser 1966).
 */
// @ts-ignore: decorator
@inline
export function rotateRows(p: usize, q: usize, s: f32, t: f32, count: u32): void {
  const sine = f32x4.splat(s);
  const half = f32x4.splat(t);
  let at: usize = 0;
  for (const stop = (<usize>(count & ~3)) << 2; at < stop; at += 16) {
    const x = v128.load(p + at);
    const y = v128.load(q + at);
    v128.store(p + at, negativeMultiplyAdd(sine, multiplyAdd(half, x, y), x));
    v128.store(q + at, multiplyAdd(sine, negativeMultiplyAdd(half, y, x), y));
  }
  if (count & 3) {
    const x = v128.load(p + at);
    const y = v128.load(q + at);
    storeLanes(p + at, negativeMultiplyAdd(sine, multiplyAdd(half, x, y), x), count & 3);
    storeLanes(q + at, multiplyAdd(sine, negativeMultiplyAdd(half, y, x), y), count & 3);
  }
}

/** Fills `count` floats. */
// @ts-ignore: decorator
@inline
export function fillRow(to: usize, value: f32, count: usize): void {
  for (let i: usize = 0; i < count; i++) store<f32>(to + (i << 2), value);
}

/**
 * The power of two, as a float, that is at most the largest magnitude (no less than 2^-126, so that its inverse is finite,
 * and no more than 2^126); NaN when an element is not finite.
 */
// @ts-ignore: decorator
@inline
export function powerBelow(x: usize, count: usize): f32 {
  let largest: u32 = 0;
  for (let i: usize = 0; i < count; i++) {
    const bits = load<u32>(x + (i << 2)) & 0x7fffffff;
    largest = bits > largest ? bits : largest;
  }
  if (largest >= 0x7f800000) return NaN;
  const power = largest & 0x7f800000;
  return reinterpret<f32>(power < 0x00800000 ? 0x3f800000 : power > 0x7e800000 ? 0x7e800000 : power);
}
