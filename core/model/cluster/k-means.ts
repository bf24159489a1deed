// K-means: the definition. Its model is its centres; a row's cluster is the nearest.
import { randomStream } from "../../validate/random-stream.ts";
import { breather } from "../breath.ts";
import { checkCount, checkNumber, checkOption } from "../check-option.ts";
import type { EstimatorDefinition, FittedModel } from "../estimator.ts";
import { parameterOf } from "../parameter-of.ts";
import { Assigner, type Assignment, nearestCentre } from "./assign.ts";
import { Blocks } from "./blocks.ts";
import { lloyd } from "./lloyd.ts";
import type { KMeans, MiniBatchKMeans } from "./specification.ts";
import { checkClusterRows, placed, smallListOf } from "./state.ts";

/** The purpose of k-means' random numbers among those of a seed. */
export const clusterPurpose = 0x6b6d;

/** @throws ArgumentError */
export const checkCentres = ({ kind, nClusters, init, nInit, maxIter }: KMeans | MiniBatchKMeans): void => {
  checkCount(kind, "nClusters", nClusters);
  checkCount(kind, "nInit", nInit);
  checkCount(kind, "maxIter", maxIter);
  checkOption(kind, "init", ["k-means++", "random"].includes(init), '"k-means++" or "random"', init);
};

/** A model of centres, which the state tells in the features' own place. */
export const centresModel = (
  centres: ArrayLike<number>,
  origin: Float32Array,
  found: Partial<Pick<Assignment, "labels" | "inertia">> & { readonly iterations: number },
): FittedModel => {
  const columns = origin.length;
  const clusters = centres.length / columns;
  return {
    parameters: {
      origin: { shape: [columns], data: origin },
      centres: { shape: [clusters, columns], data: Float32Array.from(centres) },
    },
    state: {
      /** [clusters, columns], row-major. */
      clusterCentres: smallListOf(Array.from(centres, (value, i) => value + (origin[i % columns] ?? 0))),
      labels: smallListOf(found.labels ?? []),
      inertia: found.inertia ?? null,
      iterations: found.iterations,
    },
  };
};

export const applyCentres: EstimatorDefinition<KMeans | MiniBatchKMeans>["apply"] = (_, __, features, parameters) => ({
  cluster: nearestCentre(placed(features, parameters), parameterOf(parameters, "centres")),
});

export const kMeansDefinition: EstimatorDefinition<KMeans> = {
  kind: "KMeans",
  task: "clustering",
  takesMissing: false,
  takesCategories: false,
  check: (specification) => {
    checkCentres(specification);
    checkNumber(specification.kind, "tol", specification.tol);
  },
  fit: async (specification, data, { device, seed, signal, report }) => {
    const { kind, nClusters, nInit, maxIter } = specification;
    checkClusterRows(kind, nClusters, data);
    using rows = new Blocks(data, device);
    using assigner = new Assigner(rows);
    const found = await lloyd(rows, assigner, {
      ...specification,
      clusters: nClusters,
      stream: randomStream(seed, clusterPurpose),
      breathe: breather(signal),
      report: (start, iteration) =>
        report?.({
          step: start * maxIter + iteration,
          epoch: iteration,
          epochs: maxIter,
          fraction: (start + iteration / maxIter) / nInit,
        }),
    });
    return centresModel(found.centres, rows.origin, found);
  },
  apply: applyCentres,
  /** Some 30 iterations of a product and a sum. */
  work: ({ nClusters, nInit }, { rows, columns }) => ({
    flops: 30 * nInit * rows * columns * (2 * nClusters + 2),
    bytes: 30 * nInit * rows * (12 * columns + 8 * nClusters),
  }),
};
