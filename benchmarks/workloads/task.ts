// What a kind of work has to say about itself: each file of this folder makes one of these from its sizes.

/** What `value` counts, a second; higher is better. */
export type Unit = "GFLOP/s" | "GB/s" | "Gelem/s" | "Mcalls/s";

/** The machine's limit that a workload is measured against. Every participant is held to the same one. */
export type RoofKind = "multiply-add" | "copy" | "read" | "launch";

export interface Measure {
  readonly unit: Unit;
  /** Work of one run, in the unit without its 10^9 (10^6 for calls). */
  readonly amount: number;
  readonly roof: RoofKind;
  /** Bytes that one run must move at least: the size at which the copy and read roofs are measured. */
  readonly bytes: number;
}

export const scaleOf = (unit: Unit): number => (unit === "Mcalls/s" ? 1e6 : 1e9);

/** A tensor that a workload starts from. */
export interface Input {
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

/** How far a result may lie from the float64 one: wide enough for any order of summation, far from any wrong answer. */
export interface Tolerance {
  readonly relative: number;
  readonly absolute: number;
}

/** Mean and variance of random numbers, and the smallest and largest that may come. */
export interface Distribution {
  readonly mean: number;
  readonly variance: number;
  readonly low: number;
  readonly high: number;
}

/** The usual one. */
export const closely: Tolerance = { relative: 1e-4, absolute: 1e-6 };

/** A workload's meaning, from which every participant starts and against which each is checked. */
export interface Task {
  /** How its speed is counted. */
  readonly measure: Measure;
  /** The inputs, the same in every process. Made anew at each call: they may be large. */
  readonly inputs: () => readonly Input[];
  readonly outputShape: readonly number[];
  /** From the inputs, a function that gives one element of the result in float64. */
  readonly expected: (inputs: readonly Input[]) => (index: number) => number;
  readonly tolerance: Tolerance;
  /** What the numbers of a random result have in common; given where they are not known one by one. */
  readonly distribution?: Distribution;
  /** Elements to compare; up to 64 spread evenly, the first and the last among them, if absent. */
  readonly samples?: readonly number[];
}

/** Numbers in [low, high), the same in every process: a 32-bit xorshift (Marsaglia, "Xorshift RNGs", 2003). */
const fill = (size: number, seed: number, low: number, high: number): Float32Array<ArrayBuffer> => {
  const values = new Float32Array(size);
  let state = seed | 1;
  for (let i = 0; i < size; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    values[i] = low + (high - low) * ((state >>> 8) / 2 ** 24);
  }
  return values;
};

export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, axis) => size * axis, 1);

/** An input of numbers in [low, high). */
export const input = (shape: readonly number[], seed: number, low = -1, high = 1): Input => ({
  shape,
  data: fill(sizeOf(shape), seed, low, high),
});

/** An element of the n-th input; NaN beyond its end, so that a wrong index shows. */
export const elementOf = (inputs: readonly Input[], n: number): ((index: number) => number) => {
  const data = inputs[n]?.data ?? new Float32Array();
  return (index) => data[index] ?? Number.NaN;
};
