// WGSL functions that few maps call, loaded when a plan has one: turns and arcs, remainders, exp and log near zero, f16.
import { halfFunctions } from "./half.wgsl.ts";
import type { WGSLFunctions } from "./scalar.wgsl.ts";

const functions: WGSLFunctions = {
  // The high word of a product of two words.
  highProduct: `fn highProduct(a: u32, b: u32) -> u32 {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let middle = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let other = (a & 0xffffu) * (b >> 16u) + (middle & 0xffffu);
  return (a >> 16u) * (b >> 16u) + (middle >> 16u) + (other >> 16u);
}`,
  // Payne and Hanek: |x| / 2 pi modulo 1 as a 32-bit fraction, from the words of 1 / 2 pi that matter at x's exponent.
  fractionOfTurn: `fn fractionOfTurn(bits: u32) -> u32 {
  var words = array<u32, 7>(0u, 0x28be60dbu, 0x9391054au, 0x7f09d5f4u, 0x7d4d3770u, 0x36d8a566u, 0x4f10e410u);
  let mantissa = (bits << 8u) | 0x80000000u;
  let exponent = ((bits >> 23u) & 0xffu) - 126u;
  let at = min(exponent >> 5u, 4u);
  let shift = exponent & 31u;
  let whole = (words[at] << shift) | ((words[at + 1u] >> (31u - shift)) >> 1u);
  let rest = (words[at + 1u] << shift) | ((words[at + 2u] >> (31u - shift)) >> 1u);
  return mantissa * whole + highProduct(mantissa, rest);
}`,
  // Cody and Waite's reduction by pi / 2 in three parts (Payne and Hanek's above 256), then Cephes' polynomials; a quarter
  // of a turn ahead gives the cosine.
  oneSine: `fn oneSine(x: f32, quarters: i32) -> f32 {
  let bits = bitcast<u32>(x) & 0x7fffffffu;
  if (bits >= 0x7f800000u) { return fromBits(0x7fc00000u); }
  let j = round(x * 0.636619772);
  var r = ((x - j * 1.5703125) - j * 4.837512969970703125e-4) - j * 7.54978995489188e-8;
  var quadrant = quarters;
  if (bits >= 0x43800000u) {
    let turn = fractionOfTurn(bits);
    let nearest = (turn + 0x20000000u) >> 30u;
    let angle = f32(bitcast<i32>(turn - (nearest << 30u))) * 1.46291807926716e-9;
    r = select(angle, -angle, x < 0.0);
    quadrant += select(i32(nearest), -i32(nearest), x < 0.0);
  } else {
    quadrant += i32(j);
  }
  let z = r * r;
  let odd = ((-1.9515295891e-4 * z + 8.3321608736e-3) * z - 1.6666654611e-1) * z * r + r;
  let even = ((2.443315711809948e-5 * z - 1.388731625493765e-3) * z + 4.166664568298827e-2) * z * z - z * 0.5 + 1.0;
  let value = select(odd, even, (quadrant & 1) != 0);
  return select(value, -value, (quadrant & 2) != 0);
}`,
  // 2^n (e^r - 1) + (2^n - 1), halved so that n = 128 stays in range.
  exponentialLessOne: `fn exponentialLessOne(x: F) -> F {
  let bounded = clamp(x, F(-20), F(88.72283));
  let n = round(bounded * 1.44269504);
  let r = (bounded - n * 0.693359375) + n * 2.12194440e-4;
  var p = F(1.9875691500e-4);
  p = p * r + 1.3981999507e-3;
  p = p * r + 8.3334519073e-3;
  p = p * r + 4.1665795894e-2;
  p = p * r + 1.6666665459e-1;
  p = p * r + 5.0000001201e-1;
  p = p * r * r + r;
  let power = bitcast<F>((I(n) + 126) << U(23u));
  let half = power * p + (power - 0.5);
  let finite = select(half + half, F(fromBits(0x7f800000u)), x > F(88.72283));
  return select(finite, x, isNaN(x) | (x == F(0)));
}`,
  // Near zero log's polynomial of x itself; elsewhere 1 + x loses nothing that counts.
  logarithmOfOneMore: `fn logarithmOfOneMore(x: F) -> F {
  let near = (x > F(-0.29289322)) & (x < F(0.41421356));
  return select(logarithm(F(1) + x), x + logarithmTail(select(F(0), x, near)), near);
}`,
  // Cephes: of x >= 0, in three ranges.
  arcOf: `fn arcOf(x: F) -> F {
  let large = x > F(2.414213562373095);
  let middle = (x > F(0.4142135623730950)) & !large;
  let above = select(select(x, x - F(1), middle), F(-1), large);
  let below = select(select(F(1), x + F(1), middle), x, large);
  let t = above / below;
  let base = select(select(F(0), F(0.7853981633974483), middle), F(1.5707963267948966), large);
  let z = t * t;
  return base + ((((8.05374449538e-2 * z - 1.38776856032e-1) * z + 1.99777106478e-1) * z - 3.33329491539e-1) * z * t + t);
}`,
  withSignOf: `fn withSignOf(x: F, y: F) -> F {
  return bitcast<F>((bitcast<U>(x) & U(0x7fffffffu)) | (bitcast<U>(y) & U(0x80000000u)));
}`,
  arcTangent: `fn arcTangent(x: F) -> F {
  let bits = bitcast<U>(x) & U(0x7fffffffu);
  let angle = select(arcOf(bitcast<F>(min(bits, U(0x7f7fffffu)))), F(1.5707963267948966), bits >= U(0x7f800000u));
  return select(withSignOf(angle, x), x, isNaN(x));
}`,
  // As ECMAScript's atan2; sizes are compared as bits, so that neither zeros nor infinities are left to the driver.
  angleOf: `fn angleOf(y: F, x: F) -> F {
  let across = bitcast<U>(x) & U(0x7fffffffu);
  let up = bitcast<U>(y) & U(0x7fffffffu);
  let least = min(across, up);
  let most = max(across, up);
  let ordinary = (most < U(0x7f800000u)) & (most > U(0u)) & (least != most);
  // Halves, so that no quotient's reciprocal falls below the smallest number.
  let scale = select(F(1), F(0.25), most >= U(0x7e000000u));
  let quotient = (bitcast<F>(select(U(0u), least, ordinary)) * scale) / (bitcast<F>(select(U(0x3f800000u), most, ordinary)) * scale);
  let same = (least == most) & (most > U(0u));
  var angle = arcOf(select(quotient, F(1), same));
  angle = select(angle, F(1.5707963267948966) - angle, up > across);
  angle = select(angle, F(3.141592653589793) - angle, (bitcast<U>(x) & U(0x80000000u)) != U(0u));
  return select(withSignOf(angle, y), F(fromBits(0x7fc00000u)), isNaN(x) | isNaN(y));
}`,
  // Exact by long division of the mantissas, eight bits a step; then the sign of y, as Python's %.
  oneRemainder: `fn oneRemainder(x: f32, y: f32) -> f32 {
  let size = bitcast<u32>(x) & 0x7fffffffu;
  let divisorBits = bitcast<u32>(y) & 0x7fffffffu;
  if (size >= 0x7f800000u || divisorBits - 1u >= 0x7f800000u) { return fromBits(0x7fc00000u); }
  var result = x;
  if (divisorBits < 0x7f800000u && size >= divisorBits) {
    let xExponent = max(size >> 23u, 1u);
    let yExponent = max(divisorBits >> 23u, 1u);
    let divisor = (divisorBits & 0x7fffffu) | select(0u, 0x800000u, divisorBits >= 0x800000u);
    var rest = ((size & 0x7fffffu) | select(0u, 0x800000u, size >= 0x800000u)) % divisor;
    for (var left = xExponent - yExponent; left > 0u; ) {
      let step = min(left, 8u);
      rest = (rest << step) % divisor;
      left -= step;
    }
    // rest 2^(exponent - 150) in two factors, both of them normal.
    let high = max(yExponent, 75u);
    let magnitude = f32(rest) * bitcast<f32>((high - 75u + 52u) << 23u) * bitcast<f32>((yExponent + 127u - high) << 23u);
    result = select(magnitude, -magnitude, x < 0.0);
  }
  if (result != 0.0 && (result < 0.0) != (y < 0.0)) { result += y; }
  return result;
}`,
  ...halfFunctions,
  roundHalf: "fn roundHalf(x: F) -> F { return fromHalf(toHalf(x)); }",
};

/** Where four cannot take the same branch, one after the other. */
const perLane: Readonly<Record<string, Readonly<Record<1 | 4, string>>>> = {
  sine: {
    1: "fn sine(x: f32, quarters: i32) -> f32 { return oneSine(x, quarters); }",
    4: `fn sine(x: vec4f, quarters: i32) -> vec4f {
  return vec4f(oneSine(x.x, quarters), oneSine(x.y, quarters), oneSine(x.z, quarters), oneSine(x.w, quarters));
}`,
  },
  floatRemainder: {
    1: "fn floatRemainder(x: f32, y: f32) -> f32 { return oneRemainder(x, y); }",
    4: `fn floatRemainder(x: vec4f, y: vec4f) -> vec4f {
  return vec4f(oneRemainder(x.x, y.x), oneRemainder(x.y, y.y), oneRemainder(x.z, y.z), oneRemainder(x.w, y.w));
}`,
  },
};

/** The functions by name, for one element or four. */
export const rareFunctions = (width: 1 | 4): WGSLFunctions => ({
  ...functions,
  ...Object.fromEntries(Object.entries(perLane).map(([name, bodies]) => [name, bodies[width]])),
});
