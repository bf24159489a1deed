// What a machine does in a second, measured in a few hundredths of one: the seed of estimates until jobs have run
// here. Coarse on purpose; what is learned from past jobs replaces it (domain/cost/estimate.ts).

/** The rates that estimates start from. */
export type Calibration = { readonly flopsPerSecond: number; readonly bytesPerSecond: number };

/** SIMD kernels do about this many times the work of a scalar loop in JavaScript (measured: 8 to 20 on 128-bit SIMD). */
const KERNEL_ADVANTAGE = 8;
const MULTIPLIES = 4_000_000;
const COPIED_BYTES = 32_000_000;

/** Best of three, in seconds: a pause of the machine only ever adds. */
function fastest(work: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    const start = performance.now();
    work();
    best = Math.min(best, (performance.now() - start) / 1000);
  }
  return Math.max(best, 1e-6);
}

/** Measures this machine: a chain of multiplications and additions, and a copy beyond its caches. */
export function calibrate(cores: number): Calibration {
  let product = 1.000001;
  const multiply = fastest(() => {
    for (let index = 0; index < MULTIPLIES; index++) product = product * 0.999999 + 1e-7;
  });
  const source = new Uint8Array(COPIED_BYTES);
  const target = new Uint8Array(COPIED_BYTES);
  const copy = fastest(() => target.set(source));
  // The product is read so that the loop cannot be dropped as dead; it is always finite.
  const flops = Number.isFinite(product) ? (2 * MULTIPLIES) / multiply : 0;
  return {
    flopsPerSecond: Math.round(flops * KERNEL_ADVANTAGE * cores),
    bytesPerSecond: Math.round((2 * COPIED_BYTES) / copy),
  };
}
