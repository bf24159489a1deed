// Element-wise work: one function that costs arithmetic, and a chain of cheap ones.
import { closely, elementOf, input, type Task } from "./task.ts";

/** y = f(x) for `size` elements. */
export interface ElementFunction {
  readonly kind: "function";
  readonly function: "exp" | "log" | "tanh" | "erf" | "sigmoid";
  readonly size: number;
}

/** Six element-wise functions in a row: min(max(x * 1.5 + 0.25, 0) * 0.5 - 1, 3). */
export interface Chain {
  readonly kind: "chain";
  readonly size: number;
}

/** erf by its Maclaurin series, and above 3 by the continued fraction of erfc (Abramowitz and Stegun, 7.1.5 and 7.1.14). */
const erf = (x: number): number => {
  const size = Math.abs(x);
  if (size > 3) {
    let fraction = size;
    for (let n = 60; n > 0; n--) fraction = size + n / 2 / fraction;
    return Math.sign(x) * (1 - Math.exp(-x * x) / Math.sqrt(Math.PI) / fraction);
  }
  let power = x;
  let sum = x;
  for (let n = 1; n < 80; n++) {
    power *= (-x * x) / n;
    sum += power / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
};

const functions = {
  exp: Math.exp,
  log: Math.log,
  tanh: Math.tanh,
  erf,
  sigmoid: (x: number) => 1 / (1 + Math.exp(-x)),
};

export const functionTask = ({ function: name, size }: ElementFunction): Task => ({
  measure: { unit: "Gelem/s", amount: size, roof: "copy", bytes: 8 * size },
  inputs: () => [name === "log" ? input([size], 5, 1e-3, 8) : input([size], 5, -6, 6)],
  outputShape: [size],
  expected: (inputs) => {
    const x = elementOf(inputs, 0);
    const f = functions[name];
    return (index) => f(x(index));
  },
  tolerance: closely,
});

export const chainTask = ({ size }: Chain): Task => ({
  measure: { unit: "GB/s", amount: 8 * size, roof: "copy", bytes: 8 * size },
  inputs: () => [input([size], 7, -4, 4)],
  outputShape: [size],
  expected: (inputs) => {
    const x = elementOf(inputs, 0);
    return (index) => Math.min(Math.max(x(index) * 1.5 + 0.25, 0) * 0.5 - 1, 3);
  },
  tolerance: closely,
});
