// Convolution where each group is one channel: too thin for a matrix product, so windows are summed directly, over rows copied
// with their padding so that no window has an edge. Each place is one chain over the taps in ascending order.
import { activateRow } from "../matmul/matmul.wasm";
import { threadArena } from "../runtime/program.wasm";
import { address, multiplyAdd, storeLanes, sumLanes, word } from "../runtime/vector.wasm";
import {
  DILATION_ACROSS, DILATION_DOWN, HEIGHT, KERNEL_HEIGHT, KERNEL_WIDTH, LEFT_PAD, PLANE_WIDTH, STRIDE_ACROSS, STRIDE_DOWN,
  TOP, WIDTH,
} from "./patches.wasm";

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

/** Floats of padded rows that a thread holds: 1 MiB of its memory, behind the words that other kernels keep in front. */
const ROWS: usize = 256;
const ROOM: u32 = 262144;
/** A row of zeros behind them: room for 45,000. */
const ZEROS: usize = ROWS + 262144 * 4 + 64;

/**
 * Copies `rows` rows of a plane to `to`, the first being row `y` of the image, with zeros where there is no pixel: then every
 * window is whole. Gives the end. Whole vectors go over a part's end into what is written next: memory.copy is a call of 15 ns.
 */
function padRows(to: usize, plane: usize, geometry: usize, y: i32, rows: u32, paddedWidth: u32): usize {
  const height = word(geometry, HEIGHT);
  const width = word(geometry, WIDTH);
  const left = word(geometry, LEFT_PAD) < paddedWidth ? word(geometry, LEFT_PAD) : paddedWidth;
  const kept = width < paddedWidth - left ? width : paddedWidth - left;
  const zero = f32x4.splat(0);
  for (let row: u32 = 0; row < rows; row++, y++) {
    const stop = to + ((<usize>paddedWidth) << 2);
    if (<u32>y < height) {
      let from = plane + ((<usize>y * width) << 2);
      const inside = to + ((<usize>left) << 2);
      for (; to < inside; to += 16) v128.store(to, zero);
      const end = inside + ((<usize>kept) << 2);
      for (to = inside; to < end; to += 16, from += 16) v128.store(to, v128.load(from));
      to = end;
    }
    for (; to < stop; to += 16) v128.store(to, zero);
    to = stop;
  }
  return to;
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

/** Rows of the result whose padded rows fit the room; the launch has seen that there is one. */
export function rowsThatFit(geometry: usize): u32 {
  return (ROOM / paddedWidthOf(geometry) - reachDown(geometry)) / word(geometry, STRIDE_DOWN) + 1;
}

/** Floats of padded rows that are worked on at once: they stay in L1. */
const HELD: u32 = 6144;

/**
 * Units are rows of the result. Block: [image, weights, bias or 0, result, activation, outputs, outputs of a group, rows of
 * a plane, then the geometry].
 */
export function convolutionDepthwise(block: usize, begin: u32, end: u32): void {
  const outputs = word(block, 5);
  const own = word(block, 6);
  const planeHeight = word(block, 7);
  const geometry = block + 32;
  const pixels = word(geometry, HEIGHT) * word(geometry, WIDTH);
  const down = word(geometry, STRIDE_DOWN);
  const paddedWidth = paddedWidthOf(geometry);
  const reach = reachDown(geometry);
  // Some rows of a plane, or some whole planes: a row just written is slow to read, so that many are written first.
  let most: u32 = HELD / paddedWidth > reach + 3 * down ? ((HELD / paddedWidth - reach) / down + 1) & ~3 : 4;
  if (most > rowsThatFit(geometry)) most = rowsThatFit(geometry);
  const slot = (<usize>(((planeHeight - 1) * down + reach) * paddedWidth)) << 2;
  const fromImage = isSquare(geometry);
  const zeros = threadArena() + ZEROS;
  for (let at = zeros, stop = zeros + ((<usize>paddedWidth) << 2); fromImage && at < stop; at += 16) {
    v128.store(at, f32x4.splat(0));
  }
  for (let unit = begin; unit < end; ) {
    const plane = unit / planeHeight;
    const first = unit - plane * planeHeight;
    let count = planeHeight - first;
    if (count > end - unit) count = end - unit;
    if (fromImage && count >= 4) {
      squareRows(block, plane, first, count);
      unit += count;
      continue;
    }
    if (count > most) count = most;
    let planes: u32 = 1;
    if (count == planeHeight) {
      planes = (end - unit) / planeHeight;
      const held = <u32>(((<usize>HELD) << 2) / slot);
      if (planes > held) planes = held > 0 ? held : 1;
    }
    let held: u32 = 0xffffffff;
    let to = threadArena() + ROWS;
    for (let i: u32 = 0; i < planes; i++) {
      const channel = channelOf(plane + i, outputs, own);
      if (channel == held) continue;
      held = channel;
      const from = address(block, 0) + ((<usize>channel * pixels) << 2);
      to = padRows(to, from, geometry, <i32>(first * down) - <i32>word(geometry, TOP), (count - 1) * down + reach, paddedWidth);
    }
    const firstChannel = channelOf(plane, outputs, own);
    for (let i: u32 = 0; i < planes; i++) {
      const from = threadArena() + ROWS + <usize>(channelOf(plane + i, outputs, own) - firstChannel) * slot;
      planeRows(block, plane + i, from, paddedWidth, first, count);
    }
    unit += planes * count;
  }
}

/** True for a 3 x 3 window whose rows can be worked out four at a time, straight from the image. */
function isSquare(geometry: usize): bool {
  const across = word(geometry, STRIDE_ACROSS);
  const isWindow =
    word(geometry, KERNEL_HEIGHT) == 3 && word(geometry, KERNEL_WIDTH) == 3 && word(geometry, DILATION_DOWN) == 1 &&
    word(geometry, DILATION_ACROSS) == 1 && word(geometry, STRIDE_DOWN) == across && across <= 2;
  // Padding of more than two pixels would have vectors read far beside the image.
  const left = word(geometry, LEFT_PAD);
  const isNear = left <= 2 && paddedWidthOf(geometry) <= left + word(geometry, WIDTH) + 2 && paddedWidthOf(geometry) <= 45000;
  return isWindow && isNear && word(geometry, PLANE_WIDTH) >= 4;
}

// @ts-ignore: decorator
@inline
function channelOf(plane: u32, outputs: u32, own: u32): u32 {
  const image = plane / outputs;
  return image * (outputs / own) + (plane - image * outputs) / own;
}

/** Rows [first, first + count) of a plane of the result, from its padded rows. */
function planeRows(block: usize, plane: u32, from: usize, paddedWidth: u32, first: u32, count: u32): void {
  const activation = word(block, 4);
  const geometry = block + 32;
  const output = plane % word(block, 5);
  const kernelHeight = word(geometry, KERNEL_HEIGHT), kernelWidth = word(geometry, KERNEL_WIDTH);
  const down = word(geometry, STRIDE_DOWN), across = word(geometry, STRIDE_ACROSS);
  const places = word(geometry, PLANE_WIDTH);
  const stride = (<usize>paddedWidth) << 2;
  const square =
    kernelHeight == 3 && kernelWidth == 3 && word(geometry, DILATION_DOWN) == 1 && word(geometry, DILATION_ACROSS) == 1;
  const weights = address(block, 1) + ((<usize>output * kernelHeight * kernelWidth) << 2);
  const bias: f32 = address(block, 2) ? load<f32>(address(block, 2) + ((<usize>output) << 2)) : 0;
  const to = address(block, 3) + ((<usize>(plane * word(block, 7) + first) * places) << 2);
  for (let row: u32 = 0; row < count; row++) {
    const at = from + <usize>(row * down) * stride;
    const out = to + ((<usize>(row * places)) << 2);
    if (square && across == 1) squareRow(at, stride, weights, bias, out, places, 1);
    else if (square && across == 2) squareRow(at, stride, weights, bias, out, places, 2);
    else anyRow(geometry, at, stride, weights, bias, out, places);
    if (activation == 1) reluRow(out, places);
    else if (activation > 1) activateRow(out, places, activation);
  }
}

function reluRow(at: usize, count: u32): void {
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

/** A row by a 3 x 3 window: nine weights stay in registers. The last four places are done twice: the bits are the same. */
// @ts-ignore: decorator
@inline
function squareRow(from: usize, stride: usize, weights: usize, bias: f32, to: usize, places: u32, across: u32): void {
  const w0 = v128.load32_splat(weights), w1 = v128.load32_splat(weights, 4), w2 = v128.load32_splat(weights, 8);
  const w3 = v128.load32_splat(weights, 12), w4 = v128.load32_splat(weights, 16), w5 = v128.load32_splat(weights, 20);
  const w6 = v128.load32_splat(weights, 24), w7 = v128.load32_splat(weights, 28), w8 = v128.load32_splat(weights, 32);
  const added = f32x4.splat(bias);
  let ox: u32 = 0;
  while (true) {
    let at = from + ((<usize>ox * across) << 2);
    let x = multiplyAdd(w0, fourAcross(at, across), added);
    x = multiplyAdd(w1, fourAcross(at + 4, across), x);
    x = multiplyAdd(w2, fourAcross(at + 8, across), x);
    at += stride;
    x = multiplyAdd(w3, fourAcross(at, across), x);
    x = multiplyAdd(w4, fourAcross(at + 4, across), x);
    x = multiplyAdd(w5, fourAcross(at + 8, across), x);
    at += stride;
    x = multiplyAdd(w6, fourAcross(at, across), x);
    x = multiplyAdd(w7, fourAcross(at + 4, across), x);
    x = multiplyAdd(w8, fourAcross(at + 8, across), x);
    if (places < 4) {
      storeLanes(to, x, places);
      return;
    }
    v128.store(to + ((<usize>ox) << 2), x);
    if (ox + 4 == places) return;
    ox = ox + 8 <= places ? ox + 4 : places - 4;
  }
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
function squareRows(block: usize, plane: u32, first: u32, count: u32): void {
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

/** A row by any window. */
function anyRow(geometry: usize, from: usize, stride: usize, weights: usize, bias: f32, to: usize, places: u32): void {
  const across = word(geometry, STRIDE_ACROSS);
  let ox: u32 = 0;
  if (across == 1) {
    for (; ox + 16 <= places; ox += 16) {
      const at = (<usize>ox) << 2;
      sixteenPlaces(geometry, from + at, stride, weights, bias, to + at);
    }
    if (ox == places) return;
  }
  if (places < 4) {
    storeLanes(to, fourPlaces(geometry, from, stride, weights, bias, across), places);
    return;
  }
  for (; ox + 4 <= places; ox += 4) {
    const at = from + ((<usize>ox * across) << 2);
    v128.store(to + ((<usize>ox) << 2), fourPlaces(geometry, at, stride, weights, bias, across));
  }
  if (ox < places) {
    ox = places - 4;
    const at = from + ((<usize>ox * across) << 2);
    v128.store(to + ((<usize>ox) << 2), fourPlaces(geometry, at, stride, weights, bias, across));
  }
}

function fourPlaces(geometry: usize, from: usize, stride: usize, weights: usize, bias: f32, across: u32): v128 {
  const row = (<usize>word(geometry, KERNEL_WIDTH)) << 2;
  const step = (<usize>word(geometry, DILATION_ACROSS)) << 2;
  const rowStep = <usize>word(geometry, DILATION_DOWN) * stride;
  let a = f32x4.splat(bias);
  for (let ky: u32 = 0; ky < word(geometry, KERNEL_HEIGHT); ky++, weights += row, from += rowStep) {
    let at = from;
    for (let w = weights, stop = weights + row; w < stop; w += 4, at += step) {
      a = multiplyAdd(v128.load32_splat(w), fourAcross(at, across), a);
    }
  }
  return a;
}

function sixteenPlaces(geometry: usize, from: usize, stride: usize, weights: usize, bias: f32, to: usize): void {
  const row = (<usize>word(geometry, KERNEL_WIDTH)) << 2;
  const step = (<usize>word(geometry, DILATION_ACROSS)) << 2;
  const rowStep = <usize>word(geometry, DILATION_DOWN) * stride;
  let a = f32x4.splat(bias), b = a, c = a, d = a;
  for (let ky: u32 = 0; ky < word(geometry, KERNEL_HEIGHT); ky++, weights += row, from += rowStep) {
    let at = from;
    for (let w = weights, stop = weights + row; w < stop; w += 4, at += step) {
      const s = v128.load32_splat(w);
      a = multiplyAdd(s, v128.load(at), a);
      b = multiplyAdd(s, v128.load(at, 16), b);
      c = multiplyAdd(s, v128.load(at, 32), c);
      d = multiplyAdd(s, v128.load(at, 48), d);
    }
  }
  v128.store(to, a);
  v128.store(to, b, 16);
  v128.store(to, c, 32);
  v128.store(to, d, 48);
}

/**
 * Gradient of the image. Units are its planes; each adds its windows in order. Block: [gradient, weights, result, outputs,
 * outputs of a group, rows of a plane of the gradient, then the geometry].
 */
export function convolutionDepthwiseInput(block: usize, begin: u32, end: u32): void {
  const outputs = word(block, 3);
  const own = word(block, 4);
  const planeHeight = word(block, 5);
  const geometry = block + 24;
  const height = word(geometry, HEIGHT);
  const width = word(geometry, WIDTH);
  const kernelHeight = word(geometry, KERNEL_HEIGHT);
  const kernelWidth = word(geometry, KERNEL_WIDTH);
  const across = <i32>word(geometry, STRIDE_ACROSS);
  const planeWidth = word(geometry, PLANE_WIDTH);
  const channels = outputs / own;
  for (let unit = begin; unit < end; unit++) {
    const to = address(block, 2) + ((<usize>unit * height * width) << 2);
    memory.fill(to, 0, (<usize>(height * width)) << 2);
    const image = unit / channels;
    const first = (unit - image * channels) * own;
    for (let output = first; output < first + own; output++) {
      const gradient =
        address(block, 0) + (((<usize>image * outputs + output) * planeHeight * planeWidth) << 2);
      let weight = address(block, 1) + ((<usize>output * kernelHeight * kernelWidth) << 2);
      for (let ky: u32 = 0; ky < kernelHeight; ky++) {
        for (let kx: u32 = 0; kx < kernelWidth; kx++, weight += 4) {
          // Places of a row whose tap kx is inside.
          const left = <i32>word(geometry, LEFT_PAD) - <i32>(kx * word(geometry, DILATION_ACROSS));
          const from: u32 = left > 0 ? firstInside(left, across, planeWidth) : 0;
          const stop = endInside(left, across, 0, <i32>width, planeWidth, from);
          for (let oy: u32 = 0; oy < planeHeight; oy++) {
            const y =
              <i32>(oy * word(geometry, STRIDE_DOWN) + ky * word(geometry, DILATION_DOWN)) - <i32>word(geometry, TOP);
            if (<u32>y >= height) continue;
            const row = to + ((<usize>((<u32>y) * width)) << 2);
            addRow(row, gradient + ((<usize>oy * planeWidth) << 2), load<f32>(weight), from, stop, across, -left);
          }
        }
      }
    }
  }
}

/** row[i across + shift] += weight * gradient[i] for i in [from, stop). */
function addRow(row: usize, gradient: usize, weight: f32, from: u32, stop: u32, across: i32, shift: i32): void {
  let i = from;
  if (across == 1) {
    const w = f32x4.splat(weight);
    for (; i + 4 <= stop; i += 4) {
      const at = row + (((<isize>i) + shift) << 2);
      v128.store(at, multiplyAdd(w, v128.load(gradient + ((<usize>i) << 2)), v128.load(at)));
    }
  }
  for (; i < stop; i++) {
    const at = row + ((<isize>(<i32>i * across + shift)) << 2);
    store<f32>(at, load<f32>(at) + weight * load<f32>(gradient + ((<usize>i) << 2)));
  }
}

/**
 * Gradient of the weights. Units are taps of outputs. Block: [image, gradient, result, outputs, outputs of a group, rows of a
 * plane of the gradient, images, then the geometry].
 */
export function convolutionDepthwiseWeights(block: usize, begin: u32, end: u32): void {
  const outputs = word(block, 3);
  const own = word(block, 4);
  const planeHeight = word(block, 5);
  const images = word(block, 6);
  const geometry = block + 28;
  const height = word(geometry, HEIGHT);
  const width = word(geometry, WIDTH);
  const kernelWidth = word(geometry, KERNEL_WIDTH);
  const taps = word(geometry, KERNEL_HEIGHT) * kernelWidth;
  const across = <i32>word(geometry, STRIDE_ACROSS);
  const planeWidth = word(geometry, PLANE_WIDTH);
  const channels = outputs / own;
  for (let unit = begin; unit < end; unit++) {
    const output = unit / taps;
    const tap = unit - output * taps;
    const ky = tap / kernelWidth;
    const left = <i32>word(geometry, LEFT_PAD) - <i32>((tap - ky * kernelWidth) * word(geometry, DILATION_ACROSS));
    const first: u32 = left > 0 ? firstInside(left, across, planeWidth) : 0;
    const stop = endInside(left, across, 0, <i32>width, planeWidth, first);
    const whole = first + ((stop - first) & ~3);
    let lanes = f32x4.splat(0);
    let sum: f32 = 0;
    for (let image: u32 = 0; image < images; image++) {
      const from = address(block, 0) + (((<usize>image * channels + output / own) * height * width) << 2);
      const gradient = address(block, 1) + (((<usize>image * outputs + output) * planeHeight * planeWidth) << 2);
      for (let oy: u32 = 0; oy < planeHeight; oy++) {
        const y =
          <i32>(oy * word(geometry, STRIDE_DOWN) + ky * word(geometry, DILATION_DOWN)) - <i32>word(geometry, TOP);
        if (<u32>y >= height) continue;
        let x = from + (((<isize>y) * width + (<i32>first * across - left)) << 2);
        let g = gradient + ((<usize>oy * planeWidth + first) << 2);
        const step = (<usize>across) << 2;
        let i = first;
        for (; i < whole; i += 4, g += 16, x += step << 2) {
          lanes = multiplyAdd(v128.load(g), fourAcross(x, across), lanes);
        }
        for (; i < stop; i++, g += 4, x += step) sum += load<f32>(g) * load<f32>(x);
      }
    }
    store<f32>(address(block, 2) + ((<usize>unit) << 2), sumLanes(lanes) + sum);
  }
}
