// Rows of windows over a plane: what depthwise convolution and pooling share.
import { storeLanes, word } from "../runtime/vector.wasm";
import { DILATION_ACROSS, DILATION_DOWN, KERNEL_HEIGHT, KERNEL_WIDTH, PLANE_WIDTH, STRIDE_ACROSS } from "./patches.wasm";

/** Four pixels `across` apart. */
// @ts-ignore: decorator
@inline
export function fourAcross(from: usize, across: u32): v128 {
  if (across == 1) return v128.load(from);
  if (across == 2) return v128.shuffle<f32>(v128.load(from), v128.load(from, 12), 0, 2, 5, 7);
  const step = (<usize>across) << 2;
  let x = v128.load32_zero(from);
  x = v128.load32_lane(from + step, x, 1);
  x = v128.load32_lane(from + 2 * step, x, 2);
  return v128.load32_lane(from + 3 * step, x, 3);
}

/** First place whose leftmost tap is inside. */
// @ts-ignore: decorator
@inline
export function firstInside(left: i32, across: i32, places: u32): u32 {
  const first = <u32>((left + across - 1) / across);
  return first < places ? first : places;
}

/** End of the places whose rightmost tap, `reach` beyond the first, is inside. */
// @ts-ignore: decorator
@inline
export function endInside(left: i32, across: i32, reach: i32, width: i32, places: u32, first: u32): u32 {
  const room = width - 1 - reach + left;
  const end: u32 = room < 0 ? 0 : <u32>(room / across) + 1;
  if (end > places) return places;
  return end > first ? end : first;
}

/** Floats of a padded row: what the places of a row of the result reach. */
export function paddedWidthOf(geometry: usize): u32 {
  return (
    (word(geometry, PLANE_WIDTH) - 1) * word(geometry, STRIDE_ACROSS) +
    (word(geometry, KERNEL_WIDTH) - 1) * word(geometry, DILATION_ACROSS) + 1
  );
}

/** Rows that one window reaches. */
export function reachDown(geometry: usize): u32 {
  return (word(geometry, KERNEL_HEIGHT) - 1) * word(geometry, DILATION_DOWN) + 1;
}

/** The larger of each float and zero, in place. */
export function reluRow(at: usize, count: u32): void {
  const zero = f32x4.splat(0);
  for (const stop = at + ((<usize>(count & ~3)) << 2); at < stop; at += 16) {
    const x = v128.load(at);
    v128.store(at, v128.andnot(x, f32x4.lt(x, zero)));
  }
  if (count & 3) {
    const x = v128.load(at);
    storeLanes(at, v128.andnot(x, f32x4.lt(x, zero)), count & 3);
  }
}
