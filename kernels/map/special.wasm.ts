// erf, expm1, log1p, arc tangents, remainders and shifts on four lanes. As in scalar.wasm.ts the bodies are free of calls,
// since maps copy them, and constants lie splatted in static memory.
import { choose, multiplyAdd, negativeMultiplyAdd } from "../runtime/vector.wasm";
import { logLanes } from "./scalar.wasm";

// Clamp (beyond it erf rounds to 1), then the rational approximation's numerator and denominator from the highest power
// (the minimax coefficients of Eigen's and XLA's erf for f32).
// prettier-ignore
const erfTable: usize = memory.data<f32>([
  4, 4, 4, 4, // 0
  -4, -4, -4, -4, // 16
  -2.72614225801306e-10, -2.72614225801306e-10, -2.72614225801306e-10, -2.72614225801306e-10, // 32
  2.77068142495902e-8, 2.77068142495902e-8, 2.77068142495902e-8, 2.77068142495902e-8, // 48
  -2.10102402082508e-6, -2.10102402082508e-6, -2.10102402082508e-6, -2.10102402082508e-6, // 64
  -5.69250639462346e-5, -5.69250639462346e-5, -5.69250639462346e-5, -5.69250639462346e-5, // 80
  -7.34990630326855e-4, -7.34990630326855e-4, -7.34990630326855e-4, -7.34990630326855e-4, // 96
  -2.95459980854025e-3, -2.95459980854025e-3, -2.95459980854025e-3, -2.95459980854025e-3, // 112
  -1.60960333262415e-2, -1.60960333262415e-2, -1.60960333262415e-2, -1.60960333262415e-2, // 128
  -1.45660718464996e-5, -1.45660718464996e-5, -1.45660718464996e-5, -1.45660718464996e-5, // 144
  -2.13374055278905e-4, -2.13374055278905e-4, -2.13374055278905e-4, -2.13374055278905e-4, // 160
  -1.68282697438203e-3, -1.68282697438203e-3, -1.68282697438203e-3, -1.68282697438203e-3, // 176
  -7.37332916720468e-3, -7.37332916720468e-3, -7.37332916720468e-3, -7.37332916720468e-3, // 192
  -1.42647390514189e-2, -1.42647390514189e-2, -1.42647390514189e-2, -1.42647390514189e-2, // 208
], 16);

/** The error function within 7 ULP. */
export function map_erf(x: v128): v128 {
  const clamped = f32x4.pmax(f32x4.pmin(x, v128.load(erfTable)), v128.load(erfTable, 16));
  const square = f32x4.mul(clamped, clamped);
  let p = v128.load(erfTable, 32);
  p = multiplyAdd(p, square, v128.load(erfTable, 48));
  p = multiplyAdd(p, square, v128.load(erfTable, 64));
  p = multiplyAdd(p, square, v128.load(erfTable, 80));
  p = multiplyAdd(p, square, v128.load(erfTable, 96));
  p = multiplyAdd(p, square, v128.load(erfTable, 112));
  p = multiplyAdd(p, square, v128.load(erfTable, 128));
  let q = v128.load(erfTable, 144);
  q = multiplyAdd(q, square, v128.load(erfTable, 160));
  q = multiplyAdd(q, square, v128.load(erfTable, 176));
  q = multiplyAdd(q, square, v128.load(erfTable, 192));
  q = multiplyAdd(q, square, v128.load(erfTable, 208));
  return f32x4.div(f32x4.mul(clamped, p), q);
}

// Range ends, log2 e, 1.5 * 2^23, ln 2 in two parts, then exp's polynomial (Cephes expf); one half; the bits of one half.
// prettier-ignore
const expm1Table: usize = memory.data<f32>([
  88.72283, 88.72283, 88.72283, 88.72283, // 0
  -20, -20, -20, -20, // 16
  1.44269504, 1.44269504, 1.44269504, 1.44269504, // 32
  12582912, 12582912, 12582912, 12582912, // 48
  0.693359375, 0.693359375, 0.693359375, 0.693359375, // 64
  -2.12194440e-4, -2.12194440e-4, -2.12194440e-4, -2.12194440e-4, // 80
  1.9875691500e-4, 1.9875691500e-4, 1.9875691500e-4, 1.9875691500e-4, // 96
  1.3981999507e-3, 1.3981999507e-3, 1.3981999507e-3, 1.3981999507e-3, // 112
  8.3334519073e-3, 8.3334519073e-3, 8.3334519073e-3, 8.3334519073e-3, // 128
  4.1665795894e-2, 4.1665795894e-2, 4.1665795894e-2, 4.1665795894e-2, // 144
  1.6666665459e-1, 1.6666665459e-1, 1.6666665459e-1, 1.6666665459e-1, // 160
  5.0000001201e-1, 5.0000001201e-1, 5.0000001201e-1, 5.0000001201e-1, // 176
  0.5, 0.5, 0.5, 0.5, // 192
  Infinity, Infinity, Infinity, Infinity, // 208
], 16);

/**
 * e^x - 1 within 3 ULP: with x = n ln 2 + r it is 2^n (e^r - 1) + (2^n - 1), where nothing cancels. The power is halved,
 * so that n = 128 stays in range, and the sum doubled.
 */
export function map_expm1(x: v128): v128 {
  const high = v128.load(expm1Table);
  const half = v128.load(expm1Table, 192);
  const magic = v128.load(expm1Table, 48);
  const clamped = f32x4.pmax(f32x4.pmin(x, high), v128.load(expm1Table, 16));
  const shifted = multiplyAdd(clamped, v128.load(expm1Table, 32), magic);
  const n = f32x4.sub(shifted, magic);
  const r = negativeMultiplyAdd(n, v128.load(expm1Table, 80), negativeMultiplyAdd(n, v128.load(expm1Table, 64), clamped));
  let p = v128.load(expm1Table, 96);
  p = multiplyAdd(p, r, v128.load(expm1Table, 112));
  p = multiplyAdd(p, r, v128.load(expm1Table, 128));
  p = multiplyAdd(p, r, v128.load(expm1Table, 144));
  p = multiplyAdd(p, r, v128.load(expm1Table, 160));
  p = multiplyAdd(p, r, v128.load(expm1Table, 176));
  p = multiplyAdd(p, f32x4.mul(r, r), r);
  const power = i32x4.add(half, i32x4.shl(shifted, 23));
  const sum = multiplyAdd(power, p, f32x4.sub(power, half));
  const bounded = choose(f32x4.add(sum, sum), f32x4.mul(x, v128.load(expm1Table, 208)), f32x4.le(x, high));
  // Zeros of both signs stay themselves.
  return choose(x, bounded, f32x4.eq(x, i32x4.splat(0)));
}

// Where 1 + x lies in [sqrt 1/2, sqrt 2), one, one half, then log's polynomial (Cephes logf).
// prettier-ignore
const log1pTable: usize = memory.data<f32>([
  -0.29289322, -0.29289322, -0.29289322, -0.29289322, // 0
  0.41421356, 0.41421356, 0.41421356, 0.41421356, // 16
  1, 1, 1, 1, // 32
  0.5, 0.5, 0.5, 0.5, // 48
  7.0376836292e-2, 7.0376836292e-2, 7.0376836292e-2, 7.0376836292e-2, // 64
  -1.1514610310e-1, -1.1514610310e-1, -1.1514610310e-1, -1.1514610310e-1, // 80
  1.1676998740e-1, 1.1676998740e-1, 1.1676998740e-1, 1.1676998740e-1, // 96
  -1.2420140846e-1, -1.2420140846e-1, -1.2420140846e-1, -1.2420140846e-1, // 112
  1.4249322787e-1, 1.4249322787e-1, 1.4249322787e-1, 1.4249322787e-1, // 128
  -1.6668057665e-1, -1.6668057665e-1, -1.6668057665e-1, -1.6668057665e-1, // 144
  2.0000714765e-1, 2.0000714765e-1, 2.0000714765e-1, 2.0000714765e-1, // 160
  -2.4999993993e-1, -2.4999993993e-1, -2.4999993993e-1, -2.4999993993e-1, // 176
  3.3333331174e-1, 3.3333331174e-1, 3.3333331174e-1, 3.3333331174e-1, // 192
], 16);

/** log(1 + x) within 3 ULP: near zero by log's polynomial of x itself, elsewhere 1 + x loses nothing that counts. */
export function map_log1p(x: v128): v128 {
  const square = f32x4.mul(x, x);
  let p = v128.load(log1pTable, 64);
  p = multiplyAdd(p, x, v128.load(log1pTable, 80));
  p = multiplyAdd(p, x, v128.load(log1pTable, 96));
  p = multiplyAdd(p, x, v128.load(log1pTable, 112));
  p = multiplyAdd(p, x, v128.load(log1pTable, 128));
  p = multiplyAdd(p, x, v128.load(log1pTable, 144));
  p = multiplyAdd(p, x, v128.load(log1pTable, 160));
  p = multiplyAdd(p, x, v128.load(log1pTable, 176));
  p = multiplyAdd(p, x, v128.load(log1pTable, 192));
  const cubic = f32x4.mul(f32x4.mul(p, x), square);
  const near = f32x4.add(x, negativeMultiplyAdd(square, v128.load(log1pTable, 48), cubic));
  const inside = v128.and(f32x4.gt(x, v128.load(log1pTable)), f32x4.lt(x, v128.load(log1pTable, 16)));
  return choose(near, logLanes(f32x4.add(x, v128.load(log1pTable, 32))), inside);
}

// tan 3 pi / 8, tan pi / 8, pi / 2, pi / 4, pi, one, then the polynomial (Cephes atanf).
// prettier-ignore
const atanTable: usize = memory.data<f32>([
  2.414213562373095, 2.414213562373095, 2.414213562373095, 2.414213562373095, // 0
  0.4142135623730950, 0.4142135623730950, 0.4142135623730950, 0.4142135623730950, // 16
  1.5707963267948966, 1.5707963267948966, 1.5707963267948966, 1.5707963267948966, // 32
  0.7853981633974483, 0.7853981633974483, 0.7853981633974483, 0.7853981633974483, // 48
  3.141592653589793, 3.141592653589793, 3.141592653589793, 3.141592653589793, // 64
  1, 1, 1, 1, // 80
  8.05374449538e-2, 8.05374449538e-2, 8.05374449538e-2, 8.05374449538e-2, // 96
  -1.38776856032e-1, -1.38776856032e-1, -1.38776856032e-1, -1.38776856032e-1, // 112
  1.99777106478e-1, 1.99777106478e-1, 1.99777106478e-1, 1.99777106478e-1, // 128
  -3.33329491539e-1, -3.33329491539e-1, -3.33329491539e-1, -3.33329491539e-1, // 144
], 16);

/** Arc tangent of x >= 0. */
// @ts-ignore: decorator
@inline
function arcLanes(x: v128): v128 {
  const unit = v128.load(atanTable, 80);
  const large = f32x4.gt(x, v128.load(atanTable));
  const middle = v128.andnot(f32x4.gt(x, v128.load(atanTable, 16)), large);
  const above = choose(f32x4.neg(unit), choose(f32x4.sub(x, unit), x, middle), large);
  const below = choose(x, choose(f32x4.add(x, unit), unit, middle), large);
  const t = f32x4.div(above, below);
  const base = v128.or(v128.and(large, v128.load(atanTable, 32)), v128.and(middle, v128.load(atanTable, 48)));
  const square = f32x4.mul(t, t);
  let p = v128.load(atanTable, 96);
  p = multiplyAdd(p, square, v128.load(atanTable, 112));
  p = multiplyAdd(p, square, v128.load(atanTable, 128));
  p = multiplyAdd(p, square, v128.load(atanTable, 144));
  return f32x4.add(base, multiplyAdd(f32x4.mul(p, square), t, t));
}

/** Arc tangent within 3 ULP. */
export function map_atan(x: v128): v128 {
  const sign = v128.and(x, f32x4.splat(-0.0));
  return v128.or(arcLanes(f32x4.abs(x)), sign);
}

/** Angle of the point (x, y) as Math.atan2(y, x), for zeros of both signs and infinities too. */
export function map_atan2(y: v128, x: v128): v128 {
  const across = f32x4.abs(x);
  const up = f32x4.abs(y);
  const larger = f32x4.max(across, up);
  const zero = i32x4.splat(0);
  // Equal sides (both infinite, too) are 1; both zero are 0.
  const same = v128.and(f32x4.eq(across, up), f32x4.ne(up, zero));
  let t = f32x4.div(f32x4.min(across, up), larger);
  t = choose(v128.load(atanTable, 80), t, same);
  t = choose(zero, t, f32x4.eq(larger, zero));
  let angle = arcLanes(t);
  angle = choose(f32x4.sub(v128.load(atanTable, 32), angle), angle, f32x4.gt(up, across));
  angle = choose(f32x4.sub(v128.load(atanTable, 64), angle), angle, i32x4.shr_s(x, 31));
  return v128.or(angle, v128.and(y, f32x4.splat(-0.0)));
}

/** x modulo y for finite x and y that is not 0, of magnitudes: exact by long division of the mantissas. */
// @ts-ignore: decorator
@inline
function moduloOf(x: u32, y: u32): f32 {
  let xExponent = <i32>(x >>> 23), yExponent = <i32>(y >>> 23);
  let remainder = <u64>(x & 0x7fffff), divisor = <u64>(y & 0x7fffff);
  if (xExponent) remainder |= 0x800000;
  else xExponent = 1;
  if (yExponent) divisor |= 0x800000;
  else yExponent = 1;
  if (xExponent < yExponent) return reinterpret<f32>(x);
  remainder %= divisor;
  for (let left = xExponent - yExponent; left > 0; left -= 40) {
    remainder = (remainder << <u64>(left < 40 ? left : 40)) % divisor;
  }
  // The remainder times 2^(exponent - 150), exactly, through a double.
  return <f32>(<f64>remainder * reinterpret<f64>(<u64>(yExponent - 150 + 1023) << 52));
}

/** One lane of the remainder: exact, with y's sign as in Python; NaN for an infinite x and for y = 0. */
// @ts-ignore: decorator
@inline
function remainderOf(x: f32, y: f32): f32 {
  const bits = reinterpret<u32>(x), size = bits & 0x7fffffff, divisor = reinterpret<u32>(y) & 0x7fffffff;
  let result: f32 = NaN;
  if (size < 0x7f800000 && divisor - 1 < 0x7f800000) {
    result = x;
    if (divisor < 0x7f800000 && size >= divisor) {
      const modulo = moduloOf(size, divisor);
      result = bits >>> 31 ? -modulo : modulo;
    }
    if (result != 0 && result < 0 != y < 0) result += y;
  }
  return result;
}

export function map_remainder(x: v128, y: v128): v128 {
  let r = f32x4.splat(remainderOf(f32x4.extract_lane(x, 0), f32x4.extract_lane(y, 0)));
  r = f32x4.replace_lane(r, 1, remainderOf(f32x4.extract_lane(x, 1), f32x4.extract_lane(y, 1)));
  r = f32x4.replace_lane(r, 2, remainderOf(f32x4.extract_lane(x, 2), f32x4.extract_lane(y, 2)));
  return f32x4.replace_lane(r, 3, remainderOf(f32x4.extract_lane(x, 3), f32x4.extract_lane(y, 3)));
}

/** One lane of integers, 0 for a divisor of 0; in 64 bits, where -2^31 % -1 does not trap. */
// @ts-ignore: decorator
@inline
function integerRemainderOf(x: i64, y: i64): i32 {
  if (y == 0) return 0;
  const r = x % y;
  return <i32>(r != 0 && r < 0 != y < 0 ? r + y : r);
}

export function map_remainderSigned(x: v128, y: v128): v128 {
  let r = i32x4.splat(integerRemainderOf(i32x4.extract_lane(x, 0), i32x4.extract_lane(y, 0)));
  r = i32x4.replace_lane(r, 1, integerRemainderOf(i32x4.extract_lane(x, 1), i32x4.extract_lane(y, 1)));
  r = i32x4.replace_lane(r, 2, integerRemainderOf(i32x4.extract_lane(x, 2), i32x4.extract_lane(y, 2)));
  return i32x4.replace_lane(r, 3, integerRemainderOf(i32x4.extract_lane(x, 3), i32x4.extract_lane(y, 3)));
}

// @ts-ignore: decorator
@inline
function unsignedRemainderOf(x: u32, y: u32): u32 {
  return y == 0 ? 0 : x % y;
}

export function map_remainderUnsigned(x: v128, y: v128): v128 {
  let r = i32x4.splat(unsignedRemainderOf(i32x4.extract_lane(x, 0), i32x4.extract_lane(y, 0)));
  r = i32x4.replace_lane(r, 1, unsignedRemainderOf(i32x4.extract_lane(x, 1), i32x4.extract_lane(y, 1)));
  r = i32x4.replace_lane(r, 2, unsignedRemainderOf(i32x4.extract_lane(x, 2), i32x4.extract_lane(y, 2)));
  return i32x4.replace_lane(r, 3, unsignedRemainderOf(i32x4.extract_lane(x, 3), i32x4.extract_lane(y, 3)));
}

/** Shifts by each lane's own count modulo 32; a vector instruction takes one count for all. */
export function map_shiftLeft(x: v128, y: v128): v128 {
  let r = i32x4.splat(i32x4.extract_lane(x, 0) << i32x4.extract_lane(y, 0));
  r = i32x4.replace_lane(r, 1, i32x4.extract_lane(x, 1) << i32x4.extract_lane(y, 1));
  r = i32x4.replace_lane(r, 2, i32x4.extract_lane(x, 2) << i32x4.extract_lane(y, 2));
  return i32x4.replace_lane(r, 3, i32x4.extract_lane(x, 3) << i32x4.extract_lane(y, 3));
}
export function map_shiftRightSigned(x: v128, y: v128): v128 {
  let r = i32x4.splat(i32x4.extract_lane(x, 0) >> i32x4.extract_lane(y, 0));
  r = i32x4.replace_lane(r, 1, i32x4.extract_lane(x, 1) >> i32x4.extract_lane(y, 1));
  r = i32x4.replace_lane(r, 2, i32x4.extract_lane(x, 2) >> i32x4.extract_lane(y, 2));
  return i32x4.replace_lane(r, 3, i32x4.extract_lane(x, 3) >> i32x4.extract_lane(y, 3));
}
export function map_shiftRightUnsigned(x: v128, y: v128): v128 {
  let r = i32x4.splat(i32x4.extract_lane(x, 0) >>> i32x4.extract_lane(y, 0));
  r = i32x4.replace_lane(r, 1, i32x4.extract_lane(x, 1) >>> i32x4.extract_lane(y, 1));
  r = i32x4.replace_lane(r, 2, i32x4.extract_lane(x, 2) >>> i32x4.extract_lane(y, 2));
  return i32x4.replace_lane(r, 3, i32x4.extract_lane(x, 3) >>> i32x4.extract_lane(y, 3));
}

/**
 * The larger lane, NaN where either is NaN, +0 over -0. f32x4.max takes eight instructions in V8; the two one-instruction
 * maxima differ only in zeros of both signs, whose bits are joined, and where one is NaN.
 */
export function map_maximum(x: v128, y: v128): v128 {
  const a = f32x4.pmax(x, y);
  const b = f32x4.pmax(y, x);
  return v128.or(v128.and(a, b), f32x4.ne(a, b));
}
/** The smaller lane; see map_maximum. */
export function map_minimum(x: v128, y: v128): v128 {
  const a = f32x4.pmin(x, y);
  const b = f32x4.pmin(y, x);
  return v128.or(v128.or(a, b), f32x4.ne(a, b));
}
