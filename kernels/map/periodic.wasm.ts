// Sine, cosine and power on four lanes: what needs more than one polynomial. Free of calls, as maps copy the bodies.
import { choose, multiplyAdd, negativeMultiplyAdd } from "../runtime/vector.wasm";

// prettier-ignore
const table: usize = memory.data<f32>([
  0.636619772, 0.636619772, 0.636619772, 0.636619772, // 0: 2 / pi
  12582912, 12582912, 12582912, 12582912, // 16: 1.5 * 2^23 rounds to an integer
  // 32: pi / 2 in three parts whose products with integers below 2^13 are exact or tiny (Cody and Waite)
  1.5703125, 1.5703125, 1.5703125, 1.5703125,
  4.837512969970703125e-4, 4.837512969970703125e-4, 4.837512969970703125e-4, 4.837512969970703125e-4,
  7.54978995489188216e-8, 7.54978995489188216e-8, 7.54978995489188216e-8, 7.54978995489188216e-8,
  8192, 8192, 8192, 8192, // 80: up to here three parts are enough
  // 96: sine and 144: cosine on [-pi/4, pi/4] (Cephes sinf, cosf)
  -1.9515295891e-4, -1.9515295891e-4, -1.9515295891e-4, -1.9515295891e-4,
  8.3321608736e-3, 8.3321608736e-3, 8.3321608736e-3, 8.3321608736e-3,
  -1.6666654611e-1, -1.6666654611e-1, -1.6666654611e-1, -1.6666654611e-1,
  2.443315711809948e-5, 2.443315711809948e-5, 2.443315711809948e-5, 2.443315711809948e-5,
  -1.388731625493765e-3, -1.388731625493765e-3, -1.388731625493765e-3, -1.388731625493765e-3,
  4.166664568298827e-2, 4.166664568298827e-2, 4.166664568298827e-2, 4.166664568298827e-2,
  1, 1, 1, 1, // 192
  0.5, 0.5, 0.5, 0.5, // 208
], 16);

/** 4 / pi in windows of 32 bits, 8 bits apart (as in Arm's optimized routines, sinf). */
// prettier-ignore
const fourOverPi: usize = memory.data<u32>([
  0xa2, 0xa2f9, 0xa2f983, 0xa2f9836e, 0xf9836e4e, 0x836e4e44, 0x6e4e4415, 0x4e441529,
  0x441529fc, 0x1529fc27, 0x29fc2757, 0xfc2757d1, 0x2757d1f5, 0x57d1f534, 0xd1f534dd, 0xf534ddc0,
  0x34ddc0db, 0xddc0db62, 0xc0db6295, 0xdb629599, 0x6295993c, 0x95993c43, 0x993c4390, 0x3c439041,
], 16);

/** |x| modulo pi/2 for |x| of any size: a 2.62 fixed-point fraction of the turn from the exact bits of 4 / pi. */
// @ts-ignore: decorator
@inline
function fractionOf(bits: u32): u64 {
  const at = fourOverPi + (<usize>((bits >>> 26) & 15) << 2);
  const shift = (bits >>> 23) & 7;
  const mantissa = ((bits & 0xffffff) | 0x800000) << shift;
  const high = mantissa * load<u32>(at);
  const middle = <u64>mantissa * <u64>load<u32>(at, 16);
  const low = <u64>mantissa * <u64>load<u32>(at, 32);
  return ((low >>> 32) | (<u64>high << 32)) + middle;
}

/** One lane of the exact reduction: the remainder with x's sign, and the quadrant. */
// @ts-ignore: decorator
@inline
function remainderOf(x: u32, fraction: u64, quadrant: u64): f32 {
  const r = <f32>(<f64>(<i64>(fraction - (quadrant << 62))) * 3.4061215800865545e-19);
  return x >>> 31 ? -r : r;
}

/** sin (shift 0) or cos (shift 1) of x: the quadrant counted on by `shift` picks the polynomial and the sign. */
// @ts-ignore: decorator
@inline
function waveLanes(x: v128, shift: i32): v128 {
  const magic = v128.load(table, 16);
  const shifted = multiplyAdd(x, v128.load(table), magic);
  const n = f32x4.sub(shifted, magic);
  let r = negativeMultiplyAdd(n, v128.load(table, 32), x);
  r = negativeMultiplyAdd(n, v128.load(table, 48), r);
  r = negativeMultiplyAdd(n, v128.load(table, 64), r);
  let quadrant = shifted;
  const large = f32x4.gt(f32x4.abs(x), v128.load(table, 80));
  if (v128.any_true(large)) {
    const x0 = <u32>i32x4.extract_lane(x, 0), x1 = <u32>i32x4.extract_lane(x, 1);
    const x2 = <u32>i32x4.extract_lane(x, 2), x3 = <u32>i32x4.extract_lane(x, 3);
    const f0 = fractionOf(x0), f1 = fractionOf(x1), f2 = fractionOf(x2), f3 = fractionOf(x3);
    const half: u64 = 1 << 61;
    const q0 = (f0 + half) >>> 62, q1 = (f1 + half) >>> 62, q2 = (f2 + half) >>> 62, q3 = (f3 + half) >>> 62;
    let exact = f32x4.splat(remainderOf(x0, f0, q0));
    exact = f32x4.replace_lane(exact, 1, remainderOf(x1, f1, q1));
    exact = f32x4.replace_lane(exact, 2, remainderOf(x2, f2, q2));
    exact = f32x4.replace_lane(exact, 3, remainderOf(x3, f3, q3));
    let turns = i32x4.splat(<i32>(x0 >>> 31 ? 0 - q0 : q0));
    turns = i32x4.replace_lane(turns, 1, <i32>(x1 >>> 31 ? 0 - q1 : q1));
    turns = i32x4.replace_lane(turns, 2, <i32>(x2 >>> 31 ? 0 - q2 : q2));
    turns = i32x4.replace_lane(turns, 3, <i32>(x3 >>> 31 ? 0 - q3 : q3));
    r = v128.bitselect(exact, r, large);
    quadrant = v128.bitselect(turns, quadrant, large);
  }
  if (shift) quadrant = i32x4.add(quadrant, i32x4.splat(shift));
  const square = f32x4.mul(r, r);
  let s = v128.load(table, 96);
  s = multiplyAdd(s, square, v128.load(table, 112));
  s = multiplyAdd(s, square, v128.load(table, 128));
  s = multiplyAdd(f32x4.mul(s, square), r, r);
  let c = v128.load(table, 144);
  c = multiplyAdd(c, square, v128.load(table, 160));
  c = multiplyAdd(c, square, v128.load(table, 176));
  c = multiplyAdd(f32x4.mul(c, square), square, negativeMultiplyAdd(square, v128.load(table, 208), v128.load(table, 192)));
  // Odd quadrants take the cosine, the upper two turn the sign. NaN and infinity come out as x - x.
  const odd = i32x4.shr_s(i32x4.shl(quadrant, 31), 31);
  const sign = i32x4.shl(i32x4.shr_u(quadrant, 1), 31);
  const y = v128.xor(choose(c, s, odd), sign);
  const infinite = f32x4.sub(x, x);
  return v128.bitselect(y, infinite, f32x4.eq(infinite, infinite));
}

export function map_sin(x: v128): v128 {
  return waveLanes(x, 0);
}
export function map_cos(x: v128): v128 {
  return waveLanes(x, 1);
}

/** cos(2 pi u) for u in [0, 1): exact reduction in turns. */
// @ts-ignore: decorator
@inline
export function cosineOfTurns(u: v128): v128 {
  const magic = v128.load(table, 16);
  const quarters = f32x4.mul(u, f32x4.splat(4));
  const shifted = f32x4.add(quarters, magic);
  const r = f32x4.mul(f32x4.sub(quarters, f32x4.sub(shifted, magic)), f32x4.splat(1.57079632679));
  const square = f32x4.mul(r, r);
  let s = v128.load(table, 96);
  s = multiplyAdd(s, square, v128.load(table, 112));
  s = multiplyAdd(s, square, v128.load(table, 128));
  s = multiplyAdd(f32x4.mul(s, square), r, r);
  let c = v128.load(table, 144);
  c = multiplyAdd(c, square, v128.load(table, 160));
  c = multiplyAdd(c, square, v128.load(table, 176));
  c = multiplyAdd(f32x4.mul(c, square), square, negativeMultiplyAdd(square, v128.load(table, 208), v128.load(table, 192)));
  const quadrant = i32x4.add(shifted, i32x4.splat(1));
  const odd = i32x4.shr_s(i32x4.shl(quadrant, 31), 31);
  return v128.xor(choose(c, s, odd), i32x4.shl(i32x4.shr_u(quadrant, 1), 31));
}

// 2^f on [-1/2, 1/2] from the highest power, then log2's series 2 / (ln 2 (2 i + 1)) in float64.
// prettier-ignore
const powerTable: usize = memory.data<f64>([
  1.52527338040598402800e-5, 1.52527338040598402800e-5,
  1.54035303933816099544e-4, 1.54035303933816099544e-4,
  1.33335581464284434234e-3, 1.33335581464284434234e-3,
  9.61812910762847716198e-3, 9.61812910762847716198e-3,
  5.55041086648215799531e-2, 5.55041086648215799531e-2,
  2.40226506959100712334e-1, 2.40226506959100712334e-1,
  6.93147180559945309417e-1, 6.93147180559945309417e-1,
  1, 1, // 112
  0.22195308321368, 0.22195308321368, // 128: 2 / (13 ln 2)
  0.26230818925253, 0.26230818925253, // 2 / (11 ln 2)
  0.32059889797532, 0.32059889797532, // 2 / (9 ln 2)
  0.41219858311113, 0.41219858311113, // 2 / (7 ln 2)
  0.57707801635558, 0.57707801635558, // 2 / (5 ln 2)
  0.96179669392597, 0.96179669392597, // 2 / (3 ln 2)
  2.88539008177792681472, 2.88539008177792681472, // 224: 2 / ln 2
  200, 200, // 240
  -200, -200, // 256
  1.41421356237309504880, 1.41421356237309504880, // 272
  4503599627370496, 4503599627370496, // 288: 2^52
], 16);

/** 2^(y log2 x) of two positive finite or zero x in float64: an f32 result to its last place. */
// @ts-ignore: decorator
@inline
function powerPair(x: v128, y: v128): v128 {
  const one = v128.load(powerTable, 112);
  // x = 2^e m with m in [sqrt 1/2, sqrt 2).
  const bits = i64x2.splat(0x000fffffffffffff);
  const mantissa = v128.or(v128.and(x, bits), one);
  const above = f64x2.gt(mantissa, v128.load(powerTable, 272));
  const m = v128.bitselect(f64x2.mul(mantissa, f64x2.splat(0.5)), mantissa, above);
  // The biased exponent as a float64: its bits under those of 2^52, less 2^52.
  const wide = v128.load(powerTable, 288);
  const biased = f64x2.sub(v128.or(i64x2.shr_u(x, 52), wide), wide);
  const e = f64x2.add(f64x2.sub(biased, f64x2.splat(1023)), v128.and(above, one));
  const s = f64x2.div(f64x2.sub(m, one), f64x2.add(m, one));
  const square = f64x2.mul(s, s);
  let p = v128.load(powerTable, 128);
  p = f64x2.add(f64x2.mul(p, square), v128.load(powerTable, 144));
  p = f64x2.add(f64x2.mul(p, square), v128.load(powerTable, 160));
  p = f64x2.add(f64x2.mul(p, square), v128.load(powerTable, 176));
  p = f64x2.add(f64x2.mul(p, square), v128.load(powerTable, 192));
  p = f64x2.add(f64x2.mul(p, square), v128.load(powerTable, 208));
  p = f64x2.add(f64x2.mul(p, square), v128.load(powerTable, 224));
  let logarithm = f64x2.add(f64x2.mul(p, s), e);
  const infinity = f64x2.splat(Infinity);
  logarithm = v128.bitselect(infinity, logarithm, f64x2.eq(x, infinity));
  logarithm = v128.bitselect(f64x2.splat(-Infinity), logarithm, f64x2.eq(x, f64x2.splat(0)));
  logarithm = v128.bitselect(logarithm, x, f64x2.eq(x, x));
  // NaN (also 0 times infinity) goes through the clamp.
  const t = f64x2.pmax(f64x2.pmin(f64x2.mul(y, logarithm), v128.load(powerTable, 240)), v128.load(powerTable, 256));
  const n = f64x2.nearest(t);
  const f = f64x2.sub(t, n);
  let q = v128.load(powerTable);
  q = f64x2.add(f64x2.mul(q, f), v128.load(powerTable, 16));
  q = f64x2.add(f64x2.mul(q, f), v128.load(powerTable, 32));
  q = f64x2.add(f64x2.mul(q, f), v128.load(powerTable, 48));
  q = f64x2.add(f64x2.mul(q, f), v128.load(powerTable, 64));
  q = f64x2.add(f64x2.mul(q, f), v128.load(powerTable, 80));
  q = f64x2.add(f64x2.mul(q, f), v128.load(powerTable, 96));
  q = f64x2.add(f64x2.mul(q, f), one);
  // 2^n by its exponent bits; for NaN, q is NaN and stays so.
  const exponent = i64x2.shl(i64x2.extend_low_i32x4_s(i32x4.trunc_sat_f64x2_s_zero(n)), 52);
  return f64x2.mul(q, i64x2.add(one, exponent));
}

/** x^y as JavaScript's `**`: of a negative x for whole y; x^0 is 1; 1^infinity is NaN. */
export function map_power(x: v128, y: v128): v128 {
  const size = f32x4.abs(x);
  const low = powerPair(f64x2.promote_low_f32x4(size), f64x2.promote_low_f32x4(y));
  const xs = v128.shuffle<i64>(size, size, 1, 0);
  const ys = v128.shuffle<i64>(y, y, 1, 0);
  const high = powerPair(f64x2.promote_low_f32x4(xs), f64x2.promote_low_f32x4(ys));
  let result = v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
  const whole = f32x4.eq(f32x4.trunc(y), y);
  const half = f32x4.mul(y, v128.load(table, 208));
  const odd = v128.andnot(whole, f32x4.eq(f32x4.trunc(half), half));
  const negative = i32x4.shr_s(x, 31);
  result = v128.xor(result, v128.and(v128.and(negative, odd), f32x4.splat(-0.0)));
  // A negative finite base and a fraction: NaN.
  const finite = v128.and(f32x4.lt(x, f32x4.splat(0)), f32x4.lt(size, f32x4.splat(Infinity)));
  const whole_or_nan = v128.or(whole, f32x4.ne(y, y));
  result = v128.bitselect(f32x4.splat(NaN), result, v128.andnot(finite, whole_or_nan));
  return v128.bitselect(v128.load(table, 192), result, f32x4.eq(y, f32x4.splat(0)));
}
