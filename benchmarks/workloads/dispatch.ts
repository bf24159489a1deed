// Work so small that only the call counts.
import { closely, elementOf, type Input, input, type Task } from "./task.ts";

/** x + y of 16 elements: what one call costs when there is nothing to do. */
export interface SmallAdd {
  readonly kind: "small-add";
}

/** `steps` products of 16 x 16 matrices, each taking the result before it. */
export interface SmallMatmuls {
  readonly kind: "small-matmuls";
  readonly steps: number;
}

export const smallAddTask = (): Task => ({
  measure: { unit: "Mcalls/s", amount: 1, roof: "launch", bytes: 192 },
  inputs: () => [input([16], 3), input([16], 9)],
  outputShape: [16],
  expected: (inputs) => {
    const x = elementOf(inputs, 0);
    const y = elementOf(inputs, 1);
    return (index) => x(index) + y(index);
  },
  tolerance: closely,
});

/** Every result of a chain of small products, in float64. */
const smallMatmuls = (inputs: readonly Input[], steps: number): Float64Array => {
  let x = Float64Array.from(inputs[0]?.data ?? []);
  const w = elementOf(inputs, 1);
  for (let step = 0; step < steps; step++) {
    const next = new Float64Array(256);
    for (let i = 0; i < 256; i++)
      for (let k = 0; k < 16; k++) next[i] = (next[i] ?? 0) + (x[(i & ~15) + k] ?? Number.NaN) * w(k * 16 + (i & 15));
    x = next;
  }
  return x;
};

export const smallMatmulsTask = ({ steps }: SmallMatmuls): Task => ({
  measure: { unit: "Mcalls/s", amount: steps, roof: "launch", bytes: 1024 * (steps + 2) },
  inputs: () => [input([16, 16], 3), input([16, 16], 9, -0.4, 0.4)],
  outputShape: [16, 16],
  expected: (inputs) => {
    const all = smallMatmuls(inputs, steps);
    return (index) => all[index] ?? Number.NaN;
  },
  tolerance: { relative: 1e-3, absolute: 1e-7 },
});
