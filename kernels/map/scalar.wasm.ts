// Element-wise functions on four lanes. The map emitter copies these bodies into its modules, so each is free of calls:
// constants lie splatted in static memory, since V8 rebuilds a v128 constant at every use (10 instead of 47 GFLOP/s).
import { choose, multiplyAdd, negativeMultiplyAdd } from "../runtime/vector.wasm";

const infinity: usize = memory.data<f32>([Infinity, Infinity, Infinity, Infinity], 16);
export const one: usize = memory.data<f32>([1, 1, 1, 1], 16);
const notANumber: usize = memory.data<f32>([NaN, NaN, NaN, NaN], 16);

// Range ends, log2 e, 1.5 * 2^23 (adding it rounds to an integer), ln 2 in two parts, then the polynomial of e^r for
// |r| <= ln 2 / 2 from the highest power (minimax, relative error 2^-28).
// prettier-ignore
export const expTable: usize = memory.data<f32>([
  88.72283, 88.72283, 88.72283, 88.72283, // 0
  -87.33654, -87.33654, -87.33654, -87.33654, // 16
  1.44269504, 1.44269504, 1.44269504, 1.44269504, // 32
  12582912, 12582912, 12582912, 12582912, // 48
  0.693359375, 0.693359375, 0.693359375, 0.693359375, // 64
  -2.12194440e-4, -2.12194440e-4, -2.12194440e-4, -2.12194440e-4, // 80
  1.381459888638348e-3, 1.381459888638348e-3, 1.381459888638348e-3, 1.381459888638348e-3, // 96
  8.368717337069276e-3, 8.368717337069276e-3, 8.368717337069276e-3, 8.368717337069276e-3, // 112
  4.166838807510819e-2, 4.166838807510819e-2, 4.166838807510819e-2, 4.166838807510819e-2, // 128
  1.6666520627895884e-1, 1.6666520627895884e-1, 1.6666520627895884e-1, 1.6666520627895884e-1, // 144
  4.9999993447571933e-1, 4.9999993447571933e-1, 4.9999993447571933e-1, 4.9999993447571933e-1, // 160
], 16);
/** A float without its sign; the bits of 87.33654. */
// prettier-ignore
const expBits: usize = memory.data<i32>([
  0x7fffffff, 0x7fffffff, 0x7fffffff, 0x7fffffff, // 0
  0x42aeac4f, 0x42aeac4f, 0x42aeac4f, 0x42aeac4f, // 16
], 16);

/**
 * e^x within 2 ULP; 0 below -87.34 (results that would be subnormal), infinity above 88.72. With x = n ln 2 + r the power
 * 2^n is added to the exponent bits of e^r: at n = 128, r is negative, so the sum stays a finite number. What comes out
 * for x beyond the range is replaced, so that x needs no clamp.
 */
// @ts-ignore: decorator
@inline
export function expLanes(x: v128): v128 {
  return expBy(
    x, v128.load(expTable, 32), v128.load(expTable, 48), v128.load(expTable, 64), v128.load(expTable, 80), v128.load(expTable, 96),
    v128.load(expTable, 112), v128.load(expTable, 128), v128.load(expTable, 144), v128.load(expTable, 160), v128.load(one),
  );
}

/** expLanes with its constants given: in locals before a loop they stay in registers, where V8 loads each again otherwise. */
// @ts-ignore: decorator
@inline
export function expBy(
  x: v128, scale: v128, magic: v128, high: v128, low: v128, c6: v128, c5: v128, c4: v128, c3: v128, c2: v128, unit: v128,
): v128 {
  const shifted = multiplyAdd(x, scale, magic);
  const n = f32x4.sub(shifted, magic);
  const r = negativeMultiplyAdd(n, low, negativeMultiplyAdd(n, high, x));
  let p = multiplyAdd(c6, r, c5);
  p = multiplyAdd(p, r, c4);
  p = multiplyAdd(p, r, c3);
  p = multiplyAdd(p, r, c2);
  p = multiplyAdd(multiplyAdd(p, r, unit), r, unit);
  let power = i32x4.add(p, i32x4.shl(shifted, 23));
  // Past 87.3365 on either side, infinite or NaN. Integer steps, since the two pipes for products are the limit.
  if (i32x4.bitmask(i32x4.sub(v128.load(expBits, 16), v128.and(x, v128.load(expBits))))) {
    // Above the range x * infinity is infinity, and for NaN it is NaN.
    power = choose(power, f32x4.mul(x, v128.load(infinity)), f32x4.le(x, v128.load(expTable)));
    power = v128.andnot(power, f32x4.lt(x, v128.load(expTable, 16)));
  }
  return power;
}

// Smallest normal, 2^23, the logarithm of 2^-23, ln 2 in two parts, then the polynomial of the logarithm's rest in s^2 for
// s <= 1/5 from the highest power (minimax, relative error 2^-28).
// prettier-ignore
const logTable: usize = memory.data<f32>([
  1.17549435e-38, 1.17549435e-38, 1.17549435e-38, 1.17549435e-38, // 0
  8388608, 8388608, 8388608, 8388608, // 16
  -15.942385, -15.942385, -15.942385, -15.942385, // 32
  0.693359375, 0.693359375, 0.693359375, 0.693359375, // 48
  -2.12194440e-4, -2.12194440e-4, -2.12194440e-4, -2.12194440e-4, // 64
  0.3035913651869232, 0.3035913651869232, 0.3035913651869232, 0.3035913651869232, // 80
  0.3995790599052917, 0.3995790599052917, 0.3995790599052917, 0.3995790599052917, // 96
  0.6666694634362038, 0.6666694634362038, 0.6666694634362038, 0.6666694634362038, // 112
], 16);
/** The bits of 2/3, and of the smallest normal: one step of the exponent. */
// prettier-ignore
const logBits: usize = memory.data<i32>([
  0x3f2aaaab, 0x3f2aaaab, 0x3f2aaaab, 0x3f2aaaab, // 0
  0x00800000, 0x00800000, 0x00800000, 0x00800000, // 16
], 16);

/**
 * Natural logarithm of normal numbers: with x = 2^n m, m in [2/3, 4/3), f = m - 1 and s = f / (m + 1), it is
 * n ln 2 + f - s f + s^3 P(s^2). A division and three coefficients take less than a polynomial of ten in f, whose
 * constants do not fit the registers; sums are ordered for few steps behind the division, since its latency counts.
 */
// @ts-ignore: decorator
@inline
function logNormal(x: v128): v128 {
  const unit = v128.load(one);
  const exponent = i32x4.shr_s(i32x4.sub(x, v128.load(logBits)), 23);
  const n = f32x4.convert_i32x4_s(exponent);
  const m = i32x4.sub(x, i32x4.shl(exponent, 23));
  const f = f32x4.sub(m, unit);
  const s = f32x4.div(f, f32x4.add(m, unit));
  const square = f32x4.mul(s, s);
  let p = multiplyAdd(v128.load(logTable, 80), square, v128.load(logTable, 96));
  p = multiplyAdd(p, square, v128.load(logTable, 112));
  const low = negativeMultiplyAdd(s, f, f32x4.mul(n, v128.load(logTable, 64)));
  const rest = multiplyAdd(f32x4.mul(s, square), p, low);
  return multiplyAdd(n, v128.load(logTable, 48), f32x4.add(f, rest));
}

/** Natural logarithm within 1 ULP, subnormals included (2 ULP); log 0 is -infinity, of a negative number NaN. */
// @ts-ignore: decorator
@inline
export function logLanes(x: v128): v128 {
  const step = v128.load(logBits, 16);
  let y = logNormal(x);
  // A positive normal number has no sign one step of the exponent below or above; any other has one of them.
  if (i32x4.bitmask(v128.or(i32x4.sub(x, step), i32x4.add(x, step)))) {
    const limit = v128.load(infinity);
    const zero = i32x4.splat(0);
    const small = f32x4.lt(x, v128.load(logTable));
    y = logNormal(choose(f32x4.mul(x, v128.load(logTable, 16)), x, small));
    y = f32x4.add(y, v128.and(small, v128.load(logTable, 32)));
    // Infinity stays, zero gives -infinity, the rest NaN.
    const end = choose(f32x4.neg(limit), choose(limit, v128.load(notANumber), f32x4.eq(x, limit)), f32x4.eq(x, zero));
    y = choose(y, end, v128.and(f32x4.gt(x, zero), f32x4.lt(x, limit)));
  }
  return y;
}

// Clamp (beyond it tanh rounds to 1), then the rational approximation's numerator and denominator from the highest power
// (the minimax coefficients of Eigen's ptanh).
// prettier-ignore
const tanhTable: usize = memory.data<f32>([
  7.90531110763549805, 7.90531110763549805, 7.90531110763549805, 7.90531110763549805, // 0
  -7.90531110763549805, -7.90531110763549805, -7.90531110763549805, -7.90531110763549805, // 16
  -2.76076847742355e-16, -2.76076847742355e-16, -2.76076847742355e-16, -2.76076847742355e-16, // 32
  2.00018790482477e-13, 2.00018790482477e-13, 2.00018790482477e-13, 2.00018790482477e-13, // 48
  -8.60467152213735e-11, -8.60467152213735e-11, -8.60467152213735e-11, -8.60467152213735e-11, // 64
  5.12229709037114e-8, 5.12229709037114e-8, 5.12229709037114e-8, 5.12229709037114e-8, // 80
  1.48572235717979e-5, 1.48572235717979e-5, 1.48572235717979e-5, 1.48572235717979e-5, // 96
  6.37261928875436e-4, 6.37261928875436e-4, 6.37261928875436e-4, 6.37261928875436e-4, // 112
  4.89352455891786e-3, 4.89352455891786e-3, 4.89352455891786e-3, 4.89352455891786e-3, // 128
  1.19825839466702e-6, 1.19825839466702e-6, 1.19825839466702e-6, 1.19825839466702e-6, // 144
  1.18534705686654e-4, 1.18534705686654e-4, 1.18534705686654e-4, 1.18534705686654e-4, // 160
  2.26843463243900e-3, 2.26843463243900e-3, 2.26843463243900e-3, 2.26843463243900e-3, // 176
  4.89352518554385e-3, 4.89352518554385e-3, 4.89352518554385e-3, 4.89352518554385e-3, // 192
], 16);

/** Hyperbolic tangent within 5 ULP, odd, and exactly 1 beyond 7.9 but for rounding. */
// @ts-ignore: decorator
@inline
export function tanhLanes(x: v128): v128 {
  const clamped = f32x4.pmax(f32x4.pmin(x, v128.load(tanhTable)), v128.load(tanhTable, 16));
  const square = f32x4.mul(clamped, clamped);
  let p = v128.load(tanhTable, 32);
  p = multiplyAdd(p, square, v128.load(tanhTable, 48));
  p = multiplyAdd(p, square, v128.load(tanhTable, 64));
  p = multiplyAdd(p, square, v128.load(tanhTable, 80));
  p = multiplyAdd(p, square, v128.load(tanhTable, 96));
  p = multiplyAdd(p, square, v128.load(tanhTable, 112));
  p = multiplyAdd(p, square, v128.load(tanhTable, 128));
  let q = v128.load(tanhTable, 144);
  q = multiplyAdd(q, square, v128.load(tanhTable, 160));
  q = multiplyAdd(q, square, v128.load(tanhTable, 176));
  q = multiplyAdd(q, square, v128.load(tanhTable, 192));
  return f32x4.div(f32x4.mul(clamped, p), q);
}

/** 1 / (1 + e^-x). */
// @ts-ignore: decorator
@inline
export function sigmoidLanes(x: v128): v128 {
  const unit = v128.load(one);
  return f32x4.div(unit, f32x4.add(unit, expLanes(f32x4.neg(x))));
}

export function map_exp(x: v128): v128 {
  return expLanes(x);
}
export function map_log(x: v128): v128 {
  return logLanes(x);
}
export function map_tanh(x: v128): v128 {
  return tanhLanes(x);
}
export function map_sigmoid(x: v128): v128 {
  return sigmoidLanes(x);
}

/** -1, 0 or 1 with the sign of x; zeros and NaN stay themselves. */
export function map_sign(x: v128): v128 {
  const zero = f32x4.splat(0);
  const sided = v128.or(f32x4.lt(x, zero), f32x4.gt(x, zero));
  const unit = v128.or(v128.load(one), v128.and(x, f32x4.splat(-0.0)));
  return choose(unit, x, sided);
}
