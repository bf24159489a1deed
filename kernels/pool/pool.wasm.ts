// Pooling. Places whose window lies inside the row's ends go four at a time; gradients add windows to a plane in order.
import { DILATION_ACROSS, DILATION_DOWN, HEIGHT, KERNEL_HEIGHT, KERNEL_WIDTH, LEFT_PAD, PLANE_WIDTH, STRIDE_ACROSS, STRIDE_DOWN, TOP, WIDTH } from "../convolution/patches.wasm";
import { endInside, firstInside, fourAcross } from "../convolution/depthwise.wasm";
import { address, word } from "../runtime/vector.wasm";

const MAXIMUM: u32 = 0;

/** Taps along an axis that lie inside, for a window whose first is at `first`. */
// @ts-ignore: decorator
@inline
function countInside(first: i32, taps: u32, dilation: u32, size: u32): u32 {
  let count: u32 = 0;
  for (let tap: u32 = 0; tap < taps; tap++) if (<u32>(first + <i32>(tap * dilation)) < size) count++;
  return count;
}

/** Four windows that lie inside the row, the first at column `left`. */
function fourWindows(kind: u32, geometry: usize, from: usize, top: i32, left: u32, divisor: f32): v128 {
  const width = word(geometry, WIDTH);
  const kernelWidth = word(geometry, KERNEL_WIDTH);
  const across = word(geometry, STRIDE_ACROSS);
  const step = (<usize>word(geometry, DILATION_ACROSS)) << 2;
  let a = f32x4.splat(kind == MAXIMUM ? -Infinity : 0);
  for (let ky: u32 = 0; ky < word(geometry, KERNEL_HEIGHT); ky++) {
    const y = top + <i32>(ky * word(geometry, DILATION_DOWN));
    if (<u32>y >= word(geometry, HEIGHT)) continue;
    let at = from + (((<usize>y) * width + left) << 2);
    if (kind == MAXIMUM) {
      for (let kx: u32 = 0; kx < kernelWidth; kx++, at += step) a = f32x4.max(a, fourAcross(at, across));
    } else {
      for (let kx: u32 = 0; kx < kernelWidth; kx++, at += step) a = f32x4.add(a, fourAcross(at, across));
    }
  }
  return kind == MAXIMUM ? a : f32x4.div(a, f32x4.splat(divisor));
}

/** One window anywhere. */
function oneWindow(kind: u32, geometry: usize, from: usize, top: i32, left: i32, divisor: f32): f32 {
  const width = word(geometry, WIDTH);
  let value: f32 = kind == MAXIMUM ? -Infinity : 0;
  for (let ky: u32 = 0; ky < word(geometry, KERNEL_HEIGHT); ky++) {
    const y = top + <i32>(ky * word(geometry, DILATION_DOWN));
    if (<u32>y >= word(geometry, HEIGHT)) continue;
    for (let kx: u32 = 0; kx < word(geometry, KERNEL_WIDTH); kx++) {
      const x = left + <i32>(kx * word(geometry, DILATION_ACROSS));
      if (<u32>x >= width) continue;
      const pixel = load<f32>(from + (((<usize>y) * width + x) << 2));
      if (kind == MAXIMUM) value = max<f32>(value, pixel);
      else value += pixel;
    }
  }
  return kind == MAXIMUM ? value : value / divisor;
}

/** What an average divides by: all taps, or those inside. */
// @ts-ignore: decorator
@inline
function divisorOf(geometry: usize, all: bool, rows: u32, left: i32): f32 {
  const taps = word(geometry, KERNEL_WIDTH);
  if (all) return <f32>(word(geometry, KERNEL_HEIGHT) * taps);
  return <f32>(rows * countInside(left, taps, word(geometry, DILATION_ACROSS), word(geometry, WIDTH)));
}

/** Units are rows of the result. Block: [image, result, 0 maximum or 1 average, 1 when padding counts, rows of a plane, then the geometry]. */
export function poolRows(block: usize, begin: u32, end: u32): void {
  const kind = word(block, 2);
  const all = word(block, 3) != 0;
  const planeHeight = word(block, 4);
  const geometry = block + 20;
  const height = word(geometry, HEIGHT);
  const width = word(geometry, WIDTH);
  const kernelWidth = word(geometry, KERNEL_WIDTH);
  const across = <i32>word(geometry, STRIDE_ACROSS);
  const padding = <i32>word(geometry, LEFT_PAD);
  const planeWidth = word(geometry, PLANE_WIDTH);
  const reach = <i32>((kernelWidth - 1) * word(geometry, DILATION_ACROSS));
  const first = firstInside(padding, across, planeWidth);
  const stop = endInside(padding, across, reach, <i32>width, planeWidth, first);
  for (let unit = begin; unit < end; unit++) {
    const plane = unit / planeHeight;
    const oy = unit - plane * planeHeight;
    const from = address(block, 0) + ((<usize>plane * height * width) << 2);
    const to = address(block, 1) + ((<usize>unit * planeWidth) << 2);
    const top = <i32>(oy * word(geometry, STRIDE_DOWN)) - <i32>word(geometry, TOP);
    const rows = countInside(top, word(geometry, KERNEL_HEIGHT), word(geometry, DILATION_DOWN), height);
    const inner = all ? <f32>(word(geometry, KERNEL_HEIGHT) * kernelWidth) : <f32>(rows * kernelWidth);
    let ox: u32 = 0;
    for (; ox < planeWidth; ox++) {
      if (ox == first && stop - first >= 4) {
        for (; ox + 4 <= stop; ox += 4) {
          v128.store(to + ((<usize>ox) << 2), fourWindows(kind, geometry, from, top, ox * across - padding, inner));
        }
        // The last four once more: places do not depend on one another.
        if (ox < stop) {
          const last = stop - 4;
          v128.store(to + ((<usize>last) << 2), fourWindows(kind, geometry, from, top, last * across - padding, inner));
        }
        ox = stop;
        if (ox == planeWidth) break;
      }
      const left = <i32>ox * across - padding;
      const value = oneWindow(kind, geometry, from, top, left, divisorOf(geometry, all, rows, left));
      store<f32>(to + ((<usize>ox) << 2), value);
    }
  }
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
