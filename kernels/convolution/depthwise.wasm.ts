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

/**
 * Copies `rows` rows of a plane, the first being row `y` of the image, into the thread's memory, with `value` where there is
 * no pixel: then every window is whole. Gives their address.
 */
export function padRows(plane: usize, geometry: usize, y: i32, rows: u32, paddedWidth: u32, value: f32): usize {
  const height = word(geometry, HEIGHT);
  const width = word(geometry, WIDTH);
  const left = word(geometry, LEFT_PAD) < paddedWidth ? word(geometry, LEFT_PAD) : paddedWidth;
  const kept = width < paddedWidth - left ? width : paddedWidth - left;
  const start = threadArena() + ROWS;
  let to = start;
  for (let row: u32 = 0; row < rows; row++, y++) {
    const stop = to + ((<usize>paddedWidth) << 2);
    if (<u32>y < height) {
      for (const inside = to + ((<usize>left) << 2); to < inside; to += 4) store<f32>(to, value);
      memory.copy(to, plane + ((<usize>y * width) << 2), (<usize>kept) << 2);
      to += (<usize>kept) << 2;
    }
    for (; to < stop; to += 4) store<f32>(to, value);
  }
  return start;
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

/**
 * Units are rows of the result. Block: [image, weights, bias or 0, result, activation, outputs, outputs of a group, rows of
 * a plane, then the geometry].
 */
export function convolutionDepthwise(block: usize, begin: u32, end: u32): void {
  const activation = word(block, 4);
  const outputs = word(block, 5);
  const own = word(block, 6);
  const planeHeight = word(block, 7);
  const geometry = block + 32;
  const pixels = word(geometry, HEIGHT) * word(geometry, WIDTH);
  const kernelHeight = word(geometry, KERNEL_HEIGHT);
  const kernelWidth = word(geometry, KERNEL_WIDTH);
  const down = word(geometry, STRIDE_DOWN);
  const across = word(geometry, STRIDE_ACROSS);
  const places = word(geometry, PLANE_WIDTH);
  const paddedWidth = paddedWidthOf(geometry);
  const stride = (<usize>paddedWidth) << 2;
  const reach = reachDown(geometry);
  const most = rowsThatFit(geometry);
  const square =
    kernelHeight == 3 && kernelWidth == 3 && word(geometry, DILATION_DOWN) == 1 && word(geometry, DILATION_ACROSS) == 1;
  let held: u32 = 0xffffffff, heldFirst: u32 = 0, heldCount: u32 = 0;
  let rows: usize = 0;
  for (let unit = begin; unit < end; ) {
    const plane = unit / planeHeight;
    const first = unit - plane * planeHeight;
    let count = planeHeight - first;
    if (count > end - unit) count = end - unit;
    if (count > most) count = most;
    const image = plane / outputs;
    const output = plane - image * outputs;
    const channel = image * (outputs / own) + output / own;
    if (channel != held || first != heldFirst || count > heldCount) {
      const y = <i32>(first * down) - <i32>word(geometry, TOP);
      const from = address(block, 0) + ((<usize>channel * pixels) << 2);
      rows = padRows(from, geometry, y, (count - 1) * down + reach, paddedWidth, 0);
      held = channel, heldFirst = first, heldCount = count;
    }
    const weights = address(block, 1) + ((<usize>output * kernelHeight * kernelWidth) << 2);
    const bias: f32 = address(block, 2) ? load<f32>(address(block, 2) + ((<usize>output) << 2)) : 0;
    let to = address(block, 3) + ((<usize>unit * places) << 2);
    let from = rows;
    for (let row: u32 = 0; row < count; row++, from += <usize>down * stride, to += (<usize>places) << 2) {
      if (square && across == 1) squareRow(from, stride, weights, bias, to, places, 1);
      else if (square && across == 2) squareRow(from, stride, weights, bias, to, places, 2);
      else anyRow(geometry, from, stride, weights, bias, to, places);
      if (activation == 1) reluRow(to, places);
      else if (activation > 1) activateRow(to, places, activation);
    }
    unit += count;
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
