// Steps that fill or tell missing values.
import { simpleImputer } from "@millrace/core";
import { iterativeImputer, knnImputer, missingIndicator } from "@millrace/core/tables";
import { declare } from "../declaration.ts";
import { type Choice, choice, enumeration, float, floatShape, int, nullable, oneOf, truth } from "../option.ts";

const strategy = enumeration("ImputeStrategy", "What fills a missing value.", {
  mean: "The mean of the training rows. Numbers alone.",
  median: "The median of the training rows. Numbers alone.",
  mostFrequent: "The most frequent value of the training rows.",
  constant: "The fillValue.",
});
const fillValue: Choice = {
  name: "FillValue",
  description: "The constant that fills missing values, of the column's type.",
  members: {
    number: { shape: floatShape(), description: "For a column of numbers." },
    text: { shape: { kind: "text" }, description: "For a column of texts." },
    boolean: { shape: { kind: "boolean" }, description: "For a column of truths." },
  },
};
const features = enumeration("IndicatedFeatures", "Which columns get an indicator.", {
  missingOnly: "Those that miss training values.",
  all: "Each.",
});
const initial = enumeration("InitialFill", "What gaps hold at first.", {
  mean: "The mean of the training rows.",
  median: "Their median.",
});
const weights = enumeration("ImputeWeights", "How much a neighbour counts.", {
  uniform: "All alike.",
  distance: "By 1 / distance.",
});
const addIndicator = truth("Adds a column of 0 and 1 that says where values were missing.");

export const missing = [
  declare(simpleImputer, "Fills missing values.", {
    strategy: oneOf(strategy, "What fills them."),
    fillValue: nullable(choice(fillValue, "With the strategy CONSTANT, and only then.")),
    addIndicator,
  }),
  declare(knnImputer, "Fills missing numbers with the mean of the nearest training rows.", {
    nNeighbors: int({ from: 1 }, "Rows that fill a gap."),
    weights: oneOf(weights, "How much each of them counts."),
    addIndicator,
  }),
  declare(
    iterativeImputer,
    "Fills missing numbers by Bayesian ridge regressions on the other columns, round after round.",
    {
      maxIterations: int({ from: 0, to: 100 }, "Rounds at most."),
      tolerance: float({ from: 0 }, "Stops when fills move by no more than this part of the largest magnitude."),
      initialStrategy: oneOf(initial, "What gaps hold at first."),
      skipComplete: truth("Does not regress columns without a gap in the training rows."),
      addIndicator,
    },
  ),
  declare(missingIndicator, "Puts features of 0 and 1 for what is missing in place of the numbers.", {
    features: oneOf(features, "Which columns get one."),
  }),
];
