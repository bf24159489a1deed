// Resizing. The places of a row are worked out once a call into the thread's memory. A row of the image is read across, four
// places at a time, and kept while the result's rows want it; two are weighed downwards.
import { threadArena } from "../runtime/program.wasm";
import { address, multiplyAdd, storeLanes, word } from "../runtime/vector.wasm";

/** Room in the thread's memory for one row of 16,383 and a vector. */
const ROW: usize = 66560;
/** Behind two rows of results: the byte offset of each place's first pixel, then what the pixel behind it counts. */
const OFFSETS: usize = 2 * ROW;
const SHARES: usize = 3 * ROW;
/** The same of the rows, as far as a call has as many. */
const ROW_OFFSETS: usize = 4 * ROW;
const ROW_SHARES: usize = 5 * ROW;

const LINEAR: u32 = 2;

/** The pixel nearest to at / divisor. */
// @ts-ignore: decorator
@inline
function nearestOf(at: i32, divisor: i32, last: i32, rule: u32): i32 {
  // floor(place), or ceil(place - 1/2) = floor((2 at + divisor - 1) / (2 divisor)); what is below 0 is held at 0 alike.
  let nearest: i32 = 0;
  if (at > 0) nearest = rule ? at / divisor : (2 * at + divisor - 1) / (2 * divisor);
  return nearest > last ? last : nearest;
}

/**
 * Writes a place's first pixel to `offset`, in bytes, and what the next one counts to `share`. The last pixel is all of the next
 * of the one before it, so that both are there wherever an axis has two. Words of an axis: pixels, scale, shift, divisor.
 */
// @ts-ignore: decorator
@inline
function place(offset: usize, share: usize, axis: usize, o: u32, rule: u32): void {
  const last = <i32>word(axis, 0) - 1;
  const divisor = <i32>word(axis, 3);
  let at = <i32>(o * word(axis, 1) + word(axis, 2));
  if (rule != LINEAR) {
    store<i32>(offset, nearestOf(at, divisor, last, rule) << 2);
    return;
  }
  if (at < 0) at = 0;
  if (at > last * divisor) at = last * divisor;
  let first = at / divisor;
  if (first == last && last > 0) first--;
  store<i32>(offset, first << 2);
  store<f32>(share, <f32>(at - first * divisor) / <f32>divisor);
}

/** Pixels `offset` and the next of a row as two lanes. */
// @ts-ignore: decorator
@inline
function pairOf(row: usize, offsets: usize): v128 {
  return v128.load64_zero(row + load<u32>(offsets));
}

/** A row of the image read across: each place is its first pixel and the next, weighed. */
function readAcross(to: usize, row: usize, offsets: usize, shares: usize, width: u32, outWidth: u32): void {
  const stop = to + ((<usize>outWidth) << 2);
  if (width == 1) {
    for (const only = v128.load32_splat(row); to < stop; to += 16) v128.store(to, only);
    return;
  }
  const one = f32x4.splat(1);
  for (; to < stop; to += 16, offsets += 16, shares += 16) {
    const a = v128.load64_lane(row + load<u32>(offsets, 4), pairOf(row, offsets), 1);
    const b = v128.load64_lane(row + load<u32>(offsets, 12), pairOf(row, offsets + 8), 1);
    const share = v128.load(shares);
    const first = f32x4.mul(v128.shuffle<f32>(a, b, 0, 2, 4, 6), f32x4.sub(one, share));
    v128.store(to, multiplyAdd(v128.shuffle<f32>(a, b, 1, 3, 5, 7), share, first));
  }
}

/**
 * Units are rows of the result. Block: [image, result, rule (0 nearest with ties down, 1 floor, 2 linear), height and width of
 * the result, then for height and width: pixels, scale, shift, divisor]. Of a linear result the two rows of the image that were
 * read across last are kept.
 */
export function resizeRows(block: usize, begin: u32, end: u32): void {
  const rule = word(block, 2);
  const outHeight = word(block, 3);
  const outWidth = word(block, 4);
  const down = block + 20;
  const across = block + 36;
  const height = word(down, 0);
  const width = word(across, 0);
  const arena = threadArena();
  const offsets = arena + OFFSETS, shares = arena + SHARES;
  const stride = (<usize>width) << 2;
  for (let o: u32 = 0; o < ((outWidth + 3) & ~3); o++) {
    place(offsets + ((<usize>o) << 2), shares + ((<usize>o) << 2), across, o < outWidth ? o : outWidth - 1, rule);
  }
  const known = end - begin >= outHeight ? outHeight : 1;
  const rowOffsets = arena + ROW_OFFSETS, rowShares = arena + ROW_SHARES;
  for (let o: u32 = 0; o < known && known == outHeight; o++) {
    place(rowOffsets + ((<usize>o) << 2), rowShares + ((<usize>o) << 2), down, o, rule);
  }
  let plane = begin / outHeight;
  let row = begin - plane * outHeight;
  let image = address(block, 0) + <usize>plane * height * stride;
  let upper = arena, lower = arena + ROW;
  let upperRow: usize = 0, lowerRow: usize = 0;
  for (let unit = begin; unit < end; unit++) {
    let to = address(block, 1) + ((<usize>unit * outWidth) << 2);
    const here = known == outHeight ? (<usize>row) << 2 : 0;
    if (known != outHeight) place(rowOffsets, rowShares, down, row, rule);
    const first = image + <usize>(load<u32>(rowOffsets + here) >> 2) * stride;
    const t = load<f32>(rowShares + here);
    if (++row == outHeight) {
      row = 0;
      image += <usize>height * stride;
    }
    if (rule != LINEAR) {
      for (let at = offsets, stop = to + ((<usize>outWidth) << 2); to < stop; at += 4, to += 4) {
        store<u32>(to, load<u32>(first + load<u32>(at)));
      }
      continue;
    }
    const second = height > 1 ? first + stride : first;
    if (upperRow != first) {
      // Going down, the lower row becomes the upper one.
      const kept = upper;
      upper = lower, upperRow = lowerRow;
      lower = kept, lowerRow = 0;
      if (upperRow != first) readAcross(upper, first, offsets, shares, width, outWidth);
      upperRow = first;
    }
    if (lowerRow != second) readAcross(lower, second, offsets, shares, width, outWidth);
    lowerRow = second;
    const low = f32x4.splat(1 - t), high = f32x4.splat(t);
    const whole = (<usize>(outWidth & ~3)) << 2;
    for (let x: usize = 0; x < whole; x += 16) {
      v128.store(to + x, multiplyAdd(v128.load(lower + x), high, f32x4.mul(v128.load(upper + x), low)));
    }
    if (outWidth & 3) {
      const x = multiplyAdd(v128.load(lower + whole), high, f32x4.mul(v128.load(upper + whole), low));
      storeLanes(to + whole, x, outWidth & 3);
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
  const offsets = gathered + OFFSETS, shares = gathered + SHARES;
  const here = gathered + OFFSETS - 32;
  const stride = (<usize>width) << 2;
  const stop = offsets + ((<usize>outWidth) << 2);
  // Where there is no next pixel, its share is none.
  const next: usize = width > 1 ? 4 : 0, below = height > 1 ? stride : 0;
  for (let o: u32 = 0; o < outWidth; o++) place(offsets + ((<usize>o) << 2), shares + ((<usize>o) << 2), across, o, rule);
  for (let plane = begin; plane < end; plane++) {
    const to = address(block, 1) + <usize>plane * height * stride;
    memory.fill(to, 0, <usize>height * stride);
    let from = address(block, 0) + ((<usize>plane * outHeight * outWidth) << 2);
    for (let oy: u32 = 0; oy < outHeight; oy++) {
      memory.fill(gathered, 0, stride);
      if (rule == LINEAR) {
        for (let at = offsets, share = shares; at < stop; at += 4, share += 4, from += 4) {
          const t = load<f32>(share);
          const g = load<f32>(from);
          const low = gathered + load<u32>(at);
          store<f32>(low, load<f32>(low) + g * (1 - t));
          const high = low + next;
          store<f32>(high, load<f32>(high) + g * t);
        }
      } else {
        for (let at = offsets; at < stop; at += 4, from += 4) {
          const pixel = gathered + load<u32>(at);
          store<f32>(pixel, load<f32>(pixel) + load<f32>(from));
        }
      }
      place(here, here + 4, down, oy, rule);
      const first = to + <usize>(load<u32>(here) >> 2) * stride;
      if (rule != LINEAR) {
        addRow(first, gathered, width, 1);
        continue;
      }
      const t = load<f32>(here, 4);
      addRow(first, gathered, width, 1 - t);
      addRow(first + below, gathered, width, t);
    }
  }
}
