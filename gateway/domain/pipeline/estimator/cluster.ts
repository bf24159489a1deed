// Clusters. None learns a label; one that is named judges them.
import { dbscan, gaussianMixture, kMeans, miniBatchKMeans } from "@millrace/core/tables";
import { declare } from "../declaration.ts";
import { enumeration, float, int, oneOf } from "../option.ts";

const init = enumeration("CentreStart", "Where centres start.", {
  "k-means++": "Rows far from each other, drawn by squared distance.",
  random: "Rows drawn alike.",
});
const covariance = enumeration("CovarianceType", "How far a mixture's components are free.", {
  full: "Each has a matrix of its own.",
  tied: "All share one matrix.",
  diag: "Each has axes of its own.",
  spherical: "Each has a radius of its own.",
});
const centres = {
  nClusters: int({ from: 1 }, "Clusters."),
  init: oneOf(init, "Where centres start."),
  nInit: int({ from: 1 }, "Starts, of which the one of the least inertia stays."),
};

export const cluster = [
  declare(kMeans, "K-means by Lloyd's iterations. Scale the features first.", {
    ...centres,
    maxIter: int({ from: 1 }, "Iterations of each start at most."),
    tol: float({ from: 0 }, "Ends when the centres moved by no more than this part of the mean variance."),
  }),
  declare(miniBatchKMeans, "K-means by batches of rows, each moving the centres by less.", {
    ...centres,
    batchSize: int({ from: 1 }, "Rows of a batch."),
    maxIter: int({ from: 1 }, "Passes over the rows at most."),
    maxNoImprovement: int({ from: 1 }, "Batches without a lower smoothed inertia that end the fit."),
  }),
  declare(gaussianMixture, "A mixture of normal distributions, by expectation and maximisation.", {
    nComponents: int({ from: 1 }, "Components."),
    covarianceType: oneOf(covariance, "How far they are free."),
    tol: float({ from: 0 }, "Ends when the mean log-likelihood of a row changes by less."),
    regCovar: float({ from: 0 }, "Added to every variance."),
    maxIter: int({ from: 1 }, "Iterations of each start at most."),
    nInit: int({ from: 1 }, "Starts, each from a k-means of its own, of which the likeliest stays."),
  }),
  declare(
    dbscan,
    "Clusters of whatever shape: rows near enough to dense rows. A row near to none is in the cluster -1; a new row joins the cluster of a dense row within eps.",
    {
      eps: float({ above: 0 }, "Euclidean distance up to which rows are neighbours."),
      minSamples: float({ from: 1 }, "Neighbours, itself among them, that make a row dense."),
    },
  ),
];
