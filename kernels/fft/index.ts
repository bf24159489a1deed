// Fourier transforms.
export { fft } from "./fft.ts";
export type { FftAttributes } from "./shape.ts";
