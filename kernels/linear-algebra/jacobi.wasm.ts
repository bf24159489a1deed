// What Jacobi's kernels share: the tournament of pairs, the rotation of a pair, the order and the sign of vectors.

export const MOST_SWEEPS: u32 = 30;

/** The two rows of a pair, smaller first, as first | second << 32; see jacobi.ts. */
// @ts-ignore: decorator
@inline
export function pairOf(seats: u32, round: u32, pair: u32): u64 {
  const circle = seats - 1;
  const a = pair == 0 ? circle : (round + pair) % circle;
  const b = pair == 0 ? round : (round + circle - pair) % circle;
  return a < b ? (<u64>a) | ((<u64>b) << 32) : (<u64>b) | ((<u64>a) << 32);
}

/** Tangent of the rotation that takes `across` between `first` and `second` to zero. */
// @ts-ignore: decorator
@inline
export function tangentOf(first: f32, second: f32, across: f32): f32 {
  const slope = (second - first) / (2 * across);
  return (slope < 0 ? <f32>-1 : <f32>1) / (abs<f32>(slope) + sqrt<f32>(1 + slope * slope));
}

/** 1 or -1: makes the first component of at least nine tenths of the largest magnitude positive. */
// @ts-ignore: decorator
@inline
export function signOf(vector: usize, count: u32): f32 {
  let largest: f32 = 0;
  for (let i: u32 = 0; i < count; i++) largest = max<f32>(largest, abs<f32>(load<f32>(vector + ((<usize>i) << 2))));
  const bound: f32 = largest * 0.9;
  for (let i: u32 = 0; i < count; i++) {
    const value = load<f32>(vector + ((<usize>i) << 2));
    if (abs<f32>(value) >= bound) return value < 0 ? -1 : 1;
  }
  return 1;
}
