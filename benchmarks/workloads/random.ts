// Random numbers. Every participant has a generator of its own, so what is checked is their distribution.
import { closely, type Task } from "./task.ts";

/** f32 uniform in [0, 1), or of mean 0 and variance 1. The input is a seed as two words, written as f32. */
export interface Random {
  readonly kind: "random";
  readonly distribution: "uniform" | "normal";
  readonly size: number;
}

export const randomTask = ({ distribution, size }: Random): Task => ({
  measure: { unit: "Gelem/s", amount: size, roof: "copy", bytes: 4 * size },
  inputs: () => [{ shape: [2], data: Float32Array.of(0, 7) }],
  outputShape: [size],
  expected: () => () => Number.NaN,
  samples: [],
  distribution:
    distribution === "uniform"
      ? { mean: 0.5, variance: 1 / 12, low: 0, high: 1 - 2 ** -25 }
      : { mean: 0, variance: 1, low: -9, high: 9 },
  tolerance: closely,
});
