// Steps that put few columns in place of many.
import {
  gaussianRandomProjection,
  incrementalPca,
  pca,
  sparseRandomProjection,
  truncatedSvd,
} from "@millrace/core/tables";
import { declare } from "../declaration.ts";
import { enumeration, float, int, leftOut, nullable, oneOf, truth } from "../option.ts";

const solver = enumeration("SvdSolver", "How components are found.", {
  auto: "Randomized past 2048 columns.",
  full: "Exactly, in float64.",
  randomized: "By subspace iteration on the device.",
});
const algorithm = enumeration("SvdAlgorithm", "How singular vectors are found.", {
  exact: "In float64.",
  randomized: "By subspace iteration on the device.",
});
const nOversamples = int({ from: 0 }, "Of RANDOMIZED: directions beyond the wanted ones.");
const seed = int({ from: 0 }, "Of what is random.");
const whiten = truth("Each component to variance 1.");
const auto = leftOut(int({ from: 1 }, "As many as keep distances within eps when left out."), "auto");
const eps = float({ above: 0, below: 1 }, "Distances keep within 1 ± eps.");

export const reduce = [
  declare(pca, "Principal components.", {
    nComponents: nullable(float({ above: 0 }, "A number; below 1, as many as explain that share. All when left out.")),
    whiten,
    svdSolver: oneOf(solver, "How they are found."),
    iteratedPower: nullable(int({ from: 0 }, "Of RANDOMIZED: iterations.")),
    nOversamples,
    seed,
  }),
  declare(incrementalPca, "Principal components from batch after batch.", {
    nComponents: nullable(int({ from: 1 }, "As many as the first batch allows when left out.")),
    whiten,
    batchSize: nullable(int({ from: 2 }, "Rows: 5 times the columns when left out.")),
  }),
  declare(truncatedSvd, "The directions in which rows are longest, from 0.", {
    nComponents: int({ from: 1 }, "Directions."),
    algorithm: oneOf(algorithm, "How they are found."),
    nIter: int({ from: 0 }, "Of RANDOMIZED: iterations."),
    nOversamples,
    seed,
  }),
  declare(gaussianRandomProjection, "Products with a random normal matrix.", { nComponents: auto, eps, seed }),
  declare(sparseRandomProjection, "Products with a random matrix that is mostly zeros.", {
    nComponents: auto,
    density: leftOut(float({ above: 0, to: 1 }, "Share that is not 0: 1 / sqrt(columns) when left out."), "auto"),
    eps,
    seed,
  }),
];
