// Depthwise convolution by 3 x 3 windows at stride 1 and 2, four rows at once and straight from the image: a copy with padding
// costs as much as the sums. Each place is one chain over the taps in ascending order, as in depthwise.wasm.ts.
import { activateRow } from "../matmul/matmul.wasm";
import { threadArena } from "../runtime/program.wasm";
import { address, multiplyAdd, word } from "../runtime/vector.wasm";
import {
  DILATION_ACROSS, DILATION_DOWN, HEIGHT, KERNEL_HEIGHT, KERNEL_WIDTH, LEFT_PAD, PLANE_WIDTH, STRIDE_ACROSS, STRIDE_DOWN,
  TOP, WIDTH,
} from "./patches.wasm";
import { paddedWidthOf, reluRow } from "./rows.wasm";

/** A row of zeros, behind the padded rows of depthwise.wasm.ts: room for 45,000. */
const ZEROS: usize = 256 + 262144 * 4 + 64;

/** True for a 3 x 3 window whose rows can be worked out four at a time, straight from the image. */
export function isSquare(geometry: usize): bool {
  const across = word(geometry, STRIDE_ACROSS);
  const isWindow =
    word(geometry, KERNEL_HEIGHT) == 3 && word(geometry, KERNEL_WIDTH) == 3 && word(geometry, DILATION_DOWN) == 1 &&
    word(geometry, DILATION_ACROSS) == 1 && word(geometry, STRIDE_DOWN) == across && across <= 2;
  // Padding of more than two pixels would have vectors read far beside the image.
  const left = word(geometry, LEFT_PAD);
  const isNear = left <= 2 && paddedWidthOf(geometry) <= left + word(geometry, WIDTH) + 2 && paddedWidthOf(geometry) <= 45000;
  return isWindow && isNear && word(geometry, PLANE_WIDTH) >= 4;
}

/** The plane of the image that a plane of the result is made of. */
// @ts-ignore: decorator
@inline
export function channelOf(plane: u32, outputs: u32, own: u32): u32 {
  const image = plane / outputs;
  return image * (outputs / own) + (plane - image * outputs) / own;
}

/** Lanes whose pixel by tap `tap` is inside, for the four places from `ox` on. */
// @ts-ignore: decorator
@inline
function lanesInside(ox: u32, across: u32, tap: i32, width: u32): v128 {
  const first = <i32>(ox * across) + tap;
  const x = i32x4.add(i32x4.splat(first), across == 1 ? i32x4(0, 1, 2, 3) : i32x4(0, 2, 4, 6));
  return i32x4.lt_u(x, i32x4.splat(width));
}

/** Row `y` of a plane from its column -left on, or zeros. */
// @ts-ignore: decorator
@inline
function rowOf(plane: usize, zeros: usize, y: i32, height: u32, stride: usize): usize {
  return <u32>y < height ? plane + <usize>y * stride : zeros;
}

/**
 * Four rows of the result by a 3 x 3 window over a plane without a copy: six rows of pixels at stride 1, nine at stride 2 are
 * read once for all. `plane` points `left` pixels before the plane, `y` is its first row under the window. Lanes
 * in the padding are masked, in the outermost vectors only.
 */
// @ts-ignore: decorator
@inline
function squareBlock(
  plane: usize, zeros: usize, y: i32, height: u32, width: u32, left: i32, weights: usize, bias: f32, to: usize, places: u32,
  across: u32,
): void {
  const stride = (<usize>width) << 2;
  const r0 = rowOf(plane, zeros, y, height, stride), r1 = rowOf(plane, zeros, y + 1, height, stride);
  const r2 = rowOf(plane, zeros, y + 2, height, stride), r3 = rowOf(plane, zeros, y + 3, height, stride);
  const r4 = rowOf(plane, zeros, y + 4, height, stride), r5 = rowOf(plane, zeros, y + 5, height, stride);
  const r6 = across == 1 ? 0 : rowOf(plane, zeros, y + 6, height, stride);
  const r7 = across == 1 ? 0 : rowOf(plane, zeros, y + 7, height, stride);
  const r8 = across == 1 ? 0 : rowOf(plane, zeros, y + 8, height, stride);
  for (let ox: u32 = 0; ; ) {
    const first = <i32>(ox * across) - left;
    const inside = first >= 0 && <u32>first + 3 * across + 2 < width;
    const at = (<usize>ox * across) << 2;
    const out = to + ((<usize>ox) << 2);
    if (inside) {
      const all = i32x4.splat(-1);
      if (across == 1) fourRows(r0 + at, r1 + at, r2 + at, r3 + at, r4 + at, r5 + at, weights, bias, out, places, false, all, all, all);
      else fourRowsApart(r0 + at, r1 + at, r2 + at, r3 + at, r4 + at, r5 + at, r6 + at, r7 + at, r8 + at, weights, bias, out, places, false, all, all, all);
    } else {
      const m0 = lanesInside(ox, across, -left, width), m1 = lanesInside(ox, across, 1 - left, width);
      const m2 = lanesInside(ox, across, 2 - left, width);
      if (across == 1) fourRows(r0 + at, r1 + at, r2 + at, r3 + at, r4 + at, r5 + at, weights, bias, out, places, true, m0, m1, m2);
      else fourRowsApart(r0 + at, r1 + at, r2 + at, r3 + at, r4 + at, r5 + at, r6 + at, r7 + at, r8 + at, weights, bias, out, places, true, m0, m1, m2);
    }
    if (ox + 4 == places) return;
    // The last four once more: places do not depend on one another.
    ox = ox + 8 <= places ? ox + 4 : places - 4;
  }
}

// @ts-ignore: decorator
@inline
function masked(x: v128, isMasked: bool, mask: v128): v128 {
  return isMasked ? v128.and(x, mask) : x;
}

// @ts-ignore: decorator
@inline
function fourRows(
  r0: usize, r1: usize, r2: usize, r3: usize, r4: usize, r5: usize, w: usize, bias: f32, out: usize, places: u32,
  isMasked: bool, m0: v128, m1: v128, m2: v128,
): void {
  const w0 = v128.load32_splat(w), w1 = v128.load32_splat(w, 4), w2 = v128.load32_splat(w, 8);
  const w3 = v128.load32_splat(w, 12), w4 = v128.load32_splat(w, 16), w5 = v128.load32_splat(w, 20);
  const w6 = v128.load32_splat(w, 24), w7 = v128.load32_splat(w, 28), w8 = v128.load32_splat(w, 32);
  const width = (<usize>places) << 2;
  let x = masked(v128.load(r0), isMasked, m0);
  let a = multiplyAdd(w0, x, f32x4.splat(bias));
  x = masked(v128.load(r0, 4), isMasked, m1);
  a = multiplyAdd(w1, x, a);
  x = masked(v128.load(r0, 8), isMasked, m2);
  a = multiplyAdd(w2, x, a);
  x = masked(v128.load(r1), isMasked, m0);
  let b = multiplyAdd(w0, x, f32x4.splat(bias));
  a = multiplyAdd(w3, x, a);
  x = masked(v128.load(r1, 4), isMasked, m1);
  b = multiplyAdd(w1, x, b), a = multiplyAdd(w4, x, a);
  x = masked(v128.load(r1, 8), isMasked, m2);
  b = multiplyAdd(w2, x, b), a = multiplyAdd(w5, x, a);
  x = masked(v128.load(r2), isMasked, m0);
  let c = multiplyAdd(w0, x, f32x4.splat(bias));
  b = multiplyAdd(w3, x, b), a = multiplyAdd(w6, x, a);
  x = masked(v128.load(r2, 4), isMasked, m1);
  c = multiplyAdd(w1, x, c), b = multiplyAdd(w4, x, b), a = multiplyAdd(w7, x, a);
  x = masked(v128.load(r2, 8), isMasked, m2);
  c = multiplyAdd(w2, x, c), b = multiplyAdd(w5, x, b), a = multiplyAdd(w8, x, a);
  v128.store(out, a);
  x = masked(v128.load(r3), isMasked, m0);
  let d = multiplyAdd(w0, x, f32x4.splat(bias));
  c = multiplyAdd(w3, x, c), b = multiplyAdd(w6, x, b);
  x = masked(v128.load(r3, 4), isMasked, m1);
  d = multiplyAdd(w1, x, d), c = multiplyAdd(w4, x, c), b = multiplyAdd(w7, x, b);
  x = masked(v128.load(r3, 8), isMasked, m2);
  d = multiplyAdd(w2, x, d), c = multiplyAdd(w5, x, c), b = multiplyAdd(w8, x, b);
  v128.store(out + width, b);
  x = masked(v128.load(r4), isMasked, m0);
  d = multiplyAdd(w3, x, d), c = multiplyAdd(w6, x, c);
  x = masked(v128.load(r4, 4), isMasked, m1);
  d = multiplyAdd(w4, x, d), c = multiplyAdd(w7, x, c);
  x = masked(v128.load(r4, 8), isMasked, m2);
  d = multiplyAdd(w5, x, d), c = multiplyAdd(w8, x, c);
  v128.store(out + 2 * width, c);
  d = multiplyAdd(w6, masked(v128.load(r5), isMasked, m0), d);
  d = multiplyAdd(w7, masked(v128.load(r5, 4), isMasked, m1), d);
  d = multiplyAdd(w8, masked(v128.load(r5, 8), isMasked, m2), d);
  v128.store(out + 3 * width, d);
}

// @ts-ignore: decorator
@inline
function evenLanes(at: usize, isMasked: bool, mask: v128): v128 {
  return masked(v128.shuffle<f32>(v128.load(at), v128.load(at, 16), 0, 2, 4, 6), isMasked, mask);
}

// @ts-ignore: decorator
@inline
function oddLanes(at: usize, isMasked: bool, mask: v128): v128 {
  return masked(v128.shuffle<f32>(v128.load(at), v128.load(at, 16), 1, 3, 5, 7), isMasked, mask);
}

// @ts-ignore: decorator
@inline
function fourRowsApart(
  r0: usize, r1: usize, r2: usize, r3: usize, r4: usize, r5: usize, r6: usize, r7: usize, r8: usize, w: usize, bias: f32,
  out: usize, places: u32, isMasked: bool, m0: v128, m1: v128, m2: v128,
): void {
  const w0 = v128.load32_splat(w), w1 = v128.load32_splat(w, 4), w2 = v128.load32_splat(w, 8);
  const w3 = v128.load32_splat(w, 12), w4 = v128.load32_splat(w, 16), w5 = v128.load32_splat(w, 20);
  const w6 = v128.load32_splat(w, 24), w7 = v128.load32_splat(w, 28), w8 = v128.load32_splat(w, 32);
  const width = (<usize>places) << 2;
  let a = multiplyAdd(w0, evenLanes(r0, isMasked, m0), f32x4.splat(bias));
  a = multiplyAdd(w1, oddLanes(r0, isMasked, m1), a);
  a = multiplyAdd(w2, evenLanes(r0 + 8, isMasked, m2), a);
  a = multiplyAdd(w3, evenLanes(r1, isMasked, m0), a);
  a = multiplyAdd(w4, oddLanes(r1, isMasked, m1), a);
  a = multiplyAdd(w5, evenLanes(r1 + 8, isMasked, m2), a);
  let x = evenLanes(r2, isMasked, m0);
  let b = multiplyAdd(w0, x, f32x4.splat(bias));
  a = multiplyAdd(w6, x, a);
  x = oddLanes(r2, isMasked, m1);
  b = multiplyAdd(w1, x, b), a = multiplyAdd(w7, x, a);
  x = evenLanes(r2 + 8, isMasked, m2);
  b = multiplyAdd(w2, x, b), a = multiplyAdd(w8, x, a);
  v128.store(out, a);
  b = multiplyAdd(w3, evenLanes(r3, isMasked, m0), b);
  b = multiplyAdd(w4, oddLanes(r3, isMasked, m1), b);
  b = multiplyAdd(w5, evenLanes(r3 + 8, isMasked, m2), b);
  x = evenLanes(r4, isMasked, m0);
  let c = multiplyAdd(w0, x, f32x4.splat(bias));
  b = multiplyAdd(w6, x, b);
  x = oddLanes(r4, isMasked, m1);
  c = multiplyAdd(w1, x, c), b = multiplyAdd(w7, x, b);
  x = evenLanes(r4 + 8, isMasked, m2);
  c = multiplyAdd(w2, x, c), b = multiplyAdd(w8, x, b);
  v128.store(out + width, b);
  c = multiplyAdd(w3, evenLanes(r5, isMasked, m0), c);
  c = multiplyAdd(w4, oddLanes(r5, isMasked, m1), c);
  c = multiplyAdd(w5, evenLanes(r5 + 8, isMasked, m2), c);
  x = evenLanes(r6, isMasked, m0);
  let d = multiplyAdd(w0, x, f32x4.splat(bias));
  c = multiplyAdd(w6, x, c);
  x = oddLanes(r6, isMasked, m1);
  d = multiplyAdd(w1, x, d), c = multiplyAdd(w7, x, c);
  x = evenLanes(r6 + 8, isMasked, m2);
  d = multiplyAdd(w2, x, d), c = multiplyAdd(w8, x, c);
  v128.store(out + 2 * width, c);
  d = multiplyAdd(w3, evenLanes(r7, isMasked, m0), d);
  d = multiplyAdd(w4, oddLanes(r7, isMasked, m1), d);
  d = multiplyAdd(w5, evenLanes(r7 + 8, isMasked, m2), d);
  d = multiplyAdd(w6, evenLanes(r8, isMasked, m0), d);
  d = multiplyAdd(w7, oddLanes(r8, isMasked, m1), d);
  d = multiplyAdd(w8, evenLanes(r8 + 8, isMasked, m2), d);
  v128.store(out + 3 * width, d);
}

/** Rows [first, first + count) of a plane of the result by a 3 x 3 window at stride 1 or 2, from the image itself. `count` is at least 4. */
export function squareRows(block: usize, plane: u32, first: u32, count: u32): void {
  const activation = word(block, 4);
  const geometry = block + 32;
  const output = plane % word(block, 5);
  const height = word(geometry, HEIGHT), width = word(geometry, WIDTH);
  const across = word(geometry, STRIDE_ACROSS);
  const left = <i32>word(geometry, LEFT_PAD);
  const places = word(geometry, PLANE_WIDTH);
  const channel = channelOf(plane, word(block, 5), word(block, 6));
  const from = address(block, 0) + ((<usize>channel * height * width) << 2) - ((<usize>left) << 2);
  const zeros = threadArena() + ZEROS;
  const weights = address(block, 1) + ((<usize>output * 9) << 2);
  const bias: f32 = address(block, 2) ? load<f32>(address(block, 2) + ((<usize>output) << 2)) : 0;
  for (let row: u32 = 0; row < count; row += 4) {
    // The last rows once more, as the last places of a row are: the bits are the same.
    if (row + 4 > count) row = count - 4;
    const to = address(block, 3) + ((<usize>((plane * word(block, 7) + first + row) * places)) << 2);
    const y = <i32>((first + row) * across) - <i32>word(geometry, TOP);
    if (across == 1) squareBlock(from, zeros, y, height, width, left, weights, bias, to, places, 1);
    else squareBlock(from, zeros, y, height, width, left, weights, bias, to, places, 2);
    if (activation == 1) reluRow(to, 4 * places);
    else if (activation > 1) activateRow(to, 4 * places, activation);
  }
}

/** Writes the zeros that rows outside of a plane are read as. */
export function clearZeros(geometry: usize): void {
  const zeros = threadArena() + ZEROS;
  for (let at = zeros, stop = zeros + ((<usize>paddedWidthOf(geometry)) << 2); at < stop; at += 16) {
    v128.store(at, f32x4.splat(0));
  }
}
