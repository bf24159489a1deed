// exp and log of losses by plain operations in one order: engines differ in the last bits of Math.exp and Math.log, and a tree
// hangs on them. The same as kernels/boosting/float64.wasm.ts; after fdlibm's e_exp.c and e_log.c (Sun Microsystems 1993).

const float = new Float64Array(1);
const words = new Int32Array(float.buffer);

/** 2^k for -1023 < k < 1024. */
const powerOfTwo = (k: number): number => {
  words[0] = 0;
  words[1] = (k + 1023) << 20;
  return float[0] ?? 0;
};

/** To the nearest whole number, ties to even; below 2^51. */
export const nearest = (x: number): number => x + 6_755_399_441_055_744 - 6_755_399_441_055_744;

/** e^x; x is held to [-700, 700]. */
export const exp64 = (value: number): number => {
  const x = Math.min(Math.max(value, -700), 700);
  const k = nearest(x * Math.LOG2E);
  const high = x - k * 0.6931471803691238;
  const low = k * 1.9082149292705877e-10;
  const r = high - low;
  const t = r * r;
  const c =
    r -
    t *
      (0.16666666666666602 +
        t *
          (-0.0027777777777015593 +
            t * (6.613756321437934e-5 + t * (-1.6533902205465252e-6 + t * 4.1381367970572385e-8))));
  const y = 1 - (low - (r * c) / (2 - c) - high);
  return y * powerOfTwo(k);
};

/** Takes the exponent out of a normal number above 0: gives it, and leaves the mantissa in [1, 2) to `mantissaOf`. */
const exponentOf = (x: number): number => {
  float[0] = x;
  return ((words[1] ?? 0) >>> 20) - 1023;
};

/** x = mantissa 2^exponent with a mantissa in [1, 2), for normal numbers above 0. */
export const splitFloat = (x: number): { readonly mantissa: number; readonly exponent: number } => {
  const exponent = exponentOf(x);
  words[1] = ((words[1] ?? 0) & 0xfffff) | 0x3ff00000;
  return { mantissa: float[0] ?? 0, exponent };
};

/** The logarithm of a normal number above 0. */
export const log64 = (x: number): number => {
  const { mantissa, exponent } = splitFloat(x);
  // Mantissas from the square root of two on are halved.
  const isHigh = mantissa >= Math.SQRT2;
  const d = isHigh ? exponent + 1 : exponent;
  const f = (isHigh ? mantissa / 2 : mantissa) - 1;
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const even = w * (0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373));
  const odd = z * (0.6666666666666735 + w * (0.2857142874366239 + w * (0.1818357216161805 + w * 0.14798198605116586)));
  const half = 0.5 * f * f;
  return d * 0.6931471803691238 - (half - (s * (half + (odd + even)) + d * 1.9082149292705877e-10) - f);
};
