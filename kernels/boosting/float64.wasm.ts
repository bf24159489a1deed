// exp and log in float64 by plain operations in one order (fdlibm's e_exp.c and e_log.c, Sun Microsystems 1993), so that losses
// have the same bits on every machine: core/model/boosting/float64.ts is the same in TypeScript.

/** e^x; x is held to [-700, 700]. */
// @ts-ignore: decorator
@inline
export function exp64(x: f64): f64 {
  x = min(max(x, -700), 700);
  const k = nearest(x * 1.44269504088896338700);
  const high = x - k * 6.93147180369123816490e-1;
  const low = k * 1.90821492927058770002e-10;
  const r = high - low;
  const t = r * r;
  const c = r - t * (1.66666666666666019037e-1 + t * (-2.77777777770155933842e-3 + t * (6.61375632143793436117e-5 + t * (-1.65339022054652515390e-6 + t * 4.13813679705723846039e-8))));
  const y = 1 - (low - (r * c) / (2 - c) - high);
  return y * reinterpret<f64>((<i64>k + 1023) << 52);
}

/** The logarithm of a normal number above 0. */
export function log64(x: f64): f64 {
  let bits = reinterpret<i64>(x);
  let k = (bits >> 52) - 1023;
  bits &= 0x000fffffffffffff;
  // Mantissas from the square root of two on are halved.
  const high = <i64>(bits >= 0x6a09e667f3bcd);
  k += high;
  const m = reinterpret<f64>(bits | ((1023 - high) << 52));
  const f = m - 1;
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const even = w * (3.999999999940941908e-1 + w * (2.222219843214978396e-1 + w * 1.531383769920937332e-1));
  const odd = z * (6.666666666666735130e-1 + w * (2.857142874366239149e-1 + w * (1.818357216161805012e-1 + w * 1.479819860511658591e-1)));
  const half = 0.5 * f * f;
  const d = <f64>k;
  return d * 6.93147180369123816490e-1 - (half - (s * (half + (odd + even)) + d * 1.90821492927058770002e-10) - f);
}
