// The discrete Fourier transform of rows of complex numbers. A complex number is a pair in a last axis of size 2: devices
// know no complex type, a pair is what C, NumPy and PyTorch (view_as_real) keep in memory, and every other op works on it.
import { type Case, op, type ReferenceTensor } from "../contract/op.ts";
import { byteSizeOf } from "../contract/tensor-type.ts";
import { within } from "../contract/tolerance.ts";
import { fftWasm } from "./fft.launch.ts";
import { fftWebGPU } from "./fft.wgsl.ts";
import { type FftAttributes, fftShape } from "./shape.ts";

/** The sum of the definition; the exponent is reduced to a whole part of a turn first, so that it is exact. */
const reference = ([x]: readonly ReferenceTensor[], { inverse }: FftAttributes): ReferenceTensor[] => {
  if (!x) return [];
  const { rows, length } = fftShape(x.type);
  const turns = Array.from({ length }, (_, k) => (2 * Math.PI * k) / length);
  const cosines = turns.map(Math.cos);
  const sines = turns.map((turn) => (inverse ? 1 : -1) * Math.sin(turn));
  const scale = inverse ? 1 / length : 1;
  const data = new Float64Array(x.data.length);
  for (let row = 0; row < rows; row++) {
    const base = 2 * row * length;
    for (let k = 0; k < length; k++) {
      let [real, imaginary] = [0, 0];
      for (let j = 0; j < length; j++) {
        const [c = 0, s = 0] = [cosines[(j * k) % length], sines[(j * k) % length]];
        const [a = 0, b = 0] = [x.data[base + 2 * j], x.data[base + 2 * j + 1]];
        real += a * c - b * s;
        imaginary += a * s + b * c;
      }
      data[base + 2 * k] = scale * real;
      data[base + 2 * k + 1] = scale * imaginary;
    }
  }
  return [{ type: x.type, data }];
};

const calls = (...shape: number[]): Case<FftAttributes>[] =>
  [false, true].map((inverse) => ({ inputs: [{ dtype: "f32", shape: [...shape, 2] }], attributes: { inverse } }));

/**
 * Fourier transform along the axis before the last of f32 [..., n, 2]: sums of x_j exp(-2 pi i j k / n); the inverse turns
 * the other way and divides by n. A pair with a NaN in both parts makes its whole row NaN.
 */
export const fft = op<FftAttributes>({
  name: "fft",
  inputs: ["x"],
  outputs: ([x]) => {
    fftShape(x);
    return x ? [x] : [];
  },
  // The customary count, 5 n log2 n, whatever the length costs.
  work: ([x]) => {
    const { rows, length } = fftShape(x);
    return { flops: Math.round(5 * rows * length * Math.log2(Math.max(2, length))), bytes: x ? 2 * byteSizeOf(x) : 0 };
  },
  // The error's mean square grows with the passes (Schatzman 1996); lengths that are not powers of two pass three times.
  tolerance: ([x], { inverse }) => {
    const { length, size } = fftShape(x);
    const passes = 1 + Math.log2(Math.max(1, size));
    return within(1e-6, (3e-7 * Math.sqrt(Math.max(1, length)) * passes) / (inverse ? Math.max(1, length) : 1));
  },
  reference,
  kernels: [...fftWasm, ...fftWebGPU],
  cases: [
    ...[1, 2, 3, 4, 5, 7, 8, 12, 16, 31, 32, 33, 64, 100, 128, 243, 256, 512, 1000].flatMap((length) => calls(length)),
    ...calls(1024),
    ...calls(1025),
    ...calls(3, 4),
    ...calls(2, 3, 6),
    ...calls(65, 8),
    ...calls(130, 5),
    ...calls(0, 8),
    ...calls(3, 0),
    ...[8, 5].map(
      (length): Case<FftAttributes> => ({
        inputs: [{ dtype: "f32", shape: [2, length, 2] }],
        attributes: { inverse: false },
        values: [Array.from({ length: 4 * length }, (_, i) => (i === 2 || i === 3 ? Number.NaN : i / length))],
      }),
    ),
  ],
});
