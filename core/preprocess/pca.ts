// PCA: the definition. Exact components come from sums that merge; randomised ones from all rows.
import { ArgumentError } from "@millrace/kernels";
import { checkSeed } from "../validate/random-stream.ts";
import { type KeptBatches, keepBatch, mergeBatches } from "./column-values.ts";
import type { PCA } from "./decomposition-specification.ts";
import { FitError } from "./error.ts";
import type { FittedStep, NumericStepDefinition } from "./numeric-step.ts";
import { type Principal, principalOf } from "./principal.ts";
import { projectionStep } from "./projection.ts";
import { addRows, mergeRows, noRows, type RowSums, rowCount } from "./scatter.ts";
import { subspaceIteration } from "./subspace-iteration.ts";

/** What is gathered: sums, or all rows. */
export interface Gathered {
  readonly sums: RowSums;
  readonly kept: KeptBatches;
}

/** Columns past which "auto" is randomised: their scatter takes 32 MiB. */
const exactColumns = 2048;

export const isRandomized = ({ svdSolver, nComponents }: PCA, width: number): boolean =>
  svdSolver === "randomized" ||
  (svdSolver === "auto" && width > exactColumns && nComponents !== null && nComponents >= 1);

/** @throws ArgumentError unless a whole number from `least` on */
export const checkWhole = (name: string, value: number, least: number): void => {
  if (!(Number.isInteger(value) && value >= least))
    throw new ArgumentError(`${name} takes a whole number from ${least} on, but got ${value}`);
};

/** The step of principal directions, whitened where asked. */
export const principalStep = (
  { count, mean, squares, components, total }: Principal,
  { whiten, prefix }: { readonly whiten: boolean; readonly prefix: string },
): FittedStep => {
  const variance = squares.map((square) => square / (count - 1));
  // A direction without variance stays as it is, as in scikit-learn.
  const scale = variance.map((own) => (whiten && own > Number.EPSILON ? 1 / Math.sqrt(own) : 1));
  return projectionStep({
    components: components.map((component, i) => component.map((weight) => weight * (scale[i] ?? 1))),
    mean,
    prefix,
    width: mean.length,
    found: {
      explainedVariance: [...variance],
      explainedVarianceRatio: Array.from(squares, (square) => square / total),
      singularValues: Array.from(squares, Math.sqrt),
    },
  });
};

/** How many components there shall be. */
const countOf = ({ nComponents }: PCA, { squares, count, mean, total }: Principal): number => {
  if (nComponents === null) return Math.min(count, mean.length);
  if (nComponents >= 1) return nComponents;
  let sum = 0;
  const place = squares.findIndex((square) => {
    sum += square / total;
    return sum > nComponents;
  });
  return place < 0 ? squares.length : place + 1;
};

/** See PCA. */
export const pcaDefinition: NumericStepDefinition<PCA, Gathered> = {
  takesMissing: false,
  check: ({ nComponents, svdSolver, iteratedPower, nOversamples, seed }) => {
    const whole = nComponents === null || (Number.isInteger(nComponents) && nComponents >= 1);
    if (!whole && !(nComponents > 0 && nComponents < 1))
      throw new ArgumentError(
        `nComponents takes a whole number from 1 on, a share between 0 and 1, or null, but got ${nComponents}`,
      );
    if (!["auto", "full", "randomized"].includes(svdSolver))
      throw new ArgumentError(`svdSolver takes "auto", "full" or "randomized", but got ${JSON.stringify(svdSolver)}`);
    if (svdSolver === "randomized" && !(nComponents !== null && nComponents >= 1))
      throw new ArgumentError(`svdSolver "randomized" takes a whole number as nComponents, but got ${nComponents}`);
    if (iteratedPower !== null) checkWhole("iteratedPower", iteratedPower, 0);
    checkWhole("nOversamples", nOversamples, 0);
    checkSeed(seed);
  },
  start: (width) => ({ sums: noRows(width), kept: [] }),
  add: ({ sums, kept }, batch, step) =>
    isRandomized(step, batch.width)
      ? { sums, kept: keepBatch(kept, batch) }
      : { sums: addRows(sums, batch, true), kept },
  merge: (left, right) => ({
    sums: mergeRows(left.sums, right.sums, true),
    kept: mergeBatches(left.kept, right.kept),
  }),
  finish: async (step, { sums, kept }, names, context) => {
    const { nComponents, whiten, iteratedPower, nOversamples, seed } = step;
    const width = names.length;
    const count = rowCount(sums) + kept.reduce((sum, batch) => sum + batch.rows, 0);
    const most = Math.min(count, width);
    if (count < 2) throw new FitError(names[0] ?? "", -1, `PCA takes at least two rows, but there are ${count}`);
    if (nComponents !== null && nComponents > most)
      throw new FitError(
        names[0] ?? "",
        -1,
        `PCA finds at most ${most} components of ${count} rows and ${width} columns, but nComponents is ${nComponents}`,
      );
    const components = nComponents ?? most;
    const found = isRandomized(step, width)
      ? await subspaceIteration(
          kept,
          width,
          {
            components,
            oversamples: nOversamples,
            iterations: iteratedPower ?? (components < 0.1 * most ? 7 : 4),
            seed,
            centred: true,
          },
          context,
        )
      : await principalOf(sums, true, context.signal);
    const wanted = countOf(step, found);
    return principalStep(
      { ...found, squares: found.squares.slice(0, wanted), components: found.components.slice(0, wanted) },
      { whiten, prefix: "pca" },
    );
  },
};
