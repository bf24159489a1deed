// Products of few rows with quantised weights, which are bound by reading the codes: up to four rows multiply them as they
// are unpacked, up to 16 share four dequantised rows in the cache.
import { sigmoidLanes, tanhLanes } from "../map/scalar.wasm";
import { dotsTwoByFour } from "../matmul/skinny.wasm";
import { threadArena } from "../runtime/program.wasm";
import { address, multiplyAdd, storeLanes, sumLanes, word } from "../runtime/vector.wasm";
import { BITS, dequantizeBlocks, GROUP_BLOCKS, GROUPS, halfMask, rowBytes, SCALES, zeroPoint, zerosOf } from "./decode.wasm";

/** Row j moves bytes 4 j to 4 j + 3 to the tops of the four lanes. From 128 on an index gives 0, relaxed or not. */
const tops: usize = memory.data<u8>(
  [
    128, 128, 128, 0, 128, 128, 128, 1, 128, 128, 128, 2, 128, 128, 128, 3, 128, 128, 128, 4, 128, 128, 128, 5, 128, 128,
    128, 6, 128, 128, 128, 7, 128, 128, 128, 8, 128, 128, 128, 9, 128, 128, 128, 10, 128, 128, 128, 11, 128, 128, 128, 12,
    128, 128, 128, 13, 128, 128, 128, 14, 128, 128, 128, 15,
  ],
  16,
);

/** Four bytes as f32 times 2^24: a shuffle and a conversion, where widening takes three to four instructions. */
// @ts-ignore: decorator
@inline
function lanes(bytes: v128, top: v128): v128 {
  return f32x4.convert_i32x4_s(
    ASC_FEATURE_RELAXED_SIMD ? i8x16.relaxed_swizzle(bytes, top) : i8x16.swizzle(bytes, top),
  );
}

/** Lower or upper halves of bytes, less a zero point. */
// @ts-ignore: decorator
@inline
function lower(pairs: v128, half: v128, zero: v128): v128 {
  return i8x16.sub(v128.and(pairs, half), zero);
}
// @ts-ignore: decorator
@inline
function upper(pairs: v128, half: v128, zero: v128): v128 {
  return i8x16.sub(v128.and(i16x8.shr_u(pairs, 4), half), zero);
}

/** One row of weights times one row of x. */
function oneByOne(block: usize, row: u32, x: usize): f32 {
  const groups = word(block, GROUPS);
  const groupBytes = (<usize>(word(block, GROUP_BLOCKS) * word(block, BITS))) << 2;
  let p = address(block, 1) + (<usize>row) * rowBytes(block);
  const scales = address(block, SCALES) + (((<usize>row) * groups) << 2);
  const t0 = v128.load(tops), t1 = v128.load(tops, 16), t2 = v128.load(tops, 32), t3 = v128.load(tops, 48);
  let total = f32x4.splat(0);
  if (word(block, BITS) == 8) {
    for (let group: u32 = 0; group < groups; group++) {
      let a = f32x4.splat(0), b = a, c = a, d = a;
      for (const stop = p + groupBytes; p < stop; p += 16, x += 64) {
        const bytes = v128.load(p);
        a = multiplyAdd(lanes(bytes, t0), v128.load(x), a);
        b = multiplyAdd(lanes(bytes, t1), v128.load(x, 16), b);
        c = multiplyAdd(lanes(bytes, t2), v128.load(x, 32), c);
        d = multiplyAdd(lanes(bytes, t3), v128.load(x, 48), d);
      }
      const scale = v128.load32_splat(scales + ((<usize>group) << 2));
      total = multiplyAdd(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)), scale, total);
    }
    return sumLanes(total);
  }
  const half = halfMask();
  const zeros = zerosOf(block, row);
  for (let group: u32 = 0; group < groups; group++) {
    let a = f32x4.splat(0), b = a, c = a, d = a;
    const zero = i8x16.splat(<i8>zeroPoint(zeros, group));
    for (const stop = p + groupBytes; p < stop; p += 16, x += 128) {
      const pairs = v128.load(p);
      let bytes = lower(pairs, half, zero);
      a = multiplyAdd(lanes(bytes, t0), v128.load(x), a);
      b = multiplyAdd(lanes(bytes, t1), v128.load(x, 16), b);
      c = multiplyAdd(lanes(bytes, t2), v128.load(x, 32), c);
      d = multiplyAdd(lanes(bytes, t3), v128.load(x, 48), d);
      bytes = upper(pairs, half, zero);
      a = multiplyAdd(lanes(bytes, t0), v128.load(x, 64), a);
      b = multiplyAdd(lanes(bytes, t1), v128.load(x, 80), b);
      c = multiplyAdd(lanes(bytes, t2), v128.load(x, 96), c);
      d = multiplyAdd(lanes(bytes, t3), v128.load(x, 112), d);
    }
    const scale = v128.load32_splat(scales + ((<usize>group) << 2));
    total = multiplyAdd(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)), scale, total);
  }
  return sumLanes(total);
}

/** One row of weights times four rows of x, `step` bytes apart; sums to `sums`, 16 bytes apart. */
function oneByFour(block: usize, row: u32, x: usize, step: usize, sums: usize): void {
  const groups = word(block, GROUPS);
  const eight = word(block, BITS) == 8;
  const groupBytes = (<usize>(word(block, GROUP_BLOCKS) * word(block, BITS))) << 2;
  let p = address(block, 1) + (<usize>row) * rowBytes(block);
  const scales = address(block, SCALES) + (((<usize>row) * groups) << 2);
  const zeros = zerosOf(block, row);
  const half = halfMask();
  const t0 = v128.load(tops), t1 = v128.load(tops, 16), t2 = v128.load(tops, 32), t3 = v128.load(tops, 48);
  v128.store(sums, f32x4.splat(0));
  v128.store(sums, f32x4.splat(0), 16);
  v128.store(sums, f32x4.splat(0), 32);
  v128.store(sums, f32x4.splat(0), 48);
  let y = x + step, z = y + step, u = z + step;
  for (let group: u32 = 0; group < groups; group++) {
    let a = f32x4.splat(0), b = a, c = a, d = a;
    const zero = i8x16.splat(eight ? 0 : <i8>zeroPoint(zeros, group));
    for (const stop = p + groupBytes; p < stop; p += 16) {
      const pairs = v128.load(p);
      let bytes = eight ? pairs : lower(pairs, half, zero);
      for (let again = !eight; ; again = false) {
        let w = lanes(bytes, t0);
        a = multiplyAdd(w, v128.load(x), a);
        b = multiplyAdd(w, v128.load(y), b);
        c = multiplyAdd(w, v128.load(z), c);
        d = multiplyAdd(w, v128.load(u), d);
        w = lanes(bytes, t1);
        a = multiplyAdd(w, v128.load(x, 16), a);
        b = multiplyAdd(w, v128.load(y, 16), b);
        c = multiplyAdd(w, v128.load(z, 16), c);
        d = multiplyAdd(w, v128.load(u, 16), d);
        w = lanes(bytes, t2);
        a = multiplyAdd(w, v128.load(x, 32), a);
        b = multiplyAdd(w, v128.load(y, 32), b);
        c = multiplyAdd(w, v128.load(z, 32), c);
        d = multiplyAdd(w, v128.load(u, 32), d);
        w = lanes(bytes, t3);
        a = multiplyAdd(w, v128.load(x, 48), a);
        b = multiplyAdd(w, v128.load(y, 48), b);
        c = multiplyAdd(w, v128.load(z, 48), c);
        d = multiplyAdd(w, v128.load(u, 48), d);
        x += 64, y += 64, z += 64, u += 64;
        if (!again) break;
        bytes = upper(pairs, half, zero);
      }
    }
    const scale = v128.load32_splat(scales + ((<usize>group) << 2));
    v128.store(sums, multiplyAdd(a, scale, v128.load(sums)));
    v128.store(sums, multiplyAdd(b, scale, v128.load(sums, 16)), 16);
    v128.store(sums, multiplyAdd(c, scale, v128.load(sums, 32)), 32);
    v128.store(sums, multiplyAdd(d, scale, v128.load(sums, 48)), 48);
  }
}

/** Adds the bias, applies the activation and stores up to four outputs. */
// @ts-ignore: decorator
@inline
export function finish(sums: usize, bias: usize, to: usize, columns: u32, activation: u32): void {
  let x = v128.load(sums);
  if (bias) x = f32x4.add(x, v128.load(bias));
  if (activation == 1) x = v128.andnot(x, f32x4.lt(x, f32x4.splat(0)));
  else if (activation == 2) x = tanhLanes(x);
  else if (activation == 3) x = sigmoidLanes(x);
  if (columns == 4) v128.store(to, x);
  else storeLanes(to, x, columns);
}

/** 2^-24, which lanes() gives back; x takes it, since a sum of codes so large would overflow early. */
const descale: f32 = 5.9604644775390625e-8;

/** Up to four rows of x times 2^-24 into rows of whole groups, zeros at their ends; behind the last row it stands again. */
function takeRows(to: usize, x: usize, rows: u32, copies: u32, k: u32, stride: usize): void {
  const factor = f32x4.splat(descale);
  for (let row: u32 = 0; row < copies; row++) {
    let from = x + (((<usize>(row < rows ? row : rows - 1)) * k) << 2);
    let out = to + (<usize>row) * stride;
    const end = out + stride;
    for (const stop = out + ((<usize>(k & ~3)) << 2); out < stop; out += 16, from += 16) {
      v128.store(out, f32x4.mul(v128.load(from), factor));
    }
    for (let i = k & 3; i > 0; i--, out += 4, from += 4) store<f32>(out, load<f32>(from) * descale);
    memory.fill(out, 0, end - out);
  }
}

/** Units are four outputs. Block: as matmulPacked's and the words of quantised kernels; x is one to four rows. */
export function quantizedRows(block: usize, begin: u32, end: u32): void {
  const m = word(block, 4);
  const n = word(block, 5);
  const bias = address(block, 2);
  const sums = threadArena();
  const x = sums + 256;
  const stride = (<usize>(word(block, GROUPS) * word(block, GROUP_BLOCKS))) << 7;
  takeRows(x, address(block, 0), m, m == 1 ? 1 : 4, word(block, 6), stride);
  for (let unit = begin; unit < end; unit++) {
    const column = unit << 2;
    const columns = n - column < 4 ? n - column : 4;
    if (m == 1) {
      for (let j: u32 = 0; j < columns; j++) store<f32>(sums + ((<usize>j) << 2), oneByOne(block, column + j, x));
    } else {
      for (let j: u32 = 0; j < columns; j++) {
        oneByFour(block, column + j, x, stride, sums + 64);
        for (let row: usize = 0; row < 4; row++) {
          store<f32>(sums + (row << 4) + ((<usize>j) << 2), sumLanes(v128.load(sums + 64 + (row << 4))));
        }
      }
    }
    const at = (<usize>column) << 2;
    for (let row: u32 = 0; row < m; row++) {
      const to = address(block, 3) + (((<usize>row) * n) << 2) + at;
      finish(sums + ((<usize>row) << 4), bias ? bias + at : 0, to, columns, word(block, 10));
    }
  }
}

/** As quantizedRows for more rows of x; with an odd number the last is taken twice. */
export function quantizedDots(block: usize, begin: u32, end: u32): void {
  const m = word(block, 4);
  const n = word(block, 5);
  const k = word(block, 6);
  const bias = address(block, 2);
  const blocks = (k + 31) >> 5;
  const stride = (<usize>blocks) << 7;
  const xBytes = (<usize>k) << 2;
  const sums = threadArena();
  const weights = sums + 256;
  for (let unit = begin; unit < end; unit++) {
    const column = unit << 2;
    const columns = n - column < 4 ? n - column : 4;
    for (let j: u32 = 0; j < columns; j++) {
      dequantizeBlocks(weights + (<usize>j) * stride, block, column + j, 0, blocks);
    }
    const at = (<usize>column) << 2;
    for (let row: u32 = 0; row < m; row += 2) {
      const x0 = address(block, 0) + (<usize>row) * xBytes;
      // Past the last output this multiplies what the arena holds, and drops it.
      dotsTwoByFour(x0, row + 1 < m ? x0 + xBytes : x0, weights, stride, k, sums, sums + 16);
      for (let r: u32 = 0; r < 2 && row + r < m; r++) {
        const to = address(block, 3) + (((<usize>(row + r)) * n) << 2) + at;
        finish(sums + ((<usize>r) << 4), bias ? bias + at : 0, to, columns, word(block, 10));
      }
    }
  }
}
