// Windows of pooling one by one, with every edge looked at: for places at an edge, images with NaN, and the gradients.
import {
  DILATION_ACROSS, DILATION_DOWN, HEIGHT, KERNEL_HEIGHT, KERNEL_WIDTH, LEFT_PAD, STRIDE_ACROSS, WIDTH,
} from "../convolution/patches.wasm";
import { word } from "../runtime/vector.wasm";

/** The largest of a window; other kinds are averages. */
export const MAXIMUM: u32 = 0;

/** Taps along an axis that lie inside, for a window whose first is at `first`. */
// @ts-ignore: decorator
@inline
export function countInside(first: i32, taps: u32, dilation: u32, size: u32): u32 {
  let count: u32 = 0;
  for (let tap: u32 = 0; tap < taps; tap++) if (<u32>(first + <i32>(tap * dilation)) < size) count++;
  return count;
}

/** What an average divides by: all taps, or those inside. */
// @ts-ignore: decorator
@inline
export function divisorOf(geometry: usize, all: bool, rows: u32, left: i32): f32 {
  const taps = word(geometry, KERNEL_WIDTH);
  if (all) return <f32>(word(geometry, KERNEL_HEIGHT) * taps);
  return <f32>(rows * countInside(left, taps, word(geometry, DILATION_ACROSS), word(geometry, WIDTH)));
}

/** Sum of a window's pixels. */
export function sumOf(geometry: usize, from: usize, top: i32, left: i32): f32 {
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
export function largestOf(geometry: usize, from: usize, top: i32, left: i32): usize {
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

/** Places [first, end) of a row, window by window; `counts` and `rows` are what an average divides by. */
export function exactPlaces(
  kind: u32, geometry: usize, image: usize, top: i32, to: usize, first: u32, end: u32, counts: usize, rows: f32,
): void {
  for (let ox = first; ox < end; ox++) {
    const left = <i32>(ox * word(geometry, STRIDE_ACROSS)) - <i32>word(geometry, LEFT_PAD);
    const at = (<usize>ox) << 2;
    if (kind == MAXIMUM) store<f32>(to + at, load<f32>(largestOf(geometry, image, top, left)));
    else store<f32>(to + at, sumOf(geometry, image, top, left) / (rows * load<f32>(counts + at)));
  }
}
