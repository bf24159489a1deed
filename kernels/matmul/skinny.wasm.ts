// Products with few rows, where packing B would cost more than the product: B is read once, in place. Plain B is streamed
// by rows into a strip of C that stays in the first-level cache; transposed B is a set of dot products.
import { sigmoidLanes, tanhLanes } from "../map/scalar.wasm";
import { threadArena } from "../runtime/program.wasm";
import { address, multiplyAdd, storeLanes, sumLanes, word } from "../runtime/vector.wasm";
import { activateRow } from "./matmul.wasm";

/** Floats of C that a strip may hold: 256 KiB of the arena. */
const STRIP: u32 = 65536;
/** Columns of C over which four rows of B pass all rows of A: B's 16 KiB then come from the first cache. */
const TURN: usize = 4096;

/** One row of C over four rows of B, 16 columns a turn. Four streams of B; with eight they meet in one set of the cache. */
function fourByOne(a: usize, aStep: usize, b: usize, bStride: usize, c: usize, bytes: usize): void {
  const s0 = v128.load32_splat(a), s1 = v128.load32_splat(a + aStep);
  const s2 = v128.load32_splat(a + 2 * aStep), s3 = v128.load32_splat(a + 3 * aStep);
  let b1 = b + bStride, b2 = b1 + bStride, b3 = b2 + bStride;
  for (const stop = c + bytes; c < stop; c += 64) {
    let x = multiplyAdd(s0, v128.load(b), v128.load(c));
    let y = multiplyAdd(s0, v128.load(b, 16), v128.load(c, 16));
    let z = multiplyAdd(s0, v128.load(b, 32), v128.load(c, 32));
    let u = multiplyAdd(s0, v128.load(b, 48), v128.load(c, 48));
    x = multiplyAdd(s1, v128.load(b1), x);
    y = multiplyAdd(s1, v128.load(b1, 16), y);
    z = multiplyAdd(s1, v128.load(b1, 32), z);
    u = multiplyAdd(s1, v128.load(b1, 48), u);
    x = multiplyAdd(s2, v128.load(b2), x);
    y = multiplyAdd(s2, v128.load(b2, 16), y);
    z = multiplyAdd(s2, v128.load(b2, 32), z);
    u = multiplyAdd(s2, v128.load(b2, 48), u);
    v128.store(c, multiplyAdd(s3, v128.load(b3), x));
    v128.store(c, multiplyAdd(s3, v128.load(b3, 16), y), 16);
    v128.store(c, multiplyAdd(s3, v128.load(b3, 32), z), 32);
    v128.store(c, multiplyAdd(s3, v128.load(b3, 48), u), 48);
    b += 64, b1 += 64, b2 += 64, b3 += 64;
  }
}

/** Two rows of C over four rows of B, 8 columns a turn. */
function fourByTwo(
  a: usize, aStep: usize, aRow: usize, b: usize, bStride: usize, c: usize, cRow: usize, bytes: usize,
): void {
  const second = a + aRow;
  const s0 = v128.load32_splat(a), s1 = v128.load32_splat(a + aStep);
  const s2 = v128.load32_splat(a + 2 * aStep), s3 = v128.load32_splat(a + 3 * aStep);
  const t0 = v128.load32_splat(second), t1 = v128.load32_splat(second + aStep);
  const t2 = v128.load32_splat(second + 2 * aStep), t3 = v128.load32_splat(second + 3 * aStep);
  let b1 = b + bStride, b2 = b1 + bStride, b3 = b2 + bStride, d = c + cRow;
  for (const stop = c + bytes; c < stop; c += 32) {
    let v = v128.load(b), w = v128.load(b, 16);
    let x = multiplyAdd(s0, v, v128.load(c)), y = multiplyAdd(t0, v, v128.load(d));
    let z = multiplyAdd(s0, w, v128.load(c, 16)), u = multiplyAdd(t0, w, v128.load(d, 16));
    v = v128.load(b1), w = v128.load(b1, 16);
    x = multiplyAdd(s1, v, x), y = multiplyAdd(t1, v, y), z = multiplyAdd(s1, w, z), u = multiplyAdd(t1, w, u);
    v = v128.load(b2), w = v128.load(b2, 16);
    x = multiplyAdd(s2, v, x), y = multiplyAdd(t2, v, y), z = multiplyAdd(s2, w, z), u = multiplyAdd(t2, w, u);
    v = v128.load(b3), w = v128.load(b3, 16);
    v128.store(c, multiplyAdd(s3, v, x));
    v128.store(d, multiplyAdd(t3, v, y));
    v128.store(c, multiplyAdd(s3, w, z), 16);
    v128.store(d, multiplyAdd(t3, w, u), 16);
    b += 32, b1 += 32, b2 += 32, b3 += 32, d += 32;
  }
}

/** One row of C over one row of B. */
function oneByOne(a: usize, b: usize, c: usize, bytes: usize): void {
  const s = v128.load32_splat(a);
  for (let at: usize = 0; at < bytes; at += 16) {
    v128.store(c + at, multiplyAdd(s, v128.load(b + at), v128.load(c + at)));
  }
}

/**
 * Units are 16 columns of C, then batches. Block: as matmulPacked's first eleven words. C is gathered in the arena, so that
 * a strip's end may be whole vectors, and copied out with its activation.
 */
export function matmulStreamed(block: usize, begin: u32, end: u32): void {
  const m = word(block, 4);
  const n = word(block, 5);
  const groups = (n + 15) >> 4;
  let widest = STRIP / m & ~15;
  if (widest < 64) widest = 64;
  let unit = begin;
  while (unit < end) {
    const batch = unit / groups;
    const first = unit - batch * groups;
    const last = first + (end - unit) < groups ? first + (end - unit) : groups;
    const stop = last << 4 < n ? last << 4 : n;
    for (let column = first << 4; column < stop; column += widest) {
      streamStrip(block, batch, column, stop - column < widest ? stop - column : widest);
    }
    unit += last - first;
  }
}

function streamStrip(block: usize, batch: u32, column: u32, columns: u32): void {
  const m = word(block, 4);
  const n = word(block, 5);
  const k = word(block, 6);
  const a = address(block, 0) + (((<usize>batch) * word(block, 7)) << 2);
  const transposed = word(block, 9) & 1;
  const aRow: usize = transposed ? 4 : (<usize>k) << 2;
  const aStep: usize = transposed ? (<usize>m) << 2 : 4;
  const bStride = (<usize>n) << 2;
  let b = address(block, 1) + (((<usize>batch) * word(block, 8) + column) << 2);
  const bias = address(block, 2);
  const activation = word(block, 10);
  const strip = threadArena() + 256;
  // Whole turns: what the last one reads behind a row of B ends in columns that are not kept.
  const bytes = (<usize>((columns + 15) & ~15)) << 2;
  for (let row: u32 = 0; row < m; row++) {
    const c = strip + (<usize>row) * bytes;
    if (bias) memory.copy(c, bias + ((<usize>column) << 2), (<usize>columns) << 2);
    else memory.fill(c, 0, bytes);
  }
  let p: u32 = 0;
  for (; p + 4 <= k; p += 4, b += bStride << 2) {
    const from = a + (<usize>p) * aStep;
    for (let turn: usize = 0; turn < bytes; turn += TURN) {
      const width = bytes - turn < TURN ? bytes - turn : TURN;
      let row: u32 = 0;
      for (; row + 2 <= m; row += 2) {
        const c = strip + (<usize>row) * bytes + turn;
        fourByTwo(from + (<usize>row) * aRow, aStep, aRow, b + turn, bStride, c, bytes, width);
      }
      if (row < m) {
        fourByOne(from + (<usize>row) * aRow, aStep, b + turn, bStride, strip + (<usize>row) * bytes + turn, width);
      }
    }
  }
  for (; p < k; p++, b += bStride) {
    for (let row: u32 = 0; row < m; row++) {
      oneByOne(a + (<usize>p) * aStep + (<usize>row) * aRow, b, strip + (<usize>row) * bytes, bytes);
    }
  }
  for (let row: u32 = 0; row < m; row++) {
    const from = strip + (<usize>row) * bytes;
    if (activation == 1) reluRow(from, bytes);
    else if (activation > 1) activateRow(from, columns, activation);
    const to = address(block, 3) + ((((<usize>batch) * m + row) * n + column) << 2);
    memory.copy(to, from, (<usize>columns) << 2);
  }
}

function reluRow(at: usize, bytes: usize): void {
  const zero = f32x4.splat(0);
  for (const stop = at + bytes; at < stop; at += 16) {
    const x = v128.load(at);
    v128.store(at, v128.andnot(x, f32x4.lt(x, zero)));
  }
}

/** Rows [0, 2) of A against rows [0, 4) of transposed B: eight dot products in eight vectors. */
export function dotsTwoByFour(a0: usize, a1: usize, b0: usize, bStride: usize, k: u32, to0: usize, to1: usize): void {
  let b1 = b0 + bStride, b2 = b1 + bStride, b3 = b2 + bStride;
  let x0 = f32x4.splat(0), x1 = x0, x2 = x0, x3 = x0, y0 = x0, y1 = x0, y2 = x0, y3 = x0;
  for (const stop = a0 + ((<usize>(k & ~3)) << 2); a0 < stop; ) {
    const u = v128.load(a0);
    const v = v128.load(a1);
    let w = v128.load(b0);
    x0 = multiplyAdd(u, w, x0);
    y0 = multiplyAdd(v, w, y0);
    w = v128.load(b1);
    x1 = multiplyAdd(u, w, x1);
    y1 = multiplyAdd(v, w, y1);
    w = v128.load(b2);
    x2 = multiplyAdd(u, w, x2);
    y2 = multiplyAdd(v, w, y2);
    w = v128.load(b3);
    x3 = multiplyAdd(u, w, x3);
    y3 = multiplyAdd(v, w, y3);
    a0 += 16, a1 += 16, b0 += 16, b1 += 16, b2 += 16, b3 += 16;
  }
  let s0 = sumLanes(x0), s1 = sumLanes(x1), s2 = sumLanes(x2), s3 = sumLanes(x3);
  let t0 = sumLanes(y0), t1 = sumLanes(y1), t2 = sumLanes(y2), t3 = sumLanes(y3);
  for (let p: u32 = k & 3; p > 0; p--) {
    const u = load<f32>(a0), v = load<f32>(a1);
    const w0 = load<f32>(b0), w1 = load<f32>(b1), w2 = load<f32>(b2), w3 = load<f32>(b3);
    s0 += u * w0, s1 += u * w1, s2 += u * w2, s3 += u * w3;
    t0 += v * w0, t1 += v * w1, t2 += v * w2, t3 += v * w3;
    a0 += 4, a1 += 4, b0 += 4, b1 += 4, b2 += 4, b3 += 4;
  }
  v128.store(to0, f32x4(s0, s1, s2, s3));
  v128.store(to1, f32x4(t0, t1, t2, t3));
}

/**
 * Units are four rows of transposed B, then batches. Block: as matmulPacked's first eleven words, then what the bias is
 * of: 0 columns of C (rows of B), 1 one word for all. With rows of A odd, the last is taken twice.
 */
export function matmulDots(block: usize, begin: u32, end: u32): void {
  const m = word(block, 4);
  const n = word(block, 5);
  const k = word(block, 6);
  const groups = (n + 3) >> 2;
  const bias = address(block, 2);
  const oneBias = word(block, 11);
  const activation = word(block, 10);
  const out = threadArena();
  const bStride = (<usize>k) << 2;
  let copied: u32 = 0xffffffff;
  let aRows: usize = 0;
  for (let unit = begin; unit < end; unit++) {
    const batch = unit / groups;
    const column = (unit - batch * groups) << 2;
    const columns = n - column < 4 ? n - column : 4;
    if (copied != batch) {
      aRows = address(block, 0) + (((<usize>batch) * word(block, 7)) << 2);
      if (word(block, 9) & 1 && m > 1) {
        copyTransposed(out + 256, aRows, m, k);
        aRows = out + 256;
      }
      copied = batch;
    }
    const b = address(block, 1) + (((<usize>batch) * word(block, 8) + <usize>column * k) << 2);
    const c = address(block, 3) + ((((<usize>batch) * m) * n + column) << 2);
    let added = f32x4.splat(0);
    if (bias) added = oneBias ? v128.load32_splat(bias) : v128.load(bias + ((<usize>column) << 2));
    for (let row: u32 = 0; row < m; row += 2) {
      const a0 = aRows + (<usize>row) * bStride;
      const a1 = row + 1 < m ? a0 + bStride : a0;
      if (columns == 4) {
        dotsTwoByFour(a0, a1, b, bStride, k, out, out + 16);
      } else {
        for (let j: u32 = 0; j < columns; j++) {
          // Four times the same row: only one lane is kept, and its order is that of the whole tile.
          dotsTwoByFour(a0, a1, b + (<usize>j) * bStride, 0, k, out + 32, out + 48);
          store<f32>(out + ((<usize>j) << 2), load<f32>(out + 32));
          store<f32>(out + 16 + ((<usize>j) << 2), load<f32>(out + 48));
        }
      }
      for (let r: u32 = 0; r < 2 && row + r < m; r++) {
        let x = f32x4.add(v128.load(out + ((<usize>r) << 4)), added);
        if (activation == 1) x = v128.andnot(x, f32x4.lt(x, f32x4.splat(0)));
        else if (activation == 2) x = tanhLanes(x);
        else if (activation == 3) x = sigmoidLanes(x);
        const to = c + (((<usize>(row + r)) * n) << 2);
        if (columns == 4) v128.store(to, x);
        else storeLanes(to, x, columns);
      }
    }
  }
}

/** A stored as [k, m] into rows of k. */
function copyTransposed(to: usize, a: usize, m: u32, k: u32): void {
  for (let p: u32 = 0; p < k; p++) {
    for (let row: u32 = 0; row < m; row++) {
      store<u32>(to + (((<usize>row) * k + p) << 2), load<u32>(a + (((<usize>p) * m + row) << 2)));
    }
  }
}
