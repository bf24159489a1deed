// Element-wise functions on four lanes. The map emitter copies these bodies into its modules, so each is free of calls:
// constants lie splatted in static memory, since V8 rebuilds a v128 constant at every use (10 instead of 47 GFLOP/s).
import { choose, multiplyAdd, negativeMultiplyAdd } from "../runtime/vector.wasm";

const infinity: usize = memory.data<f32>([Infinity, Infinity, Infinity, Infinity], 16);
const one: usize = memory.data<f32>([1, 1, 1, 1], 16);
const notANumber: usize = memory.data<f32>([NaN, NaN, NaN, NaN], 16);

// Range ends, log2 e, 1.5 * 2^23 (adding it rounds to an integer), ln 2 in two parts, then exp's polynomial from the
// highest power (Cephes expf, S. Moshier).
// prettier-ignore
const expTable: usize = memory.data<f32>([
  88.72283, 88.72283, 88.72283, 88.72283, // 0
  -87.33654, -87.33654, -87.33654, -87.33654, // 16
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
], 16);

/**
 * e^x within 2 ULP; 0 below -87.34 (results that would be subnormal), infinity above 88.72. With x = n ln 2 + r the power
 * 2^n is added to the exponent bits of e^r: at n = 128, r is negative, so the sum stays a finite number.
 */
// @ts-ignore: decorator
@inline
export function expLanes(x: v128): v128 {
  const high = v128.load(expTable);
  const low = v128.load(expTable, 16);
  const magic = v128.load(expTable, 48);
  const clamped = f32x4.pmax(f32x4.pmin(x, high), low);
  const shifted = multiplyAdd(clamped, v128.load(expTable, 32), magic);
  const n = f32x4.sub(shifted, magic);
  const r = negativeMultiplyAdd(n, v128.load(expTable, 80), negativeMultiplyAdd(n, v128.load(expTable, 64), clamped));
  let p = v128.load(expTable, 96);
  p = multiplyAdd(p, r, v128.load(expTable, 112));
  p = multiplyAdd(p, r, v128.load(expTable, 128));
  p = multiplyAdd(p, r, v128.load(expTable, 144));
  p = multiplyAdd(p, r, v128.load(expTable, 160));
  p = multiplyAdd(p, r, v128.load(expTable, 176));
  p = f32x4.add(multiplyAdd(p, f32x4.mul(r, r), r), v128.load(one));
  const power = i32x4.add(p, i32x4.shl(shifted, 23));
  // Above the range x * infinity is infinity, and for NaN it is NaN.
  const bounded = choose(power, f32x4.mul(x, v128.load(infinity)), f32x4.le(x, high));
  return v128.andnot(bounded, f32x4.lt(x, low));
}

// Smallest normal, 2^23, mantissa mask, sqrt(1/2), ln 2 in two parts, then log's polynomial (Cephes logf).
// prettier-ignore
const logTable: usize = memory.data<f32>([
  1.17549435e-38, 1.17549435e-38, 1.17549435e-38, 1.17549435e-38, // 0
  8388608, 8388608, 8388608, 8388608, // 16
  0.70710678, 0.70710678, 0.70710678, 0.70710678, // 32
  0.5, 0.5, 0.5, 0.5, // 48
  0.693359375, 0.693359375, 0.693359375, 0.693359375, // 64
  -2.12194440e-4, -2.12194440e-4, -2.12194440e-4, -2.12194440e-4, // 80
  7.0376836292e-2, 7.0376836292e-2, 7.0376836292e-2, 7.0376836292e-2, // 96
  -1.1514610310e-1, -1.1514610310e-1, -1.1514610310e-1, -1.1514610310e-1, // 112
  1.1676998740e-1, 1.1676998740e-1, 1.1676998740e-1, 1.1676998740e-1, // 128
  -1.2420140846e-1, -1.2420140846e-1, -1.2420140846e-1, -1.2420140846e-1, // 144
  1.4249322787e-1, 1.4249322787e-1, 1.4249322787e-1, 1.4249322787e-1, // 160
  -1.6668057665e-1, -1.6668057665e-1, -1.6668057665e-1, -1.6668057665e-1, // 176
  2.0000714765e-1, 2.0000714765e-1, 2.0000714765e-1, 2.0000714765e-1, // 192
  -2.4999993993e-1, -2.4999993993e-1, -2.4999993993e-1, -2.4999993993e-1, // 208
  3.3333331174e-1, 3.3333331174e-1, 3.3333331174e-1, 3.3333331174e-1, // 224
], 16);
// prettier-ignore
const logBits: usize = memory.data<i32>([
  0x007fffff, 0x007fffff, 0x007fffff, 0x007fffff, // 0: mantissa
  0x3f000000, 0x3f000000, 0x3f000000, 0x3f000000, // 16: exponent of one half
  126, 126, 126, 126, // 32
  23, 23, 23, 23, // 48
], 16);

/** Natural logarithm within 1.5 ULP, subnormals included; log 0 is -infinity, of a negative number NaN. */
// @ts-ignore: decorator
@inline
export function logLanes(x: v128): v128 {
  const half = v128.load(logTable, 48);
  const small = f32x4.lt(x, v128.load(logTable));
  const scaled = choose(f32x4.mul(x, v128.load(logTable, 16)), x, small);
  let exponent = i32x4.sub(i32x4.shr_u(scaled, 23), v128.load(logBits, 32));
  exponent = i32x4.sub(exponent, v128.and(small, v128.load(logBits, 48)));
  const mantissa = v128.or(v128.and(scaled, v128.load(logBits)), v128.load(logBits, 16));
  // Into [sqrt 1/2, sqrt 2): below sqrt 1/2 double the mantissa and take one from the exponent (the mask is -1).
  const below = f32x4.lt(mantissa, v128.load(logTable, 32));
  const e = f32x4.convert_i32x4_s(i32x4.add(exponent, below));
  const r = f32x4.add(f32x4.sub(mantissa, v128.load(one)), v128.and(mantissa, below));
  const square = f32x4.mul(r, r);
  let p = v128.load(logTable, 96);
  p = multiplyAdd(p, r, v128.load(logTable, 112));
  p = multiplyAdd(p, r, v128.load(logTable, 128));
  p = multiplyAdd(p, r, v128.load(logTable, 144));
  p = multiplyAdd(p, r, v128.load(logTable, 160));
  p = multiplyAdd(p, r, v128.load(logTable, 176));
  p = multiplyAdd(p, r, v128.load(logTable, 192));
  p = multiplyAdd(p, r, v128.load(logTable, 208));
  p = multiplyAdd(p, r, v128.load(logTable, 224));
  let y = f32x4.mul(f32x4.mul(p, r), square);
  y = multiplyAdd(e, v128.load(logTable, 80), y);
  y = negativeMultiplyAdd(square, half, y);
  y = multiplyAdd(e, v128.load(logTable, 64), f32x4.add(r, y));
  // 0 < x < infinity is the polynomial's; x * x - x... at the ends: infinity stays, zero gives -infinity, the rest NaN.
  const limit = v128.load(infinity);
  const inside = v128.and(f32x4.gt(x, f32x4.splat(0)), f32x4.lt(x, limit));
  const zero = f32x4.eq(x, f32x4.splat(0));
  const outside = choose(f32x4.neg(limit), choose(limit, v128.load(notANumber), f32x4.eq(x, limit)), zero);
  return choose(y, outside, inside);
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
