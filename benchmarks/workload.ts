// What is measured, as plain data that every participant understands: each builds it in its own way, from the same inputs,
// and is checked against the float64 meaning below before its time counts.

/** One piece of work. Matrices are row-major f32. */
export type Workload =
  /** `batch` products [m, k] x [k, n]. */
  | {
      readonly kind: "matmul";
      readonly batch: number;
      readonly m: number;
      readonly k: number;
      readonly n: number;
    }
  /** y = f(x) for `size` elements. */
  | { readonly kind: "function"; readonly function: "exp" | "log" | "tanh" | "sigmoid"; readonly size: number }
  /** Six element-wise functions in a row: min(max(x * 1.5 + 0.25, 0) * 0.5 - 1, 3). */
  | { readonly kind: "chain"; readonly size: number }
  /** Sum over one axis of [rows, columns]: 1 gives a value a row, 0 a value a column. */
  | { readonly kind: "sum"; readonly rows: number; readonly columns: number; readonly axis: 0 | 1 }
  | { readonly kind: "softmax"; readonly rows: number; readonly columns: number }
  /** x + y of 16 elements: what one call costs when there is nothing to do. */
  | { readonly kind: "small-add" }
  /** `steps` products of 16 x 16 matrices, each taking the result before it. */
  | { readonly kind: "small-matmuls"; readonly steps: number };

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

/** How a workload's speed is counted. */
export const measureOf = (workload: Workload): Measure => {
  switch (workload.kind) {
    case "matmul": {
      const { batch, m, k, n } = workload;
      const bytes = 4 * batch * (m * k + k * n + m * n);
      // A product with one row reads each element of b once for two operations: memory is its limit.
      if (m === 1 && batch === 1) return { unit: "GB/s", amount: bytes, roof: "read", bytes };
      return { unit: "GFLOP/s", amount: 2 * batch * m * k * n, roof: "multiply-add", bytes };
    }
    case "function":
      return { unit: "Gelem/s", amount: workload.size, roof: "copy", bytes: 8 * workload.size };
    case "chain":
      return { unit: "GB/s", amount: 8 * workload.size, roof: "copy", bytes: 8 * workload.size };
    case "sum": {
      const bytes = 4 * workload.rows * workload.columns;
      return { unit: "GB/s", amount: bytes, roof: "read", bytes };
    }
    case "softmax": {
      const bytes = 8 * workload.rows * workload.columns;
      return { unit: "GB/s", amount: bytes, roof: "copy", bytes };
    }
    case "small-add":
      return { unit: "Mcalls/s", amount: 1, roof: "launch", bytes: 192 };
    case "small-matmuls":
      return { unit: "Mcalls/s", amount: workload.steps, roof: "launch", bytes: 1024 * (workload.steps + 2) };
  }
};

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

/** A tensor that a workload starts from. */
export interface Input {
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

const product = (shape: readonly number[]): number => shape.reduce((size, axis) => size * axis, 1);
const input = (shape: readonly number[], seed: number, low = -1, high = 1): Input => ({
  shape,
  data: fill(product(shape), seed, low, high),
});

/** The inputs of a workload. A batch of one is a plain matrix. */
export const inputsOf = (workload: Workload): readonly Input[] => {
  switch (workload.kind) {
    case "matmul": {
      const { batch, m, k, n } = workload;
      const lead = batch === 1 ? [] : [batch];
      return [input([...lead, m, k], 11), input([...lead, k, n], 23)];
    }
    case "function":
      return [workload.function === "log" ? input([workload.size], 5, 1e-3, 8) : input([workload.size], 5, -6, 6)];
    case "chain":
      return [input([workload.size], 7, -4, 4)];
    case "sum":
    case "softmax":
      return [input([workload.rows, workload.columns], 3)];
    case "small-add":
      return [input([16], 3), input([16], 9)];
    case "small-matmuls":
      return [input([16, 16], 3), input([16, 16], 9, -0.4, 0.4)];
  }
};

const functions = { exp: Math.exp, log: Math.log, tanh: Math.tanh, sigmoid: (x: number) => 1 / (1 + Math.exp(-x)) };

/** Shape of a workload's result. */
export const outputShapeOf = (workload: Workload): readonly number[] => {
  switch (workload.kind) {
    case "matmul":
      return workload.batch === 1 ? [workload.m, workload.n] : [workload.batch, workload.m, workload.n];
    case "function":
    case "chain":
      return [workload.size];
    case "sum":
      return [workload.axis === 1 ? workload.rows : workload.columns];
    case "softmax":
      return [workload.rows, workload.columns];
    case "small-add":
      return [16];
    case "small-matmuls":
      return [16, 16];
  }
};

/** Every result of a chain of small products, in float64. */
const smallMatmuls = (inputs: readonly Input[], steps: number): Float64Array => {
  let x = Float64Array.from(inputs[0]?.data ?? []);
  const w = inputs[1]?.data ?? new Float32Array(256);
  for (let step = 0; step < steps; step++) {
    const next = new Float64Array(256);
    for (let i = 0; i < 256; i++)
      for (let k = 0; k < 16; k++)
        next[i] = (next[i] ?? 0) + (x[(i & ~15) + k] ?? Number.NaN) * (w[k * 16 + (i & 15)] ?? Number.NaN);
    x = next;
  }
  return x;
};

/** A function that gives one element of the result in float64. */
export const expectedOf = (workload: Workload, inputs: readonly Input[]): ((index: number) => number) => {
  const x = inputs[0]?.data ?? new Float32Array();
  const y = inputs[1]?.data ?? new Float32Array();
  const at = (data: Float32Array, index: number): number => data[index] ?? Number.NaN;
  switch (workload.kind) {
    case "matmul": {
      const { m, k, n } = workload;
      return (index) => {
        const batch = Math.floor(index / (m * n));
        const row = Math.floor(index / n) % m;
        let sum = 0;
        for (let i = 0; i < k; i++) sum += at(x, (batch * m + row) * k + i) * at(y, (batch * k + i) * n + (index % n));
        return sum;
      };
    }
    case "function": {
      const f = functions[workload.function];
      return (index) => f(at(x, index));
    }
    case "chain":
      return (index) => Math.min(Math.max(at(x, index) * 1.5 + 0.25, 0) * 0.5 - 1, 3);
    case "sum": {
      const { rows, columns, axis } = workload;
      return (index) => {
        let sum = 0;
        if (axis === 1) for (let i = 0; i < columns; i++) sum += at(x, index * columns + i);
        else for (let i = 0; i < rows; i++) sum += at(x, i * columns + index);
        return sum;
      };
    }
    case "softmax": {
      const { columns } = workload;
      return (index) => {
        const from = index - (index % columns);
        let sum = 0;
        for (let i = 0; i < columns; i++) sum += Math.exp(at(x, from + i));
        return Math.exp(at(x, index)) / sum;
      };
    }
    case "small-add":
      return (index) => at(x, index) + at(y, index);
    case "small-matmuls": {
      const all = smallMatmuls(inputs, workload.steps);
      return (index) => all[index] ?? Number.NaN;
    }
  }
};

/** How far a result may lie from the float64 one: wide enough for any order of summation, far from any wrong answer. */
const toleranceOf = (workload: Workload): { readonly relative: number; readonly absolute: number } => {
  switch (workload.kind) {
    case "matmul":
      return { relative: 1e-4, absolute: 1e-5 * Math.sqrt(workload.k) };
    case "sum":
      return { relative: 1e-4, absolute: 1e-3 * Math.sqrt(workload.axis === 1 ? workload.columns : workload.rows) };
    case "small-matmuls":
      return { relative: 1e-3, absolute: 1e-7 };
    default:
      return { relative: 1e-4, absolute: 1e-6 };
  }
};

/**
 * Compares up to 64 elements, the first and the last among them, with their float64 values.
 * @returns what is wrong, or undefined
 */
export const findWrongResult = (
  workload: Workload,
  inputs: readonly Input[],
  output: ArrayLike<number>,
): string | undefined => {
  const size = product(outputShapeOf(workload));
  if (output.length !== size) return `gave ${output.length} elements where ${size} were due`;
  const expected = expectedOf(workload, inputs);
  const { relative, absolute } = toleranceOf(workload);
  const count = Math.min(size, 64);
  for (let i = 0; i < count; i++) {
    const index = count === 1 ? 0 : Math.round((i * (size - 1)) / (count - 1));
    const want = expected(index);
    const got = output[index] ?? Number.NaN;
    if (!(Math.abs(got - want) <= absolute + relative * Math.abs(want)))
      return `element ${index} is ${got} where ${want} was due`;
  }
  return undefined;
};
