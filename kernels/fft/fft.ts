// The discrete Fourier transform of rows of complex numbers. A complex number is a pair in a last axis of size 2: devices
// know no complex type, a pair is what C, NumPy and PyTorch (view_as_real) keep in memory, and every other op works on it.
import { op } from "../contract/op.ts";
import { byteSizeOf } from "../contract/tensor-type.ts";
import { type FftAttributes, fftShape } from "./shape.ts";

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
});
