// Fits that grow batch by batch: sufficient statistics that rows are added to, that shards merge, and that give the model.
import { ArgumentError } from "@millrace/kernels";
import { defaultDevice } from "../device/default-device.ts";
import { checkSeed } from "../validate/random-stream.ts";
import type { FitContext, FitData, FittedModel } from "./estimator.ts";
import { definitionOf } from "./estimators.ts";
import { checkData, type FittedEstimator, openModel } from "./fit-estimator.ts";

/** How an estimator is fitted batch by batch. Statistics are values: adding and merging give new ones. */
export interface PartialFit<Specification, Statistics> {
  /** Statistics of no row. */
  readonly start: (
    specification: Specification,
    sizes: { readonly columns: number; readonly classes: number },
  ) => Statistics;
  /** @throws ArgumentError for rows that the estimator does not take */
  readonly add: (
    specification: Specification,
    statistics: Statistics,
    data: FitData,
    context: FitContext,
  ) => Statistics | Promise<Statistics>;
  /** Statistics of the rows of both; absent where the order of batches matters. */
  readonly merge?: (left: Statistics, right: Statistics) => Statistics;
  /** @throws ArgumentError when there were too few rows */
  readonly finish: (specification: Specification, statistics: Statistics) => FittedModel;
}

/** A fit on its way. Immutable: a batch or shard gives a new one. */
export interface GrowingFit {
  readonly statistics: unknown;
  /** With the rows of a batch. @throws ArgumentError for rows that the estimator does not take */
  add(data: FitData): Promise<GrowingFit>;
  /** With the rows of another shard of the same specification. @throws ArgumentError where the order of batches matters */
  merge(other: GrowingFit): GrowingFit;
  /** The model of the rows so far; more can be added afterwards. @throws ArgumentError when there were too few */
  finish(): FittedEstimator;
}

/**
 * Starts a fit that takes its rows in batches, for tables larger than memory, shards and streams.
 * @throws ArgumentError for wrong options, or an estimator that is fitted on all rows at once
 * @example
 * let fit = await startPartialFit(gaussianNaiveBayes(), { columns: 4, classCount: 3 });
 * for (const batch of batches) fit = await fit.add(batch);
 * const { probabilities } = await fit.finish().predict(rows);
 */
export const startPartialFit = async <Specification extends { readonly kind: string }>(
  specification: Specification,
  sizes: { readonly columns: number; readonly classCount?: number },
  options: Partial<FitContext> = {},
): Promise<GrowingFit> => {
  const definition = await definitionOf(specification.kind);
  definition.check(specification);
  const { partial, takesMissing, kind } = definition;
  if (!partial) throw new ArgumentError(`${kind} is fitted on all rows at once: use fitEstimator`);
  const device = options.device ?? (await defaultDevice());
  const context = { ...options, device, seed: checkSeed(options.seed ?? 0) };
  const { columns } = sizes;
  const grow = (statistics: unknown): GrowingFit => ({
    statistics,
    add: async (data) => {
      checkData(data, takesMissing);
      if (data.x.columns !== columns)
        throw new ArgumentError(`the fit takes ${columns} columns, but the batch has ${data.x.columns}`);
      const classed = data.codes ? { ...data, classCount: data.classCount ?? sizes.classCount } : data;
      return grow(await partial.add(specification, statistics, classed, context));
    },
    merge: (other) => {
      if (!partial.merge) throw new ArgumentError(`${kind} takes batches in one order; its shards do not merge`);
      return grow(partial.merge(statistics, other.statistics));
    },
    finish: () => openModel(definition, specification, partial.finish(specification, statistics), { columns }, device),
  });
  return grow(partial.start(specification, { columns, classes: sizes.classCount ?? 0 }));
};
