// Packing of image patches as the right operand of the matrix product: strips of 8 columns, depth outermost, so that the
// product's micro-kernel reads them as it reads a packed matrix. No patch matrix is ever whole in memory.
import { threadArena } from "../runtime/program.wasm";
import { word } from "../runtime/vector.wasm";

/** Words of a geometry: image height and width, kernel height and width, strides, top, left, dilations, plane width. */
export const HEIGHT: u32 = 0;
export const WIDTH: u32 = 1;
export const KERNEL_HEIGHT: u32 = 2;
export const KERNEL_WIDTH: u32 = 3;
export const STRIDE_DOWN: u32 = 4;
export const STRIDE_ACROSS: u32 = 5;
export const TOP: u32 = 6;
export const LEFT_PAD: u32 = 7;
export const DILATION_DOWN: u32 = 8;
export const DILATION_ACROSS: u32 = 9;
export const PLANE_WIDTH: u32 = 10;

/** A place outside of every image, far enough that no tap brings it inside. */
const OUTSIDE: i32 = -0x20000000;

/** Byte offsets in a channel of the pixels at (y, x), or -1 outside of it. */
// @ts-ignore: decorator
@inline
function pixelOffsets(y: v128, x: v128, height: u32, width: u32): v128 {
  const inside = v128.and(i32x4.lt_u(y, i32x4.splat(height)), i32x4.lt_u(x, i32x4.splat(width)));
  const at = i32x4.shl(i32x4.add(i32x4.mul(y, i32x4.splat(width)), x), 2);
  return v128.bitselect(at, i32x4.splat(-1), inside);
}

/**
 * Rows [at, at + depth) = (channel, tap) of columns [column, column + columns) = places of the window, of the channels at
 * `image`. `turned` gathers the other way, for the gradient of the image at stride 1: columns are pixels, rows (output, tap).
 */
export function packPatches(
  to: usize, image: usize, geometry: usize, turned: bool, column: u32, columns: u32, at: u32, depth: u32,
): void {
  const height = word(geometry, HEIGHT);
  const width = word(geometry, WIDTH);
  const kernelWidth = word(geometry, KERNEL_WIDTH);
  const taps = word(geometry, KERNEL_HEIGHT) * kernelWidth;
  const planeWidth = word(geometry, PLANE_WIDTH);
  // Forwards: y stride - top + ky dilation is a row. Turned, which knows stride 1 alone: y + top - ky dilation.
  const scaleDown: i32 = turned ? 1 : <i32>word(geometry, STRIDE_DOWN);
  const scaleAcross: i32 = turned ? 1 : <i32>word(geometry, STRIDE_ACROSS);
  const top: i32 = turned ? <i32>word(geometry, TOP) : -<i32>word(geometry, TOP);
  const left: i32 = turned ? <i32>word(geometry, LEFT_PAD) : -<i32>word(geometry, LEFT_PAD);
  const stepDown: i32 = turned ? -<i32>word(geometry, DILATION_DOWN) : <i32>word(geometry, DILATION_DOWN);
  const stepAcross: i32 = turned ? -<i32>word(geometry, DILATION_ACROSS) : <i32>word(geometry, DILATION_ACROSS);
  const plane = (<usize>(height * width)) << 2;
  const step = (<usize>taps) << 5;
  // Eight rows and eight columns of places, behind the 192 bytes of the product's edge tile.
  const places = threadArena() + 192;
  const firstTap = at % taps;
  const firstChannel = at / taps;
  for (let j: u32 = 0; j < columns; j += 8) {
    const strip = to + (((<usize>j) * depth) << 2);
    let row = (column + j) / planeWidth;
    let across8 = column + j - row * planeWidth;
    for (let lane: u32 = 0; lane < 8; lane++) {
      const here = places + ((<usize>lane) << 2);
      store<i32>(here, j + lane < columns ? <i32>row * scaleDown + top : OUTSIDE);
      store<i32>(here, <i32>across8 * scaleAcross + left, 32);
      if (++across8 == planeWidth) {
        across8 = 0;
        row++;
      }
    }
    const y0 = v128.load(places), y1 = v128.load(places, 16);
    const x0 = v128.load(places, 32), x1 = v128.load(places, 48);
    let ky: i32 = 0, kx: i32 = 0;
    for (let tap: u32 = 0; tap < taps; tap++) {
      const dy = i32x4.splat(ky * stepDown), dx = i32x4.splat(kx * stepAcross);
      if (++kx == <i32>kernelWidth) {
        kx = 0;
        ky++;
      }
      const channel = tap < firstTap ? firstChannel + 1 : firstChannel;
      const p = channel * taps + tap - at;
      if (p >= depth) continue;
      const low = pixelOffsets(i32x4.add(y0, dy), i32x4.add(x0, dx), height, width);
      const high = pixelOffsets(i32x4.add(y1, dy), i32x4.add(x1, dx), height, width);
      const from = image + <usize>channel * plane;
      const out = strip + ((<usize>p) << 5);
      const stop = strip + ((<usize>depth) << 5);
      gatherEight(out, stop, step, from, plane, low, high);
    }
  }
}

/** The same eight pixels of one channel after the other; offsets of -1 are zeros. */
// @ts-ignore: decorator
@inline
function gatherEight(out: usize, stop: usize, step: usize, from: usize, plane: usize, low: v128, high: v128): void {
  const first = i32x4.extract_lane(low, 0);
  const base = i32x4.splat(first);
  const together = v128.and(
    i32x4.eq(i32x4.sub(low, base), i32x4(0, 4, 8, 12)),
    i32x4.eq(i32x4.sub(high, base), i32x4(16, 20, 24, 28)),
  );
  if (first >= 0 && i32x4.all_true(together)) {
    from += <usize>first;
    for (; out < stop; out += step, from += plane) {
      v128.store(out, v128.load(from));
      v128.store(out, v128.load(from, 16), 16);
    }
    return;
  }
  const apart = v128.and(
    i32x4.eq(i32x4.sub(low, base), i32x4(0, 8, 16, 24)),
    i32x4.eq(i32x4.sub(high, base), i32x4(32, 40, 48, 56)),
  );
  if (first >= 0 && i32x4.all_true(apart)) {
    from += <usize>first;
    for (; out < stop; out += step, from += plane) {
      v128.store(out, v128.shuffle<f32>(v128.load(from), v128.load(from, 16), 0, 2, 4, 6));
      v128.store(out, v128.shuffle<f32>(v128.load(from, 32), v128.load(from, 48), 0, 2, 4, 6), 16);
    }
    return;
  }
  const zero = i32x4.splat(0);
  const lowInside = i32x4.ge_s(low, zero), highInside = i32x4.ge_s(high, zero);
  if (!v128.any_true(v128.or(lowInside, highInside))) {
    for (; out < stop; out += step) {
      v128.store(out, zero);
      v128.store(out, zero, 16);
    }
    return;
  }
  // Lanes outside read the channel's first pixel, which the mask takes away.
  const a = v128.and(low, lowInside), b = v128.and(high, highInside);
  const o0 = <usize>i32x4.extract_lane(a, 0), o1 = <usize>i32x4.extract_lane(a, 1);
  const o2 = <usize>i32x4.extract_lane(a, 2), o3 = <usize>i32x4.extract_lane(a, 3);
  const o4 = <usize>i32x4.extract_lane(b, 0), o5 = <usize>i32x4.extract_lane(b, 1);
  const o6 = <usize>i32x4.extract_lane(b, 2), o7 = <usize>i32x4.extract_lane(b, 3);
  for (; out < stop; out += step, from += plane) {
    let x = v128.load32_zero(from + o0);
    x = v128.load32_lane(from + o1, x, 1);
    x = v128.load32_lane(from + o2, x, 2);
    x = v128.load32_lane(from + o3, x, 3);
    v128.store(out, v128.and(x, lowInside));
    let y = v128.load32_zero(from + o4);
    y = v128.load32_lane(from + o5, y, 1);
    y = v128.load32_lane(from + o6, y, 2);
    y = v128.load32_lane(from + o7, y, 3);
    v128.store(out, v128.and(y, highInside), 16);
  }
}

/**
 * The patches lying the other way, for the gradient of the weights: columns [column, column + columns) = (channel, tap),
 * rows [at, at + depth) = places of the window in one image, whose channels of a group begin at `image`.
 */
export function packTaps(
  to: usize, image: usize, geometry: usize, column: u32, columns: u32, at: u32, depth: u32,
): void {
  const height = word(geometry, HEIGHT);
  const width = word(geometry, WIDTH);
  const kernelWidth = word(geometry, KERNEL_WIDTH);
  const taps = word(geometry, KERNEL_HEIGHT) * kernelWidth;
  const planeWidth = word(geometry, PLANE_WIDTH);
  const down = <i32>word(geometry, STRIDE_DOWN);
  const across = <i32>word(geometry, STRIDE_ACROSS);
  const firstRow = at / planeWidth;
  const firstAcross = at - firstRow * planeWidth;
  const skip = (<usize>across) << 2;
  for (let j: u32 = 0; j < columns; j += 8) {
    const strip = to + (((<usize>j) * depth) << 2);
    for (let lane: u32 = 0; lane < 8; lane++) {
      let out = strip + ((<usize>lane) << 2);
      const stop = out + ((<usize>depth) << 5);
      if (j + lane >= columns) {
        for (; out < stop; out += 32) store<u32>(out, 0);
        continue;
      }
      const channel = (column + j + lane) / taps;
      const tap = column + j + lane - channel * taps;
      const ky = tap / kernelWidth;
      const plane = image + ((<usize>channel * height * width) << 2);
      let y = <i32>firstRow * down - <i32>word(geometry, TOP) + <i32>(ky * word(geometry, DILATION_DOWN));
      const shift = <i32>((tap - ky * kernelWidth) * word(geometry, DILATION_ACROSS)) - <i32>word(geometry, LEFT_PAD);
      let ox = firstAcross;
      while (out < stop) {
        let run = planeWidth - ox;
        const left = <u32>((stop - out + 31) >> 5);
        if (run > left) run = left;
        let x = <i32>ox * across + shift;
        const end = out + ((<usize>run) << 5);
        if (<u32>y < height) {
          for (; out < end && x < 0; out += 32, x += across) store<u32>(out, 0);
          let from = plane + (((<usize>y) * width + x) << 2);
          for (; out < end && x < <i32>width; out += 32, x += across, from += skip) store<u32>(out, load<u32>(from));
        }
        for (; out < end; out += 32) store<u32>(out, 0);
        y += down;
        ox = 0;
      }
    }
  }
}
