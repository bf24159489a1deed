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

export const missing = [
  declare(simpleImputer, "Fills missing values.", {
    strategy: oneOf(strategy, "What fills them."),
    fillValue: nullable(choice(fillValue, "With the strategy CONSTANT, and only then.")),
    addIndicator: truth("Adds a column of 0 and 1 that says where values were missing."),
  }),
  declare(knnImputer, "Fills from the nearest training rows.", {
    nNeighbors: int({ from: 1 }, "Rows that answer together."),
    weights: oneOf(
      enumeration("ImputerWeights", "What each row counts.", { uniform: "Alike.", distance: "By 1 / distance." }),
      "What each of them counts.",
    ),
    addIndicator: truth("Adds a column of 0 and 1 that says where values were missing."),
  }),
  declare(iterativeImputer, "Fills each column by a regression on the others.", {
    maxIterations: int({ from: 1 }, "Rounds at most."),
    tolerance: float({ from: 0 }, "Stops when fills move by less than this part of the largest magnitude."),
    initialStrategy: oneOf(
      enumeration("InitialStrategy", "What gaps hold at first.", { mean: "The mean.", median: "The median." }),
      "What gaps hold at first.",
    ),
    skipComplete: truth("Columns without a gap in the training rows are not regressed."),
    addIndicator: truth("Adds a column of 0 and 1 that says where values were missing."),
  }),
  declare(missingIndicator, "Puts features of 0 and 1 for what is missing in place of the numbers.", {
    features: oneOf(features, "Which columns get one."),
  }),
];
