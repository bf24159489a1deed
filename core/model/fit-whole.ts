// Fitting on all rows at once what can also be fitted batch by batch: one batch.
import type { EstimatorDefinition } from "./estimator.ts";
import type { PartialFit } from "./partial-fit.ts";

/** The `fit` of a definition, from its statistics. */
export const fitWhole =
  <Specification extends { readonly kind: string }, Statistics>(
    partial: PartialFit<Specification, Statistics>,
  ): EstimatorDefinition<Specification>["fit"] =>
  async (specification, data, context) => {
    const none = partial.start(specification, { columns: data.x.columns, classes: data.classCount ?? 0 });
    return partial.finish(specification, await partial.add(specification, none, data, context));
  };
