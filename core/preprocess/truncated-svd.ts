// TruncatedSVD: the definition. As PCA, of rows whose mean is left where it is.
import { ArgumentError } from "@millrace/kernels";
import { dot } from "../model/linear/householder.ts";
import { checkSeed } from "../validate/random-stream.ts";
import { keepBatch, mergeBatches } from "./column-values.ts";
import type { TruncatedSVD } from "./decomposition-specification.ts";
import { FitError } from "./error.ts";
import type { NumericStepDefinition } from "./numeric-step.ts";
import { checkWhole, type Gathered } from "./pca.ts";
import { principalOf } from "./principal.ts";
import { projectionStep } from "./projection.ts";
import { addRows, mergeRows, noRows, rowCount } from "./scatter.ts";
import { subspaceIteration } from "./subspace-iteration.ts";

/** See TruncatedSVD. */
export const truncatedSvdDefinition: NumericStepDefinition<TruncatedSVD, Gathered> = {
  takesMissing: false,
  check: ({ nComponents, algorithm, nIter, nOversamples, seed }) => {
    checkWhole("nComponents", nComponents, 1);
    if (algorithm !== "exact" && algorithm !== "randomized")
      throw new ArgumentError(`algorithm takes "exact" or "randomized", but got ${JSON.stringify(algorithm)}`);
    checkWhole("nIter", nIter, 0);
    checkWhole("nOversamples", nOversamples, 0);
    checkSeed(seed);
  },
  start: (width) => ({ sums: noRows(width), kept: [] }),
  add: ({ sums, kept }, batch, { algorithm }) =>
    algorithm === "randomized" ? { sums, kept: keepBatch(kept, batch) } : { sums: addRows(sums, batch, false), kept },
  merge: (left, right) => ({
    sums: mergeRows(left.sums, right.sums, false),
    kept: mergeBatches(left.kept, right.kept),
  }),
  finish: async ({ nComponents, algorithm, nIter, nOversamples, seed }, { sums, kept }, names, context) => {
    const width = names.length;
    const rows = rowCount(sums) + kept.reduce((sum, batch) => sum + batch.rows, 0);
    const most = Math.min(rows, width);
    if (nComponents > most)
      throw new FitError(
        names[0] ?? "",
        -1,
        `TruncatedSVD finds at most ${most} components of ${rows} rows and ${width} columns, but nComponents is ${nComponents}`,
      );
    const own = { components: nComponents, oversamples: nOversamples, iterations: nIter, seed, centred: false };
    const found =
      algorithm === "randomized"
        ? await subspaceIteration(kept, width, own, context)
        : await principalOf(sums, false, context.signal);
    const { count, mean, total } = found;
    const squares = found.squares.slice(0, nComponents);
    const components = found.components.slice(0, nComponents);
    const variance = Array.from(squares, (square, i) => square / count - dot(components[i] ?? mean, mean) ** 2);
    return projectionStep({
      components,
      prefix: "truncatedsvd",
      width,
      found: {
        explainedVariance: variance,
        explainedVarianceRatio: variance.map((own) => (own * count) / total),
        singularValues: Array.from(squares, Math.sqrt),
      },
    });
  },
};
