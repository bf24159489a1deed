// Pooling, first down the columns of a window's rows, four at a time, then across.
import {
  DILATION_ACROSS, DILATION_DOWN, HEIGHT, KERNEL_HEIGHT, KERNEL_WIDTH, LEFT_PAD, PLANE_WIDTH, STRIDE_ACROSS, STRIDE_DOWN,
  TOP, WIDTH,
} from "../convolution/patches.wasm";
import { endInside, firstInside, fourAcross, paddedWidthOf } from "../convolution/rows.wasm";
import { threadArena } from "../runtime/program.wasm";
import { address, storeLanes, word } from "../runtime/vector.wasm";
import { countInside, divisorOf, exactPlaces, MAXIMUM, sumOf } from "./windows.wasm";

/** A row of columns' results, with its padding: room for 262,144 in the thread's memory. */
const COLUMNS: usize = 256;
/** Pixels that the places of a row hold across, behind the columns: room for 45,000. */
const COUNTS: usize = 256 + 262144 * 4 + 64;

/** Two vectors' larger lanes, or their sum. f32x4.pmax loses a NaN in `y`: `columnsDown` tells of it. */
// @ts-ignore: decorator
@inline
function joined(kind: u32, x: v128, y: v128): v128 {
  return kind == MAXIMUM ? f32x4.pmax(x, y) : f32x4.add(x, y);
}

/**
 * The largest or the sum of each column over `rows` rows `step` bytes apart, for `width` columns and up to three more. False when
 * there may be a NaN: f32x4.max takes seven instructions to carry one, a sum of all pixels finds it with one.
 */
// @ts-ignore: decorator
@inline
function columnsDown(kind: u32, to: usize, from: usize, step: usize, rows: u32, width: u32): bool {
  const zero = f32x4.splat(0);
  let sum = zero, second = zero, third = zero;
  const stop = from + ((<usize>width) << 2);
  if (rows == 2) {
    for (let below = from + step; from < stop; from += 16, below += 16, to += 16) {
      const x = v128.load(from), y = v128.load(below);
      v128.store(to, joined(kind, x, y));
      if (kind == MAXIMUM) sum = f32x4.add(sum, x), second = f32x4.add(second, y);
    }
  } else if (rows == 3) {
    for (let below = from + step, last = below + step; from < stop; from += 16, below += 16, last += 16, to += 16) {
      const x = v128.load(from), y = v128.load(below), z = v128.load(last);
      v128.store(to, joined(kind, joined(kind, x, y), z));
      if (kind == MAXIMUM) sum = f32x4.add(sum, x), second = f32x4.add(second, y), third = f32x4.add(third, z);
    }
  } else {
    for (; from < stop; from += 16, to += 16) {
      let at = from;
      let x = v128.load(at);
      if (kind == MAXIMUM) sum = f32x4.add(sum, x);
      for (let row: u32 = 1; row < rows; row++) {
        at += step;
        const y = v128.load(at);
        x = joined(kind, x, y);
        if (kind == MAXIMUM) second = f32x4.add(second, y);
      }
      v128.store(to, x);
    }
  }
  sum = f32x4.add(f32x4.add(sum, second), third);
  return !v128.any_true(f32x4.ne(sum, sum));
}

/** Four places from the columns' results. */
// @ts-ignore: decorator
@inline
function fourPlaces(kind: u32, at: usize, step: usize, taps: u32, across: u32, counts: usize, rows: v128): v128 {
  let x: v128;
  if (across == 2 && step == 4 && (taps == 2 || taps == 3)) {
    const low = v128.load(at), high = v128.load(at, 16);
    x = joined(kind, v128.shuffle<f32>(low, high, 0, 2, 4, 6), v128.shuffle<f32>(low, high, 1, 3, 5, 7));
    if (taps == 3) x = joined(kind, x, fourAcross(at + 8, 2));
  } else {
    x = fourAcross(at, across);
    for (let tap: u32 = 1; tap < taps; tap++) {
      at += step;
      x = joined(kind, x, fourAcross(at, across));
    }
  }
  return kind == MAXIMUM ? x : f32x4.div(x, f32x4.mul(rows, v128.load(counts)));
}

/** A row of places; `counts` and `rows` are what an average divides by. */
// @ts-ignore: decorator
@inline
function placesAcross(
  kind: u32, from: usize, step: usize, taps: u32, across: u32, to: usize, places: u32, counts: usize, rows: v128,
): void {
  if (places < 4) {
    storeLanes(to, fourPlaces(kind, from, step, taps, across, counts, rows), places);
    return;
  }
  for (let ox: u32 = 0; ; ) {
    const at = (<usize>ox) << 2;
    v128.store(to + at, fourPlaces(kind, from + at * across, step, taps, across, counts + at, rows));
    if (ox + 4 == places) return;
    // The last four once more: places do not depend on one another.
    ox = ox + 8 <= places ? ox + 4 : places - 4;
  }
}

/** placesAcross with the usual strides and windows written out. */
function anyAcross(
  kind: u32, from: usize, step: usize, taps: u32, across: u32, to: usize, places: u32, counts: usize, rows: v128,
): void {
  if (across == 2 && taps == 2 && step == 4) placesAcross(kind, from, 4, 2, 2, to, places, counts, rows);
  else if (across == 2 && taps == 3 && step == 4) placesAcross(kind, from, 4, 3, 2, to, places, counts, rows);
  else if (across == 1 && taps == 3) placesAcross(kind, from, step, 3, 1, to, places, counts, rows);
  else if (across == 1) placesAcross(kind, from, step, taps, 1, to, places, counts, rows);
  else placesAcross(kind, from, step, taps, across, to, places, counts, rows);
}

/**
 * Units are rows of the result. Block: [image, result, 0 maximum or 1 average, 1 when padding counts, rows of a plane, then
 * the geometry].
 */
export function poolRows(block: usize, begin: u32, end: u32): void {
  if (word(block, 2) == MAXIMUM) rowsOf(MAXIMUM, block, begin, end);
  else rowsOf(1, block, begin, end);
}

// @ts-ignore: decorator
@inline
function rowsOf(kind: u32, block: usize, begin: u32, end: u32): void {
  const all = word(block, 3) != 0;
  const planeHeight = word(block, 4);
  const geometry = block + 20;
  const height = word(geometry, HEIGHT), width = word(geometry, WIDTH);
  const kernelHeight = word(geometry, KERNEL_HEIGHT), taps = word(geometry, KERNEL_WIDTH);
  const down = word(geometry, STRIDE_DOWN), across = word(geometry, STRIDE_ACROSS);
  const dilationDown = word(geometry, DILATION_DOWN);
  const step = (<usize>word(geometry, DILATION_ACROSS)) << 2;
  const places = word(geometry, PLANE_WIDTH);
  const paddedWidth = paddedWidthOf(geometry);
  const left = word(geometry, LEFT_PAD) < paddedWidth ? word(geometry, LEFT_PAD) : paddedWidth;
  const kept = width < paddedWidth - left ? width : paddedWidth - left;
  const counts = threadArena() + COUNTS;
  // A row just written is slow to read, so that there are two in turn: one is written while that before it is read.
  let columns = threadArena() + COLUMNS;
  let before = paddedWidth < 32768 ? columns + 131072 + 64 : columns;
  // No maximum takes the padding and no sum feels it.
  const padding = f32x4.splat(kind == MAXIMUM ? -Infinity : 0);
  for (let at: usize = 0, stop = (<usize>paddedWidth) << 2; at < stop; at += 16) {
    v128.store(columns + at, padding);
    v128.store(before + at, padding);
  }
  if (kind != MAXIMUM) {
    for (let ox: u32 = 0; ox < places; ox++) {
      const first = <i32>(ox * across) - <i32>word(geometry, LEFT_PAD);
      const count = all ? taps : countInside(first, taps, word(geometry, DILATION_ACROSS), width);
      store<f32>(counts + ((<usize>ox) << 2), <f32>count);
    }
  }
  const rowStep = (<usize>dilationDown * width) << 2;
  // A 3 x 3 window may begin a pixel beside the row: its vector is masked.
  const isMasked = taps == 3 && left == 1;
  const outside = isMasked ? i32x4(-1, 0, 0, 0) : i32x4.splat(0);
  const insideFirst: u32 = isMasked ? 0 : firstInside(<i32>left, <i32>across, places);
  const reach = <i32>((taps - 1) * word(geometry, DILATION_ACROSS));
  const insideEnd = endInside(<i32>left, <i32>across, reach, <i32>width, places, insideFirst);
  const isUsual = across == 2 && step == 4 && kernelHeight == taps && (taps == 2 || taps == 3);
  const together = isUsual && insideEnd >= insideFirst + 4 ? taps : 0;
  let plane = begin / planeHeight;
  let row = begin - plane * planeHeight;
  let image = address(block, 0) + ((<usize>plane * height * width) << 2);
  let to = address(block, 1) + ((<usize>begin * places) << 2);
  let waiting: usize = 0;
  let waitingRows = padding;
  for (let unit = begin; unit < end; unit++, to += (<usize>places) << 2) {
    const top = <i32>(row * down) - <i32>word(geometry, TOP);
    const rows = countInside(top, kernelHeight, dilationDown, height);
    const above: u32 = top < 0 ? (<u32>-top + dilationDown - 1) / dilationDown : 0;
    const divisor = f32x4.splat(<f32>(all ? kernelHeight : rows));
    const from = image + ((<usize>(top + <i32>(above * dilationDown)) * width) << 2);
    if (rows == together) {
      const first = from + (((<isize>insideFirst * 2) - <isize>word(geometry, LEFT_PAD)) << 2);
      const out = (<usize>insideFirst) << 2;
      const count = insideEnd - insideFirst;
      const isPlain = together == 2
        ? twoByTwo(kind, first, rowStep, to + out, counts + out, count, divisor)
        : threeByThree(kind, first, rowStep, to + out, counts + out, count, divisor, outside, padding);
      const edge = kind == MAXIMUM && !isPlain ? places : insideFirst;
      exactPlaces(kind, geometry, image, top, to, 0, edge, counts, f32x4.extract_lane(divisor, 0));
      if (edge < places) exactPlaces(kind, geometry, image, top, to, insideEnd, places, counts, f32x4.extract_lane(divisor, 0));
      if (++row == planeHeight) {
        row = 0;
        image += (<usize>(height * width)) << 2;
      }
      continue;
    }
    const inside = columns + ((<usize>left) << 2);
    const isPlain = columnsDown(kind, inside, from, rowStep, rows, kept);
    v128.store(inside + ((<usize>kept) << 2), padding);
    if (waiting) anyAcross(kind, before, step, taps, across, waiting, places, counts, waitingRows);
    waiting = kind == MAXIMUM && !isPlain ? 0 : to;
    waitingRows = divisor;
    if (!waiting) exactPlaces(MAXIMUM, geometry, image, top, to, 0, places, 0, 0);
    if (before == columns) {
      if (waiting) anyAcross(kind, columns, step, taps, across, to, places, counts, waitingRows);
      waiting = 0;
    }
    const written = columns;
    columns = before;
    before = written;
    if (++row == planeHeight) {
      row = 0;
      image += (<usize>(height * width)) << 2;
    }
  }
  if (waiting) anyAcross(kind, before, step, taps, across, waiting, places, counts, waitingRows);
}

/**
 * `places` (at least four) of a row by 2 x 2 windows at stride 2 that lie inside, straight from the image: `from` is the first
 * window's pixel. False when there may be a NaN, as columnsDown.
 */
// @ts-ignore: decorator
@inline
function twoByTwo(kind: u32, from: usize, step: usize, to: usize, counts: usize, places: u32, rows: v128): bool {
  let sum = f32x4.splat(0), second = sum;
  for (let ox: u32 = 0; ; ) {
    const at = from + ((<usize>ox) << 3);
    const below = at + step;
    const a = v128.load(at), b = v128.load(at, 16), c = v128.load(below), d = v128.load(below, 16);
    if (kind == MAXIMUM) {
      sum = f32x4.add(sum, f32x4.add(a, b));
      second = f32x4.add(second, f32x4.add(c, d));
    }
    const low = joined(kind, a, c), high = joined(kind, b, d);
    const x = joined(kind, v128.shuffle<f32>(low, high, 0, 2, 4, 6), v128.shuffle<f32>(low, high, 1, 3, 5, 7));
    const out = (<usize>ox) << 2;
    v128.store(to + out, kind == MAXIMUM ? x : f32x4.div(x, f32x4.mul(rows, v128.load(counts + out))));
    if (ox + 4 == places) break;
    ox = ox + 8 <= places ? ox + 4 : places - 4;
  }
  sum = f32x4.add(sum, second);
  return !v128.any_true(f32x4.ne(sum, sum));
}

/**
 * As twoByTwo for 3 x 3 windows. The even pixels of the next vector are wanted too, so that each turn leaves its own for the
 * next. `outside` marks the lanes of the row's first vector that lie in the padding.
 */
// @ts-ignore: decorator
@inline
function threeByThree(
  kind: u32, from: usize, step: usize, to: usize, counts: usize, places: u32, rows: v128, outside: v128, padding: v128,
): bool {
  let sum = f32x4.splat(0), second = sum, third = sum;
  for (let ox: u32 = 0; ; ) {
    let at = from + ((<usize>ox) << 3);
    let low = joined(kind, joined(kind, v128.load(at), v128.load(at + step)), v128.load(at + 2 * step));
    let high = joined(kind, joined(kind, v128.load(at, 16), v128.load(at + step, 16)), v128.load(at + 2 * step, 16));
    if (kind == MAXIMUM) {
      // A sum with one number that is none is none, whichever way it is taken.
      sum = f32x4.add(sum, f32x4.add(f32x4.add(v128.load(at), v128.load(at + step)), v128.load(at + 2 * step)));
      sum = f32x4.add(sum, f32x4.add(f32x4.add(v128.load(at, 16), v128.load(at + step, 16)), v128.load(at + 2 * step, 16)));
    }
    if (ox == 0) low = v128.bitselect(padding, low, outside);
    let even = v128.shuffle<f32>(low, high, 0, 2, 4, 6), odd = v128.shuffle<f32>(low, high, 1, 3, 5, 7);
    while (true) {
      at += 32;
      const below = at + step;
      const last = below + step;
      const a = v128.load(at), b = v128.load(at, 16), c = v128.load(below), d = v128.load(below, 16);
      const e = v128.load(last), f = v128.load(last, 16);
      if (kind == MAXIMUM) {
        sum = f32x4.add(sum, f32x4.add(a, b));
        second = f32x4.add(second, f32x4.add(c, d));
        third = f32x4.add(third, f32x4.add(e, f));
      }
      low = joined(kind, joined(kind, a, c), e), high = joined(kind, joined(kind, b, d), f);
      const nextEven = v128.shuffle<f32>(low, high, 0, 2, 4, 6);
      const x = joined(kind, joined(kind, even, odd), v128.shuffle<f32>(even, nextEven, 1, 2, 3, 4));
      even = nextEven;
      odd = v128.shuffle<f32>(low, high, 1, 3, 5, 7);
      const out = (<usize>ox) << 2;
      v128.store(to + out, kind == MAXIMUM ? x : f32x4.div(x, f32x4.mul(rows, v128.load(counts + out))));
      ox += 4;
      if (ox + 4 > places) break;
    }
    if (ox == places) break;
    ox = places - 4;
  }
  sum = f32x4.add(f32x4.add(sum, second), third);
  return !v128.any_true(f32x4.ne(sum, sum));
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
    const to = address(block, 1) + ((<usize>unit * places) << 2);
    if (kind == MAXIMUM) {
      exactPlaces(MAXIMUM, geometry, image, top, to, 0, places, 0, 0);
      continue;
    }
    for (let ox: u32 = 0; ox < places; ox++) {
      const left = <i32>(ox * word(geometry, STRIDE_ACROSS)) - <i32>word(geometry, LEFT_PAD);
      store<f32>(to + ((<usize>ox) << 2), sumOf(geometry, image, top, left) / divisorOf(geometry, all, rows, left));
    }
  }
}
