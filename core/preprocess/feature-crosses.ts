// FeatureCrosses: products of chosen columns. It learns nothing but where their names stand.
import { ArgumentError } from "@millrace/kernels";
import { concatenate, type Tensor } from "../tensor/tensor.ts";
import { FitError } from "./error.ts";
import type { FeatureCrosses } from "./numeric-specification.ts";
import type { NumericStepDefinition } from "./numeric-step.ts";

/** See FeatureCrosses. */
export const featureCrossesDefinition: NumericStepDefinition<FeatureCrosses, null> = {
  takesMissing: false,
  check: ({ crosses }) => {
    const short = crosses.find((names) => names.length < 2);
    if (crosses.length === 0 || short)
      throw new ArgumentError(
        `crosses takes lists of two or more columns, but got ${JSON.stringify(short ?? crosses)}`,
      );
  },
  start: () => null,
  add: () => null,
  merge: () => null,
  finish: ({ crosses, keepColumns }, _, names) => {
    const places = crosses.map((cross) =>
      cross.map((name) => {
        const place = names.indexOf(name);
        if (place < 0)
          throw new FitError(
            name,
            -1,
            `is crossed, but does not reach FeatureCrosses; there are ${names.slice(0, 12).join(", ")}`,
          );
        return place;
      }),
    );
    return {
      parameters: {},
      featureNames: [...(keepColumns ? names : []), ...crosses.map((cross) => cross.join(" "))],
      apply: ({ matrix }) => {
        const rows = matrix.shape[0] ?? 0;
        const products = places.map((columns) =>
          columns
            .map((column): Tensor => matrix.slice([0, column], [rows, 1]))
            .reduce((product, column) => product.multiply(column)),
        );
        return { matrix: concatenate(keepColumns ? [matrix, ...products] : products, 1) };
      },
    };
  },
};
