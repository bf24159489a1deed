// PowerTransformer: Box and Cox's curve (1964) or Yeo and Johnson's (2000) for each column, of the largest likelihood as a
// normal distribution. Exact from all values, so shards merge exactly.
import { ArgumentError } from "@millrace/kernels";
import { expm1, log1p } from "../tensor/elementary.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { columnValues, type KeptBatches, keepBatch, mergeBatches } from "./column-values.ts";
import { FitError } from "./error.ts";
import { minimise } from "./minimise.ts";
import type { PowerTransformer } from "./numeric-specification.ts";
import { fittedVector, type NumericStepDefinition, taken } from "./numeric-step.ts";

/** (exp(a u) - 1) / a, which is u for a = 0. */
const curve = (u: number, a: number): number => (Math.abs(a) < 1e-12 ? u : Math.expm1(a * u) / a);

const yeoJohnson = (x: number, lambda: number): number =>
  x >= 0 ? curve(Math.log1p(x), lambda) : -curve(Math.log1p(-x), 2 - lambda);
const boxCox = (x: number, lambda: number): number => curve(Math.log(x), lambda);

const momentsOf = (values: Float64Array): { mean: number; variance: number } => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length };
};

/** One side of a curve, written about a place u0 among the values so that float32 loses nothing to a large offset. */
interface Branch {
  readonly exponent: number;
  /** exp(u0) - 1, the place as a magnitude, and exp(-u0). */
  readonly place: number;
  readonly inverse: number;
  readonly gain: number;
  readonly shift: number;
}

const branchOf = (u: Float64Array, a: number, sign: number, mean: number, deviation: number): Branch => {
  const place = u.length === 0 ? 0 : u.reduce((sum, value) => sum + value, 0) / u.length;
  // At 1e-7 the curve is a line to float32, and needs no form of its own.
  const exponent = Math.abs(a) < 1e-7 ? 1e-7 : a;
  const gain = (sign * Math.exp(exponent * place)) / (exponent * deviation);
  return {
    exponent,
    place: Math.expm1(place),
    inverse: Math.exp(-place),
    gain,
    shift: (sign * curve(place, exponent) - mean) / deviation,
  };
};

const fitColumn = (values: Float64Array, { method, standardize }: PowerTransformer) => {
  const transform = method === "boxCox" ? boxCox : yeoJohnson;
  const slope = values.reduce(
    (sum, x) => sum + (method === "boxCox" ? Math.log(x) : Math.sign(x) * Math.log1p(Math.abs(x))),
    0,
  );
  const isConstant = values.every((value) => value === values[0]);
  // Of one sign, values are bent about a place among them: far from 0 a curve is flat, and its variance would be rounding.
  const oneSided = values.every((x) => x >= 0);
  const u = oneSided ? values.map((x) => (method === "boxCox" ? Math.log(x) : Math.log1p(x))) : values;
  const middle = oneSided ? momentsOf(u).mean : 0;
  const loss = (lambda: number): number => {
    const { variance } = momentsOf(
      oneSided ? u.map((own) => curve(own - middle, lambda)) : values.map((x) => transform(x, lambda)),
    );
    const logVariance = Math.log(variance) + 2 * lambda * middle;
    return (values.length / 2) * logVariance - (lambda - 1) * slope;
  };
  // Any curve of a constant is a constant; 1 keeps it as it is.
  const lambda = isConstant ? 1 : minimise(loss);
  const own = momentsOf(values.map((x) => transform(x, lambda)));
  const mean = standardize ? own.mean : 0;
  const deviation = standardize && !isConstant ? Math.sqrt(own.variance) : 1;
  const positive = values.filter((x) => x >= 0).map((x) => (method === "boxCox" ? Math.log(x) : Math.log1p(x)));
  const negative = values.filter((x) => x < 0).map((x) => Math.log1p(-x));
  return {
    lambda,
    above: branchOf(positive, lambda, 1, mean, deviation),
    below: branchOf(negative, 2 - lambda, -1, mean, deviation),
  };
};

/** See PowerTransformer. */
export const powerTransformerDefinition: NumericStepDefinition<PowerTransformer, KeptBatches> = {
  takesMissing: true,
  check: ({ method }) => {
    if (method !== "yeoJohnson" && method !== "boxCox")
      throw new ArgumentError(`method takes "yeoJohnson" or "boxCox", but got ${JSON.stringify(method)}`);
  },
  start: () => [],
  add: keepBatch,
  merge: mergeBatches,
  finish: (step, kept, names) => {
    const fitted = names.map((name, column) => {
      const values = columnValues(kept, column);
      if (values.length === 0)
        throw new FitError(name, -1, "no training row has a value, so there is nothing for PowerTransformer to learn");
      if (step.method === "boxCox" && values.some((value) => value <= 0))
        throw new FitError(name, -1, 'holds numbers that are not above 0: take the method "yeoJohnson"');
      return fitColumn(values, step);
    });
    const sides = step.method === "boxCox" ? (["above"] as const) : (["above", "below"] as const);
    const parts = ["exponent", "place", "inverse", "gain", "shift"] as const;
    const side = (x: Tensor, name: "above" | "below", parameters: Parameters<typeof taken>[0]): Tensor => {
      const own = (part: string): Tensor => taken(parameters, `${name}.${part}`);
      const place = own("place");
      // The logarithm of a ratio to the place, not a difference of logarithms, which would be rounding where values are far
      // from 0 beside their spread; near 0 it is the difference of values that keeps the digits.
      const shifted = step.method === "boxCox" ? x : x.add(1);
      const ratio = shifted.multiply(own("inverse")).log();
      const near = log1p(x.subtract(place).multiply(own("inverse")));
      const u = step.method === "boxCox" ? ratio : place.less(1).where(near, ratio);
      return expm1(u.multiply(own("exponent")))
        .multiply(own("gain"))
        .add(own("shift"));
    };
    return {
      parameters: Object.fromEntries(
        sides.flatMap((name) =>
          parts.map((part) => [`${name}.${part}`, fittedVector(fitted.map((own) => own[name][part]))]),
        ),
      ),
      featureNames: names,
      apply: ({ matrix, present }, parameters) => {
        if (step.method === "boxCox") return { matrix: side(matrix, "above", parameters), present };
        const above = side(matrix.maximum(0), "above", parameters);
        const below = side(matrix.negate().maximum(0), "below", parameters);
        return { matrix: matrix.less(0).where(below, above), present };
      },
    };
  },
};
