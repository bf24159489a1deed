// Steps that keep some columns by what the label says.
import { selectKBest, selectPercentile } from "@millrace/core/tables";
import { declare } from "../declaration.ts";
import { enumeration, float, int, leftOut, oneOf, texts } from "../option.ts";

const scoreFunction = enumeration("ScoreFunction", "How a column is scored.", {
  fClassif: "By the F-test between classes.",
  fRegression: "By the F-test of a line through a quantity.",
  chi2: "By Pearson's statistic of sums by class, for numbers from 0 on.",
  mutualInfoClassif: "By mutual information with classes.",
  mutualInfoRegression: "By mutual information with a quantity.",
});
const scores = {
  scoreFunction: oneOf(scoreFunction, "How a column is scored."),
  nNeighbors: int({ from: 1 }, "Of mutual information."),
  discreteFeatures: texts("Of mutual information: columns whose values are categories."),
  seed: int({ from: 0 }, "Of mutual information: of the noise that tells equal values apart."),
};

export const select = [
  declare(selectKBest, "Keeps the columns of the highest scores.", {
    ...scores,
    k: leftOut(int({ from: 1 }, "Columns; null keeps all."), "all"),
  }),
  declare(selectPercentile, "Keeps a share of the columns, those of the highest scores.", {
    ...scores,
    percentile: float({ above: 0, to: 100 }, "In percent."),
  }),
];
