// Gaussian mixtures by expectation and maximisation (Dempster, Laird and Rubin 1977): a pass over the rows on the device, the
// components in float64 on the host. Columns are scaled by powers of two first, so that float32 holds their products.
import { ArgumentError } from "@millrace/kernels";
import { topK } from "../../tensor/sort.ts";
import { type Tensor, tensor } from "../../tensor/tensor.ts";
import { compile } from "../../transform/compile.ts";
import { randomStream } from "../../validate/random-stream.ts";
import { breather } from "../breath.ts";
import { checkCount, checkNumber, checkOption } from "../check-option.ts";
import type { EstimatorDefinition, FitContext, FitData, FittedModel } from "../estimator.ts";
import { parameterOf } from "../parameter-of.ts";
import { Assigner } from "./assign.ts";
import { type Block, Blocks } from "./blocks.ts";
import { clusterPurpose } from "./k-means.ts";
import { type Lloyd, lloyd } from "./lloyd.ts";
import { type Components, hardMoments, logDensities, type Moments, softMoments } from "./mixture-graph.ts";
import { isFullType, type Mixture, type MixtureTotals, maximise } from "./mixture-step.ts";
import type { GaussianMixture } from "./specification.ts";
import { checkClusterRows, placed, smallListOf } from "./state.ts";

/** Numbers of whole covariances at most; to factor those of one component of 2,896 columns takes some ten seconds a pass. */
const mostCovariances = 2 ** 23;

/** Powers of two that bring each column's deviation near 1; one for all where components are round. */
const scalesOf = ({ x: { rows, columns, data } }: FitData, isRound: boolean): Float32Array => {
  const deviations = Array.from({ length: columns }, (_, column) => {
    let mean = 0;
    let squares = 0;
    for (let at = column; at < data.length; at += columns) mean += (data[at] ?? 0) / rows;
    for (let at = column; at < data.length; at += columns) squares += ((data[at] ?? 0) - mean) ** 2 / rows;
    return Math.sqrt(squares);
  });
  const largest = Math.max(...deviations);
  return Float32Array.from(deviations, (own) => {
    const deviation = isRound ? largest : own;
    return deviation > 0 ? 2 ** -Math.round(Math.log2(deviation)) : 1;
  });
};

class Trial implements Disposable {
  readonly #rows: Blocks;
  readonly #specification: GaussianMixture;
  readonly #hard;
  readonly #soft;

  constructor(rows: Blocks, specification: GaussianMixture) {
    const { device } = rows;
    const isFull = isFullType(specification.covarianceType);
    this.#rows = rows;
    this.#specification = specification;
    this.#hard = compile((block: Block, labels: Tensor, means: Tensor) => hardMoments(block, labels, means, isFull), {
      device,
    });
    this.#soft = compile((block: Block, components: Components) => softMoments(block, components), { device });
  }

  /** Sums of blocks in float64. */
  async #add(
    passes: readonly Promise<Moments & { readonly likelihood?: Tensor }>[],
  ): Promise<MixtureTotals & { likelihood: number }> {
    const { nComponents, covarianceType } = this.#specification;
    const { columns } = this.#rows;
    const size = nComponents * columns;
    const totals = {
      weights: new Float64Array(nComponents),
      sums: new Float64Array(size),
      squares: new Float64Array(isFullType(covarianceType) ? size * columns : size),
      likelihood: new Float64Array(1),
    };
    for (const pass of passes)
      for (const [name, found] of Object.entries(await pass)) {
        using own: Tensor = found;
        const into = name === "weights" || name === "sums" || name === "squares" ? totals[name] : totals.likelihood;
        (await own.data()).forEach((value, i) => {
          into[i] = (into[i] ?? 0) + value;
        });
      }
    return { ...totals, likelihood: totals.likelihood[0] ?? 0 };
  }

  /** Sums of rows that belong to the clusters of a k-means. */
  async first(labels: Int32Array, means: Float64Array): Promise<MixtureTotals> {
    using own = tensor(Float32Array.from(means), [this.#specification.nComponents, this.#rows.columns]);
    let from = 0;
    const passes = this.#rows.all.map((block) => {
      const some = tensor(labels.subarray(from, from + (block.x.shape[0] ?? 0)));
      from += some.size;
      return this.#hard(block, some, own).finally(() => some.dispose());
    });
    return await this.#add(passes);
  }

  /** Sums of rows as a mixture shares them out, and their log-likelihood. */
  async next(mixture: Mixture): Promise<MixtureTotals & { readonly likelihood: number }> {
    const parameters = parametersOf(mixture, this.#rows.columns, isFullType(this.#specification.covarianceType));
    const components = {
      means: tensor(parameters.means.data, parameters.means.shape),
      precisions: tensor(parameters.precisions.data, parameters.precisions.shape),
      offsets: tensor(parameters.offsets.data, parameters.offsets.shape),
    };
    try {
      return await this.#add(this.#rows.all.map((block) => this.#soft(block, components)));
    } finally {
      for (const own of Object.values(components)) own.dispose();
    }
  }

  [Symbol.dispose](): void {
    this.#hard[Symbol.dispose]();
    this.#soft[Symbol.dispose]();
  }
}

const parametersOf = ({ means, precisions, offsets }: Mixture, columns: number, isFull: boolean) => {
  const components = offsets.length;
  return {
    means: { shape: [components, columns], data: Float32Array.from(means) },
    precisions: {
      shape: isFull ? [components, columns, columns] : [components, columns],
      data: Float32Array.from(precisions),
    },
    offsets: { shape: [components], data: Float32Array.from(offsets) },
  };
};

interface Found {
  readonly mixture: Mixture;
  /** Mean log-likelihood of a row, in the blocks' scale. */
  readonly likelihood: number;
  readonly iterations: number;
  readonly converged: boolean;
}

const run = async (
  specification: GaussianMixture,
  rows: Blocks,
  trial: Trial,
  { labels, centres }: Lloyd,
  toBlocks: (centre: number, column: number) => number,
  ridge: Float64Array,
  each: (iteration: number, likelihood: number) => Promise<void> | undefined,
): Promise<Found> => {
  const { maxIter, tol } = specification;
  const total = rows.weights.reduce((sum, weight) => sum + weight, 0);
  const means = Float64Array.from(centres, (value, i) => toBlocks(value, i % rows.columns));
  let mixture = maximise(specification, await trial.first(labels, means), means, ridge);
  let likelihood = Number.NEGATIVE_INFINITY;
  for (let iteration = 1; ; iteration++) {
    const totals = await trial.next(mixture);
    const own = totals.likelihood / total;
    const converged = Math.abs(own - likelihood) < tol;
    likelihood = own;
    if (converged || iteration > maxIter) return { mixture, likelihood, iterations: iteration - 1, converged };
    mixture = maximise(specification, totals, mixture.means, ridge);
    await each(iteration, own);
  }
};

const fit = async (
  specification: GaussianMixture,
  data: FitData,
  { device, seed, signal, report }: FitContext,
): Promise<FittedModel> => {
  const { kind, nComponents, nInit, maxIter, regCovar, covarianceType } = specification;
  checkClusterRows(kind, nComponents, data);
  const { columns } = data.x;
  if (isFullType(covarianceType) && nComponents * columns ** 2 > mostCovariances)
    throw new ArgumentError(
      `${kind}: covarianceType "${covarianceType}" of ${nComponents} components and ${columns} columns holds ${nComponents * columns ** 2} numbers, more than ${mostCovariances}: choose "diag", or put fewer columns in their place with PCA`,
    );
  const scales = scalesOf(data, covarianceType === "spherical");
  const scaled = data.x.data.map((value, i) => value * (scales[i % columns] ?? 1));
  using plain = new Blocks(data, device);
  using rows = new Blocks({ ...data, x: { ...data.x, data: scaled } }, device);
  using assigner = new Assigner(rows);
  using trial = new Trial(rows, specification);
  const stream = randomStream(seed, clusterPurpose + 2);
  const breathe = breather(signal);
  const ridge = Float64Array.from(scales, (scale) => regCovar * scale * scale);
  const start = {
    clusters: nComponents,
    init: "k-means++",
    nInit: 1,
    maxIter: 300,
    tol: 1e-4,
    stream,
    breathe,
  } as const;
  let best: Found | undefined;
  for (let at = 0; at < nInit || !best; at++) {
    const first = await lloyd(plain, assigner, start);
    const toBlocks = (value: number, column: number): number =>
      (value + (plain.origin[column] ?? 0)) * (scales[column] ?? 1) - (rows.origin[column] ?? 0);
    const own = await run(specification, rows, trial, first, toBlocks, ridge, (iteration, likelihood) => {
      const fraction = (at + iteration / maxIter) / nInit;
      report?.({ step: at * maxIter + iteration, epoch: iteration, epochs: maxIter, fraction, loss: -likelihood });
      return breathe();
    });
    if (!best || own.likelihood > best.likelihood) best = own;
  }
  const { mixture, likelihood, iterations, converged } = best;
  const inPlace = (value: number, i: number): number =>
    (value + (rows.origin[i % columns] ?? 0)) / (scales[i % columns] ?? 1);
  const isFull = isFullType(covarianceType);
  const inScale = (value: number, i: number): number =>
    value / (scales[i % columns] ?? 1) / (scales[isFull ? Math.floor(i / columns) % columns : i % columns] ?? 1);
  return {
    parameters: {
      ...parametersOf(mixture, columns, isFull),
      origin: { shape: [columns], data: rows.origin },
      scales: { shape: [columns], data: scales },
    },
    state: {
      weights: Array.from(mixture.shares),
      /** [components, columns], row-major. */
      means: smallListOf(mixture.means.map(inPlace)),
      /** [components, columns, columns] or [components, columns], row-major. */
      covariances: smallListOf(mixture.covariances.map(inScale)),
      /** Mean log-likelihood of a training row, natural logarithm. */
      logLikelihood: likelihood + scales.reduce((sum, scale) => sum + Math.log(scale), 0),
      iterations,
      converged,
    },
  };
};

export const gaussianMixtureDefinition: EstimatorDefinition<GaussianMixture> = {
  kind: "GaussianMixture",
  task: "clustering",
  takesMissing: false,
  takesCategories: false,
  check: ({ kind, nComponents, covarianceType, tol, regCovar, maxIter, nInit }) => {
    checkCount(kind, "nComponents", nComponents);
    checkCount(kind, "maxIter", maxIter);
    checkCount(kind, "nInit", nInit);
    checkNumber(kind, "tol", tol);
    checkNumber(kind, "regCovar", regCovar);
    const types = ["full", "tied", "diag", "spherical"];
    checkOption(kind, "covarianceType", types.includes(covarianceType), types.join(", "), covarianceType);
  },
  fit,
  apply: (_, __, features, parameters) => {
    const x = placed(features.multiply(parameterOf(parameters, "scales")), parameters);
    const logs = logDensities(x, {
      means: parameterOf(parameters, "means"),
      precisions: parameterOf(parameters, "precisions"),
      offsets: parameterOf(parameters, "offsets"),
    });
    return { probabilities: logs.softmax(), cluster: topK(logs, 1).indices.reshape([features.shape[0] ?? 0]) };
  },
  /** Some 30 passes. */
  work: ({ nComponents, covarianceType, nInit }, { rows, columns }) => ({
    flops: 30 * nInit * rows * nComponents * columns * (isFullType(covarianceType) ? 4 * columns : 8),
    bytes: 30 * nInit * rows * nComponents * columns * 24,
  }),
};
