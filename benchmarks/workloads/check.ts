// A result is compared with the float64 meaning of its workload before its time counts. The expected values are computed
// once, by whoever runs the case, and handed to every participant.
import { type Distribution, sizeOf, type Task, type Tolerance } from "./task.ts";

/** Elements of the right result. */
export interface Expectation {
  readonly size: number;
  readonly samples: readonly { readonly index: number; readonly value: number }[];
  readonly tolerance: Tolerance;
  readonly distribution?: Distribution | undefined;
}

/** Computes the elements that are compared: those that the task names, or up to 64, the first and the last among them. */
export const expectationOf = (task: Task): Expectation => {
  const size = sizeOf(task.outputShape);
  const count = Math.min(size, 64);
  const indices =
    task.samples ??
    Array.from({ length: count }, (_, i) => (count === 1 ? 0 : Math.round((i * (size - 1)) / (count - 1))));
  const expected = task.expected(task.inputs());
  const samples = indices.map((index) => ({ index, value: expected(index) }));
  return { size, samples, tolerance: task.tolerance, distribution: task.distribution };
};

const findWrongDistribution = (
  { mean, variance, low, high }: Distribution,
  output: ArrayLike<number>,
): string | undefined => {
  let [sum, squares, outside] = [0, 0, 0];
  for (let i = 0; i < output.length; i++) {
    const value = output[i] ?? Number.NaN;
    sum += value;
    squares += value * value;
    if (!(value >= low && value <= high)) outside++;
  }
  if (outside > 0) return `${outside} random numbers are outside ${low} to ${high}`;
  const ownMean = sum / output.length;
  const ownVariance = squares / output.length - ownMean * ownMean;
  // Six standard deviations of what as many draws give, and twice that for the variance.
  const allowed = 6 * Math.sqrt(variance / output.length);
  if (Math.abs(ownMean - mean) < allowed && Math.abs(ownVariance - variance) < 2 * allowed) return undefined;
  return `mean ${ownMean} and variance ${ownVariance} where ${mean} and ${variance} were due`;
};

/** @returns what is wrong with a result, or undefined */
export const findWrongResult = (
  { size, samples, tolerance, distribution }: Expectation,
  output: ArrayLike<number>,
): string | undefined => {
  if (output.length !== size) return `gave ${output.length} elements where ${size} were due`;
  for (const { index, value } of samples) {
    const got = output[index] ?? Number.NaN;
    if (!(Math.abs(got - value) <= tolerance.absolute + tolerance.relative * Math.abs(value)))
      return `element ${index} is ${got} where ${value} was due`;
  }
  return distribution && findWrongDistribution(distribution, output);
};
