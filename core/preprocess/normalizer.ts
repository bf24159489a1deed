// Normalizer: each row to length 1. It learns nothing.
import { ArgumentError } from "@millrace/kernels";
import type { Normalizer } from "./numeric-specification.ts";
import type { NumericStepDefinition } from "./numeric-step.ts";

/** See Normalizer. */
export const normalizerDefinition: NumericStepDefinition<Normalizer, null> = {
  takesMissing: false,
  check: ({ norm }) => {
    if (norm !== "l1" && norm !== "l2" && norm !== "max")
      throw new ArgumentError(`norm takes "l1", "l2" or "max", but got ${JSON.stringify(norm)}`);
  },
  start: () => null,
  add: () => null,
  merge: () => null,
  finish: ({ norm }, _, names) => ({
    parameters: {},
    featureNames: names,
    apply: ({ matrix }) => {
      const over = { axis: 1, keepDimensions: true } as const;
      // Scaled by the largest first, so that squares neither overflow nor vanish.
      const largest = matrix.absolute().max(over);
      const safe = largest.equal(0).where(1, largest);
      const scaled = matrix.divide(safe);
      if (norm === "max") return { matrix: scaled };
      const size = norm === "l1" ? scaled.absolute().sum(over) : scaled.square().sum(over).sqrt();
      return { matrix: scaled.divide(size.equal(0).where(1, size)) };
    },
  }),
};
