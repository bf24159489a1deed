// Trees, forests and isolation forests. Missing values are taken as they are.
import {
  decisionTreeClassifier,
  decisionTreeRegressor,
  extraTreesClassifier,
  extraTreesRegressor,
  isolationForest,
  randomForestClassifier,
  randomForestRegressor,
} from "@millrace/core/tables";
import { declare } from "../declaration.ts";
import { type Choice, choice, enumeration, float, int, leftOut, nullable, oneOf, truth } from "../option.ts";
import { amountOf, classWeight } from "./choices.ts";

const columnRule = enumeration("ColumnRule", "How many columns a split tries, by a rule.", {
  sqrt: "The square root of their number.",
  log2: "The logarithm of their number, to base 2.",
});
const columns = amountOf("Column", 1);
const columnAmount: Choice = {
  ...columns,
  members: {
    ...columns.members,
    rule: { shape: { kind: "enumeration", of: columnRule }, description: "By a rule." },
  },
};
const options = {
  maxDepth: nullable(int({ from: 1 }, "Levels of splits at most; until leaves are pure or too small when left out.")),
  minSamplesSplit: choice<number>(amountOf("Row", 2), "Rows that a node needs to be split."),
  minSamplesLeaf: choice<number>(amountOf("Row", 1), "Rows that a leaf keeps at least."),
  maxFeatures: nullable(
    choice<number | "sqrt" | "log2">(columnAmount, "Columns tried for each split: null is all of them."),
  ),
  minImpurityDecrease: float(
    { from: 0 },
    "A split must lessen the impurity, weighted by its part of the rows, by this.",
  ),
  ccpAlpha: float({ from: 0 }, "Minimal cost-complexity pruning: a branch goes unless it gains more than this a leaf."),
};
const ofClasses = {
  ...options,
  criterion: oneOf(
    enumeration("TreeCriterion", "What a split lessens.", { gini: "Gini impurity.", entropy: "Entropy." }),
    "What a split lessens.",
  ),
  classWeight: nullable(
    choice<"balanced" | readonly number[]>(classWeight, "What a row of each class weighs: 1 each when left out."),
  ),
};
const ofQuantities = {
  ...options,
  criterion: oneOf(
    enumeration("RegressionTreeCriterion", "What a split lessens.", { squaredError: "Squared error." }),
    "What a split lessens.",
  ),
};
const forest = {
  nEstimators: int({ from: 1 }, "Trees."),
  bootstrap: truth("Whether each tree sees rows drawn with replacement, as many as there are; else all."),
  oobScore: truth("Judges the forest by each row's trees that did not see it; only with bootstrap."),
};

export const tree = [
  declare(decisionTreeClassifier, "One tree that tells classes apart.", ofClasses),
  declare(decisionTreeRegressor, "One tree that predicts a leaf's mean.", ofQuantities),
  declare(randomForestClassifier, "The mean of trees grown on rows drawn with replacement.", {
    ...ofClasses,
    ...forest,
  }),
  declare(randomForestRegressor, "The mean of trees grown on rows drawn with replacement.", {
    ...ofQuantities,
    ...forest,
  }),
  declare(extraTreesClassifier, "The mean of trees that try one random threshold a column.", {
    ...ofClasses,
    ...forest,
  }),
  declare(extraTreesRegressor, "The mean of trees that try one random threshold a column.", {
    ...ofQuantities,
    ...forest,
  }),
  declare(isolationForest, "Tells unusual rows by how few random splits set them apart. Learns no label.", {
    nEstimators: int({ from: 1 }, "Trees."),
    maxSamples: leftOut(
      choice<number>(amountOf("Row", 1), "Rows that each tree sees: 256, or all where there are fewer, when left out."),
      "auto",
    ),
    contamination: leftOut(
      float(
        { above: 0, to: 0.5 },
        "Share of the training rows that are outliers; a score above 0.5 is one when left out.",
      ),
      "auto",
    ),
  }),
];
