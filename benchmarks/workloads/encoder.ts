// Inference of a transformer encoder: blocks on [batch, length, width], and a norm behind the last.
import { float64Operations, Tape, variable } from "./float64-tape.ts";
import { applyBlocks } from "./network-functions.ts";
import { type Blocks, blockMultiplyAdds, blockParameters, namedParameters, parameterInputs } from "./networks.ts";
import { input, sizeOf, type Task } from "./task.ts";

export interface Encoder extends Blocks {
  readonly kind: "encoder";
  readonly batch: number;
}

/** The inputs: the sequences, then the parameters in their order. */
export const encoderTask = (workload: Encoder): Task => {
  const { batch, length, width } = workload;
  const shape = [batch, length, width];
  const parameters = blockParameters(workload);
  const sequence = length * width;
  return {
    measure: {
      unit: "GFLOP/s",
      amount: 2 * batch * blockMultiplyAdds(workload, false),
      roof: "multiply-add",
      bytes: 4 * (parameters.reduce((size, own) => size + sizeOf(own.shape), 0) + 2 * sizeOf(shape)),
    },
    inputs: () => [input(shape, 3), ...parameterInputs(parameters)],
    outputShape: shape,
    expected: ([x, ...weights]) => {
      const values = weights.map(({ data, shape: own }) => variable(Float64Array.from(data), own));
      const named = namedParameters(parameters, values);
      // Sequences do not see each other, so that one alone is computed: the one of an element asked for.
      const results = new Map<number, Float64Array>();
      return (index) => {
        const row = Math.floor(index / sequence);
        const own = Float64Array.from(x?.data.subarray(row * sequence, (row + 1) * sequence) ?? []);
        const result =
          results.get(row) ?? applyBlocks(float64Operations(new Tape()), workload, false, named, variable(own)).value;
        results.set(row, result);
        return result[index % sequence] ?? Number.NaN;
      };
    },
    tolerance: { relative: 1e-3, absolute: 1e-3 },
    // 32 elements of the last sequence; computing all of eight would take half a minute.
    samples: Array.from({ length: 32 }, (_, i) => (batch - 1) * sequence + Math.floor((i * (sequence - 1)) / 31)),
  };
};
