// Pooling, four places at a time over rows copied with their padding; gradients add windows to a plane in order.
import {
  DILATION_ACROSS, DILATION_DOWN, HEIGHT, KERNEL_HEIGHT, KERNEL_WIDTH, LEFT_PAD, PLANE_WIDTH, STRIDE_ACROSS, STRIDE_DOWN,
  TOP, WIDTH,
} from "../convolution/patches.wasm";
import { fourAcross, paddedWidthOf, padRows, reachDown, rowsThatFit } from "../convolution/depthwise.wasm";
import { threadArena } from "../runtime/program.wasm";
import { address, storeLanes, word } from "../runtime/vector.wasm";

const MAXIMUM: u32 = 0;

/** Divisors of a row's places, behind the padded rows: room for 45,000. */
const COUNTS: usize = 256 + 262144 * 4 + 64;

/** Taps along an axis that lie inside, for a window whose first is at `first`. */
// @ts-ignore: decorator
@inline
function countInside(first: i32, taps: u32, dilation: u32, size: u32): u32 {
  let count: u32 = 0;
  for (let tap: u32 = 0; tap < taps; tap++) if (<u32>(first + <i32>(tap * dilation)) < size) count++;
  return count;
}

/** What an average divides by: all taps, or those inside. */
// @ts-ignore: decorator
@inline
function divisorOf(geometry: usize, all: bool, rows: u32, left: i32): f32 {
  const taps = word(geometry, KERNEL_WIDTH);
  if (all) return <f32>(word(geometry, KERNEL_HEIGHT) * taps);
  return <f32>(rows * countInside(left, taps, word(geometry, DILATION_ACROSS), word(geometry, WIDTH)));
}

/** The larger lanes; a NaN in `x` is left for `unordered` to tell, since f32x4.max takes seven instructions to carry it. */
// @ts-ignore: decorator
@inline
function fourLargest(geometry: usize, from: usize, rowStep: usize, across: u32): v128 {
  const kernelWidth = word(geometry, KERNEL_WIDTH);
  const step = (<usize>word(geometry, DILATION_ACROSS)) << 2;
  let a = f32x4.splat(-Infinity);
  let unordered = f32x4.splat(0);
  for (let ky: u32 = 0; ky < word(geometry, KERNEL_HEIGHT); ky++, from += rowStep) {
    let at = from;
    for (let kx: u32 = 0; kx < kernelWidth; kx++, at += step) {
      const x = fourAcross(at, across);
      a = f32x4.pmax(a, x);
      unordered = v128.or(unordered, f32x4.ne(x, x));
    }
  }
  // All ones are a NaN.
  return v128.or(a, unordered);
}

// @ts-ignore: decorator
@inline
function fourSums(geometry: usize, from: usize, rowStep: usize, across: u32): v128 {
  const kernelWidth = word(geometry, KERNEL_WIDTH);
  const step = (<usize>word(geometry, DILATION_ACROSS)) << 2;
  let a = f32x4.splat(0);
  for (let ky: u32 = 0; ky < word(geometry, KERNEL_HEIGHT); ky++, from += rowStep) {
    let at = from;
    for (let kx: u32 = 0; kx < kernelWidth; kx++, at += step) a = f32x4.add(a, fourAcross(at, across));
  }
  return a;
}

/** Four places from `ox` on; `counts` holds what each place of a row divides by. */
// @ts-ignore: decorator
@inline
function fourPlaces(kind: u32, geometry: usize, from: usize, rowStep: usize, across: u32, ox: u32, counts: usize): v128 {
  const at = from + ((<usize>ox * across) << 2);
  if (kind == MAXIMUM) return fourLargest(geometry, at, rowStep, across);
  return f32x4.div(fourSums(geometry, at, rowStep, across), v128.load(counts + ((<usize>ox) << 2)));
}

// @ts-ignore: decorator
@inline
function poolRow(
  kind: u32, geometry: usize, from: usize, rowStep: usize, across: u32, to: usize, places: u32, counts: usize,
): void {
  if (places < 4) {
    storeLanes(to, fourPlaces(kind, geometry, from, rowStep, across, 0, counts), places);
    return;
  }
  for (let ox: u32 = 0; ; ) {
    v128.store(to + ((<usize>ox) << 2), fourPlaces(kind, geometry, from, rowStep, across, ox, counts));
    if (ox + 4 == places) return;
    // The last four once more: places do not depend on one another.
    ox = ox + 8 <= places ? ox + 4 : places - 4;
  }
}

/**
 * Units are rows of the result. Block: [image, result, 0 maximum or 1 average, 1 when padding counts, rows of a plane, then
 * the geometry]. Rows are copied with their padding, which no maximum takes and no sum feels.
 */
export function poolRows(block: usize, begin: u32, end: u32): void {
  const kind = word(block, 2);
  const all = word(block, 3) != 0;
  const planeHeight = word(block, 4);
  const geometry = block + 20;
  const height = word(geometry, HEIGHT);
  const pixels = height * word(geometry, WIDTH);
  const down = word(geometry, STRIDE_DOWN);
  const across = word(geometry, STRIDE_ACROSS);
  const places = word(geometry, PLANE_WIDTH);
  const paddedWidth = paddedWidthOf(geometry);
  const stride = (<usize>paddedWidth) << 2;
  const rowStep = <usize>word(geometry, DILATION_DOWN) * stride;
  const reach = reachDown(geometry);
  const most = rowsThatFit(geometry);
  const counts = threadArena() + COUNTS;
  for (let unit = begin; unit < end; ) {
    const plane = unit / planeHeight;
    const first = unit - plane * planeHeight;
    let count = planeHeight - first;
    if (count > end - unit) count = end - unit;
    if (count > most) count = most;
    const y = <i32>(first * down) - <i32>word(geometry, TOP);
    const image = address(block, 0) + ((<usize>plane * pixels) << 2);
    let from = padRows(image, geometry, y, (count - 1) * down + reach, paddedWidth, kind == MAXIMUM ? -Infinity : 0);
    let to = address(block, 1) + ((<usize>unit * places) << 2);
    let known: u32 = 0;
    for (let row: u32 = 0; row < count; row++, from += <usize>down * stride, to += (<usize>places) << 2) {
      if (kind == MAXIMUM) {
        if (across == 1) poolRow(MAXIMUM, geometry, from, rowStep, 1, to, places, 0);
        else if (across == 2) poolRow(MAXIMUM, geometry, from, rowStep, 2, to, places, 0);
        else poolRow(MAXIMUM, geometry, from, rowStep, across, to, places, 0);
        continue;
      }
      const top = y + <i32>(row * down);
      const rows = countInside(top, word(geometry, KERNEL_HEIGHT), word(geometry, DILATION_DOWN), height);
      if (rows != known) {
        for (let ox: u32 = 0; ox < places; ox++) {
          const left = <i32>(ox * across) - <i32>word(geometry, LEFT_PAD);
          store<f32>(counts + ((<usize>ox) << 2), divisorOf(geometry, all, rows, left));
        }
        known = rows;
      }
      if (across == 1) poolRow(1, geometry, from, rowStep, 1, to, places, counts);
      else if (across == 2) poolRow(1, geometry, from, rowStep, 2, to, places, counts);
      else poolRow(1, geometry, from, rowStep, across, to, places, counts);
    }
    unit += count;
  }
}

/** Units and block as poolRows: window by window, for rows too wide to copy. */
export function poolWideRows(block: usize, begin: u32, end: u32): void {
  const kind = word(block, 2);
  const all = word(block, 3) != 0;
  const planeHeight = word(block, 4);
  const geometry = block + 20;
  const height = word(geometry, HEIGHT);
  const width = word(geometry, WIDTH);
  const places = word(geometry, PLANE_WIDTH);
  for (let unit = begin; unit < end; unit++) {
    const plane = unit / planeHeight;
    const image = address(block, 0) + ((<usize>plane * height * width) << 2);
    const top = <i32>((unit - plane * planeHeight) * word(geometry, STRIDE_DOWN)) - <i32>word(geometry, TOP);
    const rows = countInside(top, word(geometry, KERNEL_HEIGHT), word(geometry, DILATION_DOWN), height);
    for (let ox: u32 = 0; ox < places; ox++) {
      const left = <i32>(ox * word(geometry, STRIDE_ACROSS)) - <i32>word(geometry, LEFT_PAD);
      const to = address(block, 1) + ((<usize>unit * places + ox) << 2);
      if (kind == MAXIMUM) store<f32>(to, load<f32>(largestOf(geometry, image, top, left)));
      else store<f32>(to, sumOf(geometry, image, top, left) / divisorOf(geometry, all, rows, left));
    }
  }
}

function sumOf(geometry: usize, from: usize, top: i32, left: i32): f32 {
  const width = word(geometry, WIDTH);
  let sum: f32 = 0;
  for (let ky: u32 = 0; ky < word(geometry, KERNEL_HEIGHT); ky++) {
    const y = top + <i32>(ky * word(geometry, DILATION_DOWN));
    if (<u32>y >= word(geometry, HEIGHT)) continue;
    for (let kx: u32 = 0; kx < word(geometry, KERNEL_WIDTH); kx++) {
      const x = left + <i32>(kx * word(geometry, DILATION_ACROSS));
      if (<u32>x < width) sum += load<f32>(from + (((<usize>y) * width + x) << 2));
    }
  }
  return sum;
}

/** Address of a window's largest pixel: the first NaN, else the first of equals. Every window holds a pixel. */
function largestOf(geometry: usize, from: usize, top: i32, left: i32): usize {
  const width = word(geometry, WIDTH);
  let found: usize = 0;
  let best: f32 = 0;
  for (let ky: u32 = 0; ky < word(geometry, KERNEL_HEIGHT); ky++) {
    const y = top + <i32>(ky * word(geometry, DILATION_DOWN));
    if (<u32>y >= word(geometry, HEIGHT)) continue;
    for (let kx: u32 = 0; kx < word(geometry, KERNEL_WIDTH); kx++) {
      const x = left + <i32>(kx * word(geometry, DILATION_ACROSS));
      if (<u32>x >= width) continue;
      const at = from + (((<usize>y) * width + x) << 2);
      const pixel = load<f32>(at);
      if (!found || pixel > best || (pixel != pixel && best == best)) {
        found = at;
        best = pixel;
      }
    }
  }
  return found;
}

/** Units are rows of the result. Block: [image, result, rows of a plane, then the geometry]. */
export function poolIndexRows(block: usize, begin: u32, end: u32): void {
  const image = address(block, 0);
  const planeHeight = word(block, 2);
  const geometry = block + 12;
  const pixels = word(geometry, HEIGHT) * word(geometry, WIDTH);
  const planeWidth = word(geometry, PLANE_WIDTH);
  for (let unit = begin; unit < end; unit++) {
    const plane = unit / planeHeight;
    const from = image + ((<usize>plane * pixels) << 2);
    const top = <i32>((unit - plane * planeHeight) * word(geometry, STRIDE_DOWN)) - <i32>word(geometry, TOP);
    for (let ox: u32 = 0; ox < planeWidth; ox++) {
      const left = <i32>(ox * word(geometry, STRIDE_ACROSS)) - <i32>word(geometry, LEFT_PAD);
      const at = largestOf(geometry, from, top, left);
      store<u32>(address(block, 1) + ((<usize>unit * planeWidth + ox) << 2), <u32>((at - image) >> 2));
    }
  }
}

/**
 * Units are planes of the image. Block: [gradient, image or 0, result, 0 maximum or 1 average, 1 when padding counts, rows of
 * a plane of the gradient, then the geometry].
 */
export function poolGradientPlanes(block: usize, begin: u32, end: u32): void {
  const kind = word(block, 3);
  const all = word(block, 4) != 0;
  const planeHeight = word(block, 5);
  const geometry = block + 24;
  const height = word(geometry, HEIGHT);
  const width = word(geometry, WIDTH);
  const planeWidth = word(geometry, PLANE_WIDTH);
  const bytes = (<usize>(height * width)) << 2;
  for (let plane = begin; plane < end; plane++) {
    const to = address(block, 2) + <usize>plane * bytes;
    const image = address(block, 1) + <usize>plane * bytes;
    let gradient = address(block, 0) + ((<usize>plane * planeHeight * planeWidth) << 2);
    memory.fill(to, 0, bytes);
    for (let oy: u32 = 0; oy < planeHeight; oy++) {
      const top = <i32>(oy * word(geometry, STRIDE_DOWN)) - <i32>word(geometry, TOP);
      const rows = countInside(top, word(geometry, KERNEL_HEIGHT), word(geometry, DILATION_DOWN), height);
      for (let ox: u32 = 0; ox < planeWidth; ox++, gradient += 4) {
        const left = <i32>(ox * word(geometry, STRIDE_ACROSS)) - <i32>word(geometry, LEFT_PAD);
        if (kind == MAXIMUM) {
          const at = to + (largestOf(geometry, image, top, left) - image);
          store<f32>(at, load<f32>(at) + load<f32>(gradient));
        } else {
          addToWindow(geometry, to, top, left, load<f32>(gradient) / divisorOf(geometry, all, rows, left));
        }
      }
    }
  }
}

function addToWindow(geometry: usize, to: usize, top: i32, left: i32, share: f32): void {
  const width = word(geometry, WIDTH);
  for (let ky: u32 = 0; ky < word(geometry, KERNEL_HEIGHT); ky++) {
    const y = top + <i32>(ky * word(geometry, DILATION_DOWN));
    if (<u32>y >= word(geometry, HEIGHT)) continue;
    for (let kx: u32 = 0; kx < word(geometry, KERNEL_WIDTH); kx++) {
      const x = left + <i32>(kx * word(geometry, DILATION_ACROSS));
      if (<u32>x >= width) continue;
      const at = to + (((<usize>y) * width + x) << 2);
      store<f32>(at, load<f32>(at) + share);
    }
  }
}
