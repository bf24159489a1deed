// Steps that put few columns in place of many.
import {
  gaussianRandomProjection,
  incrementalPCA,
  pca,
  sparseRandomProjection,
  truncatedSVD,
} from "@millrace/core/tables";
import { declare } from "../declaration.ts";
import { enumeration, float, int, leftOut, nullable, oneOf, truth } from "../option.ts";

const solver = enumeration("PCASolver", "How components are found.", {
  auto: "RANDOMIZED past 2048 columns, else FULL.",
  full: "Exactly, in float64.",
  randomized: "By subspace iteration on the device.",
});
const algorithm = enumeration("SVDAlgorithm", "How singular vectors are found.", {
  exact: "Exactly, in float64.",
  randomized: "By subspace iteration on the device.",
});

const seed = int({ from: 0 }, "Another seed draws other directions.");
const whiten = truth("Scales each component to variance 1.");
const nOversamples = int({ from: 0 }, "Of RANDOMIZED: directions beyond the wanted ones that help to find them.");
const projection = {
  nComponents: leftOut(
    int({ from: 1 }, "Features; as many as Johnson and Lindenstrauss's lemma asks for when left out."),
    "auto",
  ),
  eps: float({ above: 0, below: 1 }, "Distances keep within 1 ± eps where nComponents is left out."),
  seed,
};

export const reduce = [
  declare(pca, "Principal components: the directions in which the training rows vary most.", {
    nComponents: nullable(
      float({ above: 0 }, "Features; below 1, as many as explain more than this share; all when left out."),
    ),
    whiten,
    svdSolver: oneOf(solver, "How components are found."),
    iteratedPower: nullable(int({ from: 0 }, "Of RANDOMIZED: rounds; 4 or 7 by the sizes when left out.")),
    nOversamples,
    seed,
  }),
  declare(incrementalPCA, "Principal components batch by batch, in the memory of one.", {
    nComponents: nullable(int({ from: 1 }, "Features; as many as the first batch allows when left out.")),
    whiten,
    batchSize: nullable(int({ from: 2 }, "Rows; 5 times the columns when left out.")),
  }),
  declare(truncatedSVD, "The directions in which the training rows are longest, from 0.", {
    nComponents: int({ from: 1 }, "Features."),
    algorithm: oneOf(algorithm, "How singular vectors are found."),
    nIter: int({ from: 0 }, "Of RANDOMIZED: rounds."),
    nOversamples,
    seed,
  }),
  declare(gaussianRandomProjection, "Products with a random matrix of normal numbers.", projection),
  declare(sparseRandomProjection, "Products with a random matrix that is mostly zeros.", {
    ...projection,
    density: leftOut(
      float({ above: 0, to: 1 }, "Share of numbers that are not 0; 1 / √columns when left out."),
      "auto",
    ),
  }),
];
