// Half precision (IEEE 754 binary16) in numbers and bits, for references and for engines without Float16Array.

const view = new DataView(new ArrayBuffer(8));
/** The exponent of a positive normal number: 2^exponent <= x. */
const exponentOf = (x: number): number => {
  view.setFloat64(0, x);
  return (view.getUint16(0) >> 4) - 1023;
};

/** The nearest f16 number, halves to the even one; from 65,520 on infinity. @example roundToHalf(0.1) // 0.0999755859375 */
export const roundToHalf = (x: number): number => {
  const size = Math.abs(x);
  if (!(size < 65_520)) return Number.isNaN(x) ? x : Math.sign(x) * Number.POSITIVE_INFINITY;
  if (size < 2 ** -26) return x < 0 || Object.is(x, -0) ? -0 : 0;
  // Beside this float64 the last bit is worth 2^-10 of x's power of two, or 2^-24 below the smallest normal number.
  const magic = 1.5 * 2 ** (Math.max(-14, exponentOf(size)) + 42);
  const rounded = size + magic - magic;
  return x < 0 ? -rounded : rounded;
};

/** The 16 bits of the nearest f16 number; NaN is 0x7e00. */
export const halfBits = (x: number): number => {
  const rounded = roundToHalf(x);
  const size = Math.abs(rounded);
  const sign = rounded < 0 || Object.is(rounded, -0) ? 0x8000 : 0;
  if (Number.isNaN(size)) return 0x7e00;
  if (size === Number.POSITIVE_INFINITY) return sign | 0x7c00;
  const exponent = size < 2 ** -14 ? -14 : exponentOf(size);
  // A subnormal number has no leading 1, and its exponent field is then one less, as the sum makes it.
  return sign | (((exponent + 14) << 10) + size * 2 ** (10 - exponent));
};

/** The number that 16 bits of f16 stand for. */
export const halfOfBits = (bits: number): number => {
  const exponent = (bits >> 10) & 31;
  const mantissa = bits & 1023;
  const size =
    exponent === 31
      ? mantissa === 0
        ? Number.POSITIVE_INFINITY
        : Number.NaN
      : (mantissa + (exponent === 0 ? 0 : 1024)) * 2 ** (Math.max(exponent, 1) - 25);
  return bits & 0x8000 ? -size : size;
};
