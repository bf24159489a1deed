// Resizing. The places of a row are worked out once a call into the thread's memory; rows are weighed downwards four pixels
// at a time, then read across.
import { threadArena } from "../runtime/program.wasm";
import { address, multiplyAdd, storeLanes, word } from "../runtime/vector.wasm";

/** Bytes of a place: offset of the first pixel, of the second, and what the second counts. */
const PLACE: usize = 12;
/** The places lie behind room for one row of 16,383 pixels and a vector. */
const PLACES: usize = 66560;

const LINEAR: u32 = 2;

/** Words of an axis in the block: pixels, scale, shift, divisor. */
// @ts-ignore: decorator
@inline
function place(to: usize, axis: usize, o: u32, rule: u32): void {
  const last = <i32>word(axis, 0) - 1;
  const divisor = <i32>word(axis, 3);
  let at = <i32>(o * word(axis, 1) + word(axis, 2));
  if (rule != LINEAR) {
    // floor(place), or ceil(place - 1/2) = floor((2 at + divisor - 1) / (2 divisor)); what is below 0 is held at 0 alike.
    let nearest: i32 = 0;
    if (at > 0) nearest = rule ? at / divisor : (2 * at + divisor - 1) / (2 * divisor);
    if (nearest > last) nearest = last;
    store<i32>(to, nearest << 2);
    return;
  }
  if (at < 0) at = 0;
  if (at > last * divisor) at = last * divisor;
  const first = at / divisor;
  store<i32>(to, first << 2);
  store<i32>(to, (first < last ? first + 1 : first) << 2, 4);
  store<f32>(to, <f32>(at - first * divisor) / <f32>divisor, 8);
}

/**
 * Units are rows of the result. Block: [image, result, rule (0 nearest with ties down, 1 floor, 2 linear), height and width of
 * the result, then for height and width: pixels, scale, shift, divisor].
 */
export function resizeRows(block: usize, begin: u32, end: u32): void {
  const rule = word(block, 2);
  const outHeight = word(block, 3);
  const outWidth = word(block, 4);
  const down = block + 20;
  const across = block + 36;
  const height = word(down, 0);
  const width = word(across, 0);
  const blended = threadArena();
  const places = blended + PLACES;
  const here = places - 16;
  const stride = (<usize>width) << 2;
  const stop = places + <usize>outWidth * PLACE;
  for (let o: u32 = 0; o < outWidth; o++) place(places + <usize>o * PLACE, across, o, rule);
  for (let unit = begin; unit < end; unit++) {
    const plane = unit / outHeight;
    const image = address(block, 0) + <usize>plane * height * stride;
    let to = address(block, 1) + ((<usize>unit * outWidth) << 2);
    place(here, down, unit - plane * outHeight, rule);
    const first = image + <usize>(load<u32>(here) >> 2) * stride;
    if (rule != LINEAR) {
      for (let at = places; at < stop; at += PLACE, to += 4) store<u32>(to, load<u32>(first + load<u32>(at)));
      continue;
    }
    const second = image + <usize>(load<u32>(here, 4) >> 2) * stride;
    const t = load<f32>(here, 8);
    const low = f32x4.splat(1 - t), high = f32x4.splat(t);
    for (let x: usize = 0; x < stride; x += 16) {
      v128.store(blended + x, multiplyAdd(v128.load(second + x), high, f32x4.mul(v128.load(first + x), low)));
    }
    for (let at = places; at < stop; at += PLACE, to += 4) {
      const t = load<f32>(at, 8);
      store<f32>(to, load<f32>(blended + load<u32>(at)) * (1 - t) + load<f32>(blended + load<u32>(at, 4)) * t);
    }
  }
}

/** row[x] += weight * from[x] for `width` floats. */
// @ts-ignore: decorator
@inline
function addRow(row: usize, from: usize, width: u32, weight: f32): void {
  const w = f32x4.splat(weight);
  const stop = row + ((<usize>(width & ~3)) << 2);
  for (; row < stop; row += 16, from += 16) v128.store(row, multiplyAdd(v128.load(from), w, v128.load(row)));
  if (width & 3) storeLanes(row, multiplyAdd(v128.load(from), w, v128.load(row)), width & 3);
}

/**
 * Units are planes of the image; each adds the rows of the gradient in order. Block: as resizeRows, with the gradient for the
 * image and the image's gradient for the result.
 */
export function resizeGradientPlanes(block: usize, begin: u32, end: u32): void {
  const rule = word(block, 2);
  const outHeight = word(block, 3);
  const outWidth = word(block, 4);
  const down = block + 20;
  const across = block + 36;
  const height = word(down, 0);
  const width = word(across, 0);
  const gathered = threadArena();
  const places = gathered + PLACES;
  const here = places - 16;
  const stride = (<usize>width) << 2;
  const stop = places + <usize>outWidth * PLACE;
  for (let o: u32 = 0; o < outWidth; o++) place(places + <usize>o * PLACE, across, o, rule);
  for (let plane = begin; plane < end; plane++) {
    const to = address(block, 1) + <usize>plane * height * stride;
    memory.fill(to, 0, <usize>height * stride);
    let from = address(block, 0) + ((<usize>plane * outHeight * outWidth) << 2);
    for (let oy: u32 = 0; oy < outHeight; oy++) {
      memory.fill(gathered, 0, stride);
      if (rule == LINEAR) {
        for (let at = places; at < stop; at += PLACE, from += 4) {
          const t = load<f32>(at, 8);
          const g = load<f32>(from);
          const low = gathered + load<u32>(at);
          store<f32>(low, load<f32>(low) + g * (1 - t));
          const high = gathered + load<u32>(at, 4);
          store<f32>(high, load<f32>(high) + g * t);
        }
      } else {
        for (let at = places; at < stop; at += PLACE, from += 4) {
          const pixel = gathered + load<u32>(at);
          store<f32>(pixel, load<f32>(pixel) + load<f32>(from));
        }
      }
      place(here, down, oy, rule);
      const first = to + <usize>(load<u32>(here) >> 2) * stride;
      if (rule != LINEAR) {
        addRow(first, gathered, width, 1);
        continue;
      }
      const t = load<f32>(here, 8);
      addRow(first, gathered, width, 1 - t);
      addRow(to + <usize>(load<u32>(here, 4) >> 2) * stride, gathered, width, t);
    }
  }
}
