// The plain float64 meaning of fft.
import type { Reference } from "../contract/reference.ts";
import { type FftAttributes, fftShape } from "./shape.ts";

/** The sum of the definition; the exponent is reduced to a whole part of a turn first, so that it is exact. */
export const fftReference: Reference<FftAttributes> = ([x], { inverse }) => {
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
