// MissingIndicator: features of 0 and 1 for what is missing, in place of the numbers. Counts merge exactly.
import { ArgumentError } from "@millrace/kernels";
import { concatenate, type Tensor } from "../tensor/tensor.ts";
import { FitError } from "./error.ts";
import type { MissingIndicator } from "./numeric-specification.ts";
import type { NumericStepDefinition } from "./numeric-step.ts";

/** See MissingIndicator. The state: missing values by column. */
export const missingIndicatorDefinition: NumericStepDefinition<MissingIndicator, readonly number[]> = {
  takesMissing: true,
  fills: true,
  check: ({ features }) => {
    if (features !== "missingOnly" && features !== "all")
      throw new ArgumentError(`features takes "missingOnly" or "all", but got ${JSON.stringify(features)}`);
  },
  start: (width) => new Array<number>(width).fill(0),
  add: (counts, { values, rows, width }) =>
    counts.map((count, column) => {
      let own = count;
      for (let row = 0; row < rows; row++) if (Number.isNaN(values[row * width + column])) own++;
      return own;
    }),
  merge: (left, right) => left.map((count, i) => count + (right[i] ?? 0)),
  finish: ({ features }, counts, names) => {
    const kept = names.flatMap((_, i) => (features === "all" || (counts[i] ?? 0) > 0 ? [i] : []));
    if (kept.length === 0)
      throw new FitError(
        names[0] ?? "",
        -1,
        'no column of the group misses a value: leave the indicator out, or take features "all"',
      );
    return {
      parameters: {},
      featureNames: kept.map((i) => `missingindicator_${names[i]}`),
      apply: ({ matrix, present }) => {
        const absent: Tensor = present ? present.not().to("f32") : matrix.multiply(0);
        if (kept.length === names.length) return { matrix: absent };
        const rows = matrix.shape[0] ?? 0;
        return {
          matrix: concatenate(
            kept.map((column) => absent.slice([0, column], [rows, 1])),
            1,
          ),
        };
      },
    };
  },
};
