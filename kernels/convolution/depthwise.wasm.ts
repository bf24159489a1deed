// Convolution where each group is one channel: too thin for a matrix product, so windows are summed directly, over rows copied
// with their padding so that no window has an edge. Each place is one chain over the taps in ascending order.
import { activateRow } from "../matmul/matmul.wasm";
import { threadArena } from "../runtime/program.wasm";
import { address, multiplyAdd, storeLanes, word } from "../runtime/vector.wasm";
import {
  DILATION_ACROSS, DILATION_DOWN, HEIGHT, KERNEL_HEIGHT, KERNEL_WIDTH, LEFT_PAD, PLANE_WIDTH, STRIDE_ACROSS, STRIDE_DOWN,
  TOP, WIDTH,
} from "./patches.wasm";
import { fourAcross, paddedWidthOf, reachDown, reluRow } from "./rows.wasm";
import { channelOf, isSquare, squareRows } from "./square.wasm";

/** Floats of padded rows that a thread holds: 1 MiB of its memory, behind the words that other kernels keep in front. */
const ROWS: usize = 256;
const ROOM: u32 = 262144;

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
  const geometry = block + 32;
  if (isSquare(geometry)) {
    squareRows(block, begin, end);
    return;
  }
  const outputs = word(block, 5);
  const own = word(block, 6);
  const planeHeight = word(block, 7);
  const pixels = word(geometry, HEIGHT) * word(geometry, WIDTH);
  const down = word(geometry, STRIDE_DOWN);
  const paddedWidth = paddedWidthOf(geometry);
  const reach = reachDown(geometry);
  // Some rows of a plane, or some whole planes: a row just written is slow to read, so that many are written first.
  let most: u32 = HELD / paddedWidth > reach + 3 * down ? ((HELD / paddedWidth - reach) / down + 1) & ~3 : 4;
  if (most > rowsThatFit(geometry)) most = rowsThatFit(geometry);
  const slot = (<usize>(((planeHeight - 1) * down + reach) * paddedWidth)) << 2;
  for (let unit = begin; unit < end; ) {
    const plane = unit / planeHeight;
    const first = unit - plane * planeHeight;
    let count = planeHeight - first;
    if (count > end - unit) count = end - unit;
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

/** Rows [first, first + count) of a plane of the result, from its padded rows. */
function planeRows(block: usize, plane: u32, from: usize, paddedWidth: u32, first: u32, count: u32): void {
  const activation = word(block, 4);
  const geometry = block + 32;
  const output = plane % word(block, 5);
  const kernelHeight = word(geometry, KERNEL_HEIGHT), kernelWidth = word(geometry, KERNEL_WIDTH);
  const down = word(geometry, STRIDE_DOWN);
  const places = word(geometry, PLANE_WIDTH);
  const stride = (<usize>paddedWidth) << 2;
  const weights = address(block, 1) + ((<usize>output * kernelHeight * kernelWidth) << 2);
  const bias: f32 = address(block, 2) ? load<f32>(address(block, 2) + ((<usize>output) << 2)) : 0;
  const to = address(block, 3) + ((<usize>(plane * word(block, 7) + first) * places) << 2);
  for (let row: u32 = 0; row < count; row++) {
    const at = from + <usize>(row * down) * stride;
    const out = to + ((<usize>(row * places)) << 2);
    anyRow(geometry, at, stride, weights, bias, out, places);
    if (activation == 1) reluRow(out, places);
    else if (activation > 1) activateRow(out, places, activation);
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
