// The product of quantised weights with rows of x quantised in passing, summed in i32: first each row of x becomes bytes, then
// groups are dot products of bytes. Relaxed SIMD's dot wants its second operand within 7 bits and not negative: codes of 4 bits
// are that; with bytes as weights x is, by 64 added to codes from -63 to 63 and 64 times the weights' sum taken off again.
import { threadArena } from "../runtime/program.wasm";
import { address, multiplyAdd, sumLanes, word } from "../runtime/vector.wasm";
import { BITS, GROUP_BLOCKS, GROUPS, halfMask, oneBytes, rowBytes, SCALES, zeroPoint, zerosOf } from "./decode.wasm";
import { finish } from "./rows.wasm";

// Words behind those of every quantised kernel: scales of the rows of x, and their sums by group, 16 bytes apart.
const ROW_SCALES: u32 = GROUPS + 1;
const ROW_SUMS: u32 = GROUPS + 2;

/** Added to the codes of x where weights are bytes. */
const OFFSET: i32 = 64;

/** acc + products of signed bytes with bytes from 0 to 127, four to a lane. The strict build gives the same integers. */
// @ts-ignore: decorator
@inline
function dotBytes(signed: v128, small: v128, acc: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i32x4.relaxed_dot_i8x16_i7x16_add_s(signed, small, acc);
  return i32x4.add(
    i32x4.add(i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(signed), i16x8.extend_low_i8x16_s(small)), acc),
    i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(signed), i16x8.extend_high_i8x16_s(small)),
  );
}

/** Bits of the largest magnitude of a row; those of a number that is not finite are the largest of all. */
function largestBits(x: usize, k: u32): u32 {
  const magnitude = i32x4.splat(0x7fffffff);
  let most = i32x4.splat(0);
  let at = x;
  for (const stop = x + ((<usize>(k & ~3)) << 2); at < stop; at += 16) {
    most = i32x4.max_s(most, v128.and(v128.load(at), magnitude));
  }
  let low = i32x4.extract_lane(most, 0), high = i32x4.extract_lane(most, 1);
  if (high > low) low = high;
  high = i32x4.extract_lane(most, 2);
  if (high > low) low = high;
  high = i32x4.extract_lane(most, 3);
  if (high > low) low = high;
  for (let i = k & 3; i > 0; i--, at += 4) {
    high = load<i32>(at) & 0x7fffffff;
    if (high > low) low = high;
  }
  return low;
}

/** Units are rows of x. Block: that of the product; word 7 takes the codes, in whole groups. See factorOf in the reference. */
export function quantizeRows(block: usize, begin: u32, end: u32): void {
  const k = word(block, 6);
  const groups = word(block, GROUPS);
  const groupBytes = word(block, GROUP_BLOCKS) << 5;
  const bytes = word(block, BITS) == 8;
  const limit: u32 = bytes ? 63 : 127;
  const added = bytes ? OFFSET : 0;
  for (let row = begin; row < end; row++) {
    const x = address(block, 0) + (((<usize>row) * k) << 2);
    const to = address(block, 7) + (<usize>row) * groups * groupBytes;
    const most = largestBits(x, k);
    const exponent = most >> 23;
    let factor: f32 = 0;
    let scale: f32 = 0;
    if (exponent == 255) scale = NaN;
    else if (exponent >= 30) {
      const divisor = (((most & 0x7fffff) | 0x800000) >> 11) + 1;
      factor = <f32>((limit << 24) / divisor) * 3.814697265625e-6 * reinterpret<f32>((260 - exponent) << 23);
      scale = 1 / factor;
    }
    store<f32>(address(block, ROW_SCALES) + ((<usize>row) << 2), scale);
    const times = f32x4.splat(factor);
    memory.fill(to, <u8>added, <usize>(groups * groupBytes));
    if (factor != 0) {
      const plus = i8x16.splat(<i8>added);
      let i: u32 = 0;
      for (; i + 16 <= k; i += 16) {
        const from = x + ((<usize>i) << 2);
        const low = i16x8.narrow_i32x4_s(coded(v128.load(from), times), coded(v128.load(from, 16), times));
        const high = i16x8.narrow_i32x4_s(coded(v128.load(from, 32), times), coded(v128.load(from, 48), times));
        v128.store(to + i, i8x16.add(i8x16.narrow_i16x8_s(low, high), plus));
      }
      for (; i < k; i++) {
        const code = i32x4.extract_lane(coded(f32x4.splat(load<f32>(x + ((<usize>i) << 2))), times), 0);
        store<i8>(to + i, <i8>(code + added));
      }
    }
    if (!bytes) {
      const ones = oneBytes();
      const sums = address(block, ROW_SUMS) + (((<usize>row) * groups) << 4);
      for (let group: u32 = 0; group < groups; group++) {
        let sum = i32x4.splat(0);
        for (let i: u32 = 0; i < groupBytes; i += 16) sum = dotBytes(v128.load(to + group * groupBytes + i), ones, sum);
        v128.store(sums + ((<usize>group) << 4), sum);
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function coded(x: v128, times: v128): v128 {
  return i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(x, times)));
}

/** Weights of one output times one row of codes; the sum without the row's scale. */
function oneByOne(block: usize, output: u32, row: u32): f32 {
  const groups = word(block, GROUPS);
  const groupBlocks = word(block, GROUP_BLOCKS);
  let p = address(block, 1) + (<usize>output) * rowBytes(block);
  let x = address(block, 0) + (((<usize>row) * groups * groupBlocks) << 5);
  const scales = address(block, SCALES) + (((<usize>output) * groups) << 2);
  let total = f32x4.splat(0);
  if (word(block, BITS) == 8) {
    const ones = oneBytes();
    for (let group: u32 = 0; group < groups; group++) {
      let a = i32x4.splat(0), b = a, c = a, d = a;
      for (const stop = p + ((<usize>groupBlocks) << 5); p < stop; p += 32, x += 32) {
        const w = v128.load(p), v = v128.load(p, 16);
        a = dotBytes(w, v128.load(x), a);
        c = dotBytes(w, ones, c);
        b = dotBytes(v, v128.load(x, 16), b);
        d = dotBytes(v, ones, d);
      }
      const sum = i32x4.sub(i32x4.add(a, b), i32x4.mul(i32x4.add(c, d), i32x4.splat(OFFSET)));
      total = multiplyAdd(f32x4.convert_i32x4_s(sum), v128.load32_splat(scales + ((<usize>group) << 2)), total);
    }
  } else {
    const half = halfMask();
    const zeros = zerosOf(block, output);
    let sums = address(block, ROW_SUMS) + (((<usize>row) * groups) << 4);
    for (let group: u32 = 0; group < groups; group++, sums += 16) {
      let a = i32x4.splat(0), b = a;
      for (const stop = p + ((<usize>groupBlocks) << 4); p < stop; p += 16, x += 32) {
        const pairs = v128.load(p);
        a = dotBytes(v128.load(x), v128.and(pairs, half), a);
        b = dotBytes(v128.load(x, 16), v128.and(i16x8.shr_u(pairs, 4), half), b);
      }
      const zero = i32x4.splat(zeroPoint(zeros, group));
      const sum = i32x4.sub(i32x4.add(a, b), i32x4.mul(v128.load(sums), zero));
      total = multiplyAdd(f32x4.convert_i32x4_s(sum), v128.load32_splat(scales + ((<usize>group) << 2)), total);
    }
  }
  return sumLanes(total);
}

/** Four rows of codes, the first at `row`, against bytes of one output; sums to `to`, 16 bytes apart. */
function bytesByFour(block: usize, output: u32, row: u32, to: usize): void {
  const groups = word(block, GROUPS);
  const groupBytes = (<usize>word(block, GROUP_BLOCKS)) << 5;
  let p = address(block, 1) + (<usize>output) * rowBytes(block);
  const step = (<usize>groups) * groupBytes;
  let x = address(block, 0) + (<usize>row) * step;
  const scales = address(block, SCALES) + (((<usize>output) * groups) << 2);
  const ones = oneBytes();
  let t0 = f32x4.splat(0), t1 = t0, t2 = t0, t3 = t0;
  for (let group: u32 = 0; group < groups; group++) {
    let a = i32x4.splat(0), b = a, c = a, d = a, weights = a;
    for (const stop = p + groupBytes; p < stop; p += 16, x += 16) {
      const w = v128.load(p);
      weights = dotBytes(w, ones, weights);
      a = dotBytes(w, v128.load(x), a);
      b = dotBytes(w, v128.load(x + step), b);
      c = dotBytes(w, v128.load(x + 2 * step), c);
      d = dotBytes(w, v128.load(x + 3 * step), d);
    }
    const less = i32x4.mul(weights, i32x4.splat(OFFSET));
    const scale = v128.load32_splat(scales + ((<usize>group) << 2));
    t0 = multiplyAdd(f32x4.convert_i32x4_s(i32x4.sub(a, less)), scale, t0);
    t1 = multiplyAdd(f32x4.convert_i32x4_s(i32x4.sub(b, less)), scale, t1);
    t2 = multiplyAdd(f32x4.convert_i32x4_s(i32x4.sub(c, less)), scale, t2);
    t3 = multiplyAdd(f32x4.convert_i32x4_s(i32x4.sub(d, less)), scale, t3);
  }
  store<f32>(to, sumLanes(t0));
  store<f32>(to, sumLanes(t1), 16);
  store<f32>(to, sumLanes(t2), 32);
  store<f32>(to, sumLanes(t3), 48);
}

/** As bytesByFour, for halves of bytes. */
function halvesByFour(block: usize, output: u32, row: u32, to: usize): void {
  const groups = word(block, GROUPS);
  const groupBytes = (<usize>word(block, GROUP_BLOCKS)) << 4;
  let p = address(block, 1) + (<usize>output) * rowBytes(block);
  const step = ((<usize>groups) * groupBytes) << 1;
  let x = address(block, 0) + (<usize>row) * step;
  const scales = address(block, SCALES) + (((<usize>output) * groups) << 2);
  const zeros = zerosOf(block, output);
  const across = (<usize>groups) << 4;
  let sums = address(block, ROW_SUMS) + (<usize>row) * across;
  const half = halfMask();
  let t0 = f32x4.splat(0), t1 = t0, t2 = t0, t3 = t0;
  for (let group: u32 = 0; group < groups; group++, sums += 16) {
    let a = i32x4.splat(0), b = a, c = a, d = a;
    for (const stop = p + groupBytes; p < stop; p += 16, x += 32) {
      const pairs = v128.load(p);
      const low = v128.and(pairs, half), high = v128.and(i16x8.shr_u(pairs, 4), half);
      a = dotBytes(v128.load(x, 16), high, dotBytes(v128.load(x), low, a));
      b = dotBytes(v128.load(x + step, 16), high, dotBytes(v128.load(x + step), low, b));
      c = dotBytes(v128.load(x + 2 * step, 16), high, dotBytes(v128.load(x + 2 * step), low, c));
      d = dotBytes(v128.load(x + 3 * step, 16), high, dotBytes(v128.load(x + 3 * step), low, d));
    }
    const zero = i32x4.splat(zeroPoint(zeros, group));
    const scale = v128.load32_splat(scales + ((<usize>group) << 2));
    a = i32x4.sub(a, i32x4.mul(v128.load(sums), zero));
    b = i32x4.sub(b, i32x4.mul(v128.load(sums + across), zero));
    c = i32x4.sub(c, i32x4.mul(v128.load(sums + 2 * across), zero));
    d = i32x4.sub(d, i32x4.mul(v128.load(sums + 3 * across), zero));
    t0 = multiplyAdd(f32x4.convert_i32x4_s(a), scale, t0);
    t1 = multiplyAdd(f32x4.convert_i32x4_s(b), scale, t1);
    t2 = multiplyAdd(f32x4.convert_i32x4_s(c), scale, t2);
    t3 = multiplyAdd(f32x4.convert_i32x4_s(d), scale, t3);
  }
  store<f32>(to, sumLanes(t0));
  store<f32>(to, sumLanes(t1), 16);
  store<f32>(to, sumLanes(t2), 32);
  store<f32>(to, sumLanes(t3), 48);
}

/** Units are four outputs, for all rows. Block: that of the other products with quantised weights, x being codes. */
export function integerProduct(block: usize, begin: u32, end: u32): void {
  const m = word(block, 4);
  const n = word(block, 5);
  const bias = address(block, 2);
  const eight = word(block, BITS) == 8;
  const sums = threadArena();
  for (let unit = begin; unit < end; unit++) {
    const column = unit << 2;
    const columns = n - column < 4 ? n - column : 4;
    const at = (<usize>column) << 2;
    for (let row: u32 = 0; row < m; row += 4) {
      const rows = m - row < 4 ? m - row : 4;
      for (let j: u32 = 0; j < columns; j++) {
        const to = sums + ((<usize>j) << 2);
        if (rows == 4) {
          if (eight) bytesByFour(block, column + j, row, to);
          else halvesByFour(block, column + j, row, to);
        } else {
          for (let r: u32 = 0; r < rows; r++) store<f32>(to + ((<usize>r) << 4), oneByOne(block, column + j, row + r));
        }
      }
      for (let r: u32 = 0; r < rows; r++) {
        const from = sums + ((<usize>r) << 4);
        const scale = v128.load32_splat(address(block, ROW_SCALES) + ((<usize>(row + r)) << 2));
        v128.store(from, f32x4.mul(v128.load(from), scale));
        const to = address(block, 3) + (((<usize>(row + r)) * n) << 2) + at;
        finish(from, bias ? bias + at : 0, to, columns, word(block, 10));
      }
    }
  }
}
