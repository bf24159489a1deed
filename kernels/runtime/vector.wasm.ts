// The shared words of the AssemblyScript kernels: vectors of four 32-bit lanes, argument blocks, tails. Everything is
// inlined, so that kernels stay free of calls and a map can copy a function's body out of the build.

/** Word `index` of an argument block, unsigned. */
// @ts-ignore: decorator
@inline
export function word(block: usize, index: u32): u32 {
  return load<u32>(block + ((<usize>index) << 2));
}

/** Word `index` of an argument block as an address. */
// @ts-ignore: decorator
@inline
export function address(block: usize, index: u32): usize {
  return <usize>load<u32>(block + ((<usize>index) << 2));
}

/** a * b + c, fused where the build has relaxed SIMD. */
// @ts-ignore: decorator
@inline
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** c - a * b, fused where the build has relaxed SIMD. */
// @ts-ignore: decorator
@inline
export function negativeMultiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_nmadd(a, b, c);
  return f32x4.sub(c, f32x4.mul(a, b));
}

/** Lanes of `yes` where the mask's lane is all ones, else of `no`. */
// @ts-ignore: decorator
@inline
export function choose(yes: v128, no: v128, mask: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i32x4.relaxed_laneselect(yes, no, mask);
  return v128.bitselect(yes, no, mask);
}

/** Stores the first `count` (1 to 3) lanes, so that nothing behind a row's end is touched. */
// @ts-ignore: decorator
@inline
export function storeLanes(to: usize, value: v128, count: u32): void {
  if (count & 2) {
    v128.store64_lane(to, value, 0);
    if (count & 1) v128.store32_lane(to, value, 2, 8);
  } else {
    v128.store32_lane(to, value, 0);
  }
}

/** Sum of the four lanes as (0 + 1) + (2 + 3). */
// @ts-ignore: decorator
@inline
export function sumLanes(x: v128): f32 {
  return (
    f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3))
  );
}

/** Rows of lane masks: row n has its first n lanes set. */
const laneMasks: usize = memory.data<i32>([0, 0, 0, 0, -1, 0, 0, 0, -1, -1, 0, 0, -1, -1, -1, 0], 16);

/** A mask of the first `count` (0 to 3) lanes. */
// @ts-ignore: decorator
@inline
export function firstLanes(count: u32): v128 {
  return v128.load(laneMasks + ((<usize>count) << 4));
}
