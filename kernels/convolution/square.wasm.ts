// Depthwise convolution by 3 x 3 windows at stride 1 and 2, straight from the image: a copy with padding costs as much as
// the sums. Each place is one chain over the taps in ascending order, as in depthwise.wasm.ts.
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

/** Lanes whose pixel is inside, for four places whose first has pixel `first`. */
// @ts-ignore: decorator
@inline
function lanesInside(first: i32, across: u32, width: u32): v128 {
  const x = i32x4.add(i32x4.splat(first), across == 1 ? i32x4(0, 1, 2, 3) : i32x4(0, 2, 4, 6));
  return i32x4.lt_u(x, i32x4.splat(width));
}

// @ts-ignore: decorator
@inline
function masked(x: v128, isMasked: bool, mask: v128): v128 {
  return isMasked ? v128.and(x, mask) : x;
}

/**
 * Four columns of `count` rows of the result, downwards: each row of pixels is read and taken apart once for all windows that
 * it is under. `from` points to the tap of the first place in the plane's first row, `outside` to zeros, `y` is the first row.
 */
// @ts-ignore: decorator
@inline
function columns(
  from: usize, outside: usize, y: u32, height: u32, stride: usize, w: usize, bias: f32, to: usize, toStride: usize, count: u32,
  across: u32, isMasked: bool, m0: v128, m1: v128, m2: v128,
): void {
  const w0 = v128.load32_splat(w), w1 = v128.load32_splat(w, 4), w2 = v128.load32_splat(w, 8);
  const w3 = v128.load32_splat(w, 12), w4 = v128.load32_splat(w, 16), w5 = v128.load32_splat(w, 20);
  const w6 = v128.load32_splat(w, 24), w7 = v128.load32_splat(w, 28), w8 = v128.load32_splat(w, 32);
  const added = f32x4.splat(bias);
  let a = added, b = added;
  let x = added, p = added;
  let at = y < height ? from + <usize>y * stride : outside;
  p = tapOf(0, at, across, p), x = masked(p, isMasked, m0);
  a = multiplyAdd(w0, x, a);
  x = masked(tapOf(1, at, across, p), isMasked, m1);
  a = multiplyAdd(w1, x, a);
  x = masked(tapOf(2, at, across, p), isMasked, m2);
  a = multiplyAdd(w2, x, a);
  if (across == 1) {
    at = ++y < height ? from + <usize>y * stride : outside;
    p = tapOf(0, at, across, p), x = masked(p, isMasked, m0);
    b = multiplyAdd(w0, x, b), a = multiplyAdd(w3, x, a);
    x = masked(tapOf(1, at, across, p), isMasked, m1);
    b = multiplyAdd(w1, x, b), a = multiplyAdd(w4, x, a);
    x = masked(tapOf(2, at, across, p), isMasked, m2);
    b = multiplyAdd(w2, x, b), a = multiplyAdd(w5, x, a);
  }
  for (const stop = to + <usize>count * toStride; to < stop; to += toStride) {
    if (across == 2) {
      at = ++y < height ? from + <usize>y * stride : outside;
      p = tapOf(0, at, across, p), x = masked(p, isMasked, m0);
      a = multiplyAdd(w3, x, a);
      x = masked(tapOf(1, at, across, p), isMasked, m1);
      a = multiplyAdd(w4, x, a);
      x = masked(tapOf(2, at, across, p), isMasked, m2);
      a = multiplyAdd(w5, x, a);
    }
    at = ++y < height ? from + <usize>y * stride : outside;
    p = tapOf(0, at, across, p), x = masked(p, isMasked, m0);
    let c = multiplyAdd(w0, x, added);
    if (across == 1) b = multiplyAdd(w3, x, b);
    a = multiplyAdd(w6, x, a);
    x = masked(tapOf(1, at, across, p), isMasked, m1);
    c = multiplyAdd(w1, x, c);
    if (across == 1) b = multiplyAdd(w4, x, b);
    a = multiplyAdd(w7, x, a);
    x = masked(tapOf(2, at, across, p), isMasked, m2);
    c = multiplyAdd(w2, x, c);
    if (across == 1) b = multiplyAdd(w5, x, b);
    v128.store(to, multiplyAdd(w8, x, a));
    if (across == 1) a = b, b = c;
    else a = c;
  }
}

/** What four places take by a tap of a row; at stride 2 the last tap is the first one's of the next places, of which one is read. */
// @ts-ignore: decorator
@inline
export function tapOf(tap: u32, at: usize, across: u32, first: v128): v128 {
  if (across == 1) return v128.load(at + (tap << 2));
  if (tap == 0) return v128.shuffle<f32>(v128.load(at), v128.load(at, 16), 0, 2, 4, 6);
  if (tap == 1) return v128.shuffle<f32>(v128.load(at), v128.load(at, 16), 1, 3, 5, 7);
  return v128.shuffle<f32>(first, v128.load32_zero(at + 32), 1, 2, 3, 4);
}

/**
 * Rows that are worked out downwards together, so that L1 holds what they touch: 27 GFLOP/s at 112 x 112 against 22 with 8.
 * Rows of more than WIDE places may lie a power of two apart, where few of them fit a set of the cache.
 */
const BAND: u32 = 32;
const WIDE: u32 = 256;

/**
 * Units [begin, end), rows of the result, by a 3 x 3 window at stride 1 or 2, from the image itself. Lanes in the padding are
 * masked, in the outermost columns only. Block as convolutionDepthwise.
 */
export function squareRows(block: usize, begin: u32, end: u32): void {
  if (word(block + 32, STRIDE_ACROSS) == 1) planes(block, begin, end, 1);
  else planes(block, begin, end, 2);
}

// @ts-ignore: decorator
@inline
function planes(block: usize, begin: u32, end: u32, across: u32): void {
  const activation = word(block, 4);
  const outputs = word(block, 5), own = word(block, 6), planeHeight = word(block, 7);
  const geometry = block + 32;
  const height = word(geometry, HEIGHT), width = word(geometry, WIDTH);
  const left = word(geometry, LEFT_PAD), top = word(geometry, TOP);
  const places = word(geometry, PLANE_WIDTH);
  const stride = (<usize>width) << 2, toStride = (<usize>places) << 2;
  const zeros = threadArena() + ZEROS;
  for (let at = zeros, stop = zeros + ((<usize>paddedWidthOf(geometry)) << 2); at < stop; at += 16) {
    v128.store(at, f32x4.splat(0));
  }
  const most: u32 = places > WIDE ? 4 : BAND;
  let plane = begin / planeHeight;
  let row = begin - plane * planeHeight;
  let output = plane % outputs;
  let sibling = output % own;
  let from = address(block, 0) + (<usize>channelOf(plane, outputs, own) * height) * stride - ((<usize>left) << 2);
  let to = address(block, 3) + (<usize>begin) * toStride;
  while (begin < end) {
    let count = planeHeight - row;
    if (count > end - begin) count = end - begin;
    if (count > most) count = most;
    const weights = address(block, 1) + ((<usize>output * 9) << 2);
    const bias: f32 = address(block, 2) ? load<f32>(address(block, 2) + ((<usize>output) << 2)) : 0;
    const y = row * across - top;
    for (let ox: u32 = 0; ; ) {
      const first = <i32>(ox * across) - <i32>left;
      const at = (<usize>(ox * across)) << 2, out = to + ((<usize>ox) << 2);
      if (first >= 0 && <u32>first + 3 * across + 2 < width) {
        const all = i32x4.splat(-1);
        columns(from + at, zeros + at, y, height, stride, weights, bias, out, toStride, count, across, false, all, all, all);
      } else {
        const m0 = lanesInside(first, across, width), m1 = lanesInside(first + 1, across, width);
        const m2 = lanesInside(first + 2, across, width);
        columns(from + at, zeros + at, y, height, stride, weights, bias, out, toStride, count, across, true, m0, m1, m2);
      }
      if (ox + 4 == places) break;
      // The last four once more: places do not depend on one another.
      ox = ox + 8 <= places ? ox + 4 : places - 4;
    }
    if (activation == 1) reluRow(to, count * places);
    else if (activation > 1) activateRow(to, count * places, activation);
    to += <usize>count * toStride;
    begin += count;
    if ((row += count) < planeHeight) continue;
    row = 0;
    if (++output == outputs) output = 0;
    if (++sibling == own) sibling = 0, from += <usize>height * stride;
  }
}
