// A result is compared with the float64 meaning of its workload before its time counts. The expected values are computed
// once, by whoever runs the case, and handed to every participant.
import { sizeOf, type Task, type Tolerance } from "./task.ts";

/** Elements of the right result. */
export interface Expectation {
  readonly size: number;
  readonly samples: readonly { readonly index: number; readonly value: number }[];
  readonly tolerance: Tolerance;
}

/** Computes the elements that are compared: those that the task names, or up to 64, the first and the last among them. */
export const expectationOf = (task: Task): Expectation => {
  const size = sizeOf(task.outputShape);
  const count = Math.min(size, 64);
  const indices =
    task.samples ??
    Array.from({ length: count }, (_, i) => (count === 1 ? 0 : Math.round((i * (size - 1)) / (count - 1))));
  const expected = task.expected(task.inputs());
  return { size, samples: indices.map((index) => ({ index, value: expected(index) })), tolerance: task.tolerance };
};

/** @returns what is wrong with a result, or undefined */
export const findWrongResult = (
  { size, samples, tolerance }: Expectation,
  output: ArrayLike<number>,
): string | undefined => {
  if (output.length !== size) return `gave ${output.length} elements where ${size} were due`;
  for (const { index, value } of samples) {
    const got = output[index] ?? Number.NaN;
    if (!(Math.abs(got - value) <= tolerance.absolute + tolerance.relative * Math.abs(value)))
      return `element ${index} is ${got} where ${value} was due`;
  }
  return undefined;
};
