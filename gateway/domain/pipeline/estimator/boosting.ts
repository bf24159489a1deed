// Boosted trees over histograms. Missing values go to the side of higher gain. Options are LightGBM's.
import { gradientBoostingClassifier, gradientBoostingRegressor } from "@millrace/core/tables";
import { declare } from "../declaration.ts";
import { type EnumerationOf, enumeration, float, int, listOf, nullable, oneOf } from "../option.ts";

const growth = enumeration("TreeGrowth", "Which leaf of a tree is split next.", {
  leafWise: "The one of highest gain.",
  depthWise: "The one of lowest depth.",
});
const monotone: EnumerationOf<-1 | 0 | 1> = {
  name: "MonotoneConstraint",
  description: "How a prediction may change with a feature.",
  values: [
    { name: "FALLING", value: -1, description: "It may only fall as the feature rises." },
    { name: "FREE", value: 0, description: "It may do either." },
    { name: "RISING", value: 1, description: "It may only rise." },
  ],
};
const loss = enumeration("BoostingLoss", "What is minimised, and so what is predicted.", {
  squaredError: "The mean.",
  absoluteError: "The median.",
  quantile: "The quantile alpha.",
});

const options = {
  nEstimators: int({ from: 1 }, "Rounds: one tree each, or one a class where there are more than two."),
  learningRate: float({ above: 0 }, "Each leaf is worth so much of what it would be alone."),
  numLeaves: int({ from: 2 }, "Leaves of a tree at most."),
  maxDepth: nullable(int({ from: 1 }, "Levels of splits at most; as many as numLeaves allows when left out.")),
  growth: oneOf(growth, "Which leaf is split next."),
  minDataInLeaf: int({ from: 1 }, "Rows that a leaf keeps at least."),
  minSumHessianInLeaf: float({ from: 0 }, "Sum of hessians that a leaf keeps at least."),
  lambdaL1: float({ from: 0 }, "L1 penalty of leaves."),
  lambdaL2: float({ from: 0 }, "L2 penalty of leaves."),
  minGainToSplit: float({ from: 0 }, "Gain that a split must exceed."),
  baggingFraction: float({ above: 0, to: 1 }, "Share of the rows that each round sees."),
  featureFraction: float({ above: 0, to: 1 }, "Share of the features that each tree sees."),
  maxBins: int({ from: 2, to: 255 }, "Bins of a feature at most, beside that of missing values."),
  monotoneConstraints: nullable(
    listOf(
      monotone,
      "One a feature, in their order after the steps: all free when left out. Not for over two classes.",
    ),
  ),
  patience: nullable(
    int(
      { from: 1 },
      "Stops after this many rounds without a lower validation loss and keeps the best; all rounds on all rows when left out.",
    ),
  ),
  validationFraction: float(
    { above: 0, below: 1 },
    "Share of the training rows that judges each round when there is patience.",
  ),
};

export const boosting = [
  declare(
    gradientBoostingClassifier,
    "Boosted trees over histograms: the logistic loss for two classes, the softmax's for more. Missing values go to the side of higher gain. Options are LightGBM's.",
    options,
  ),
  declare(
    gradientBoostingRegressor,
    "Boosted trees over histograms, for a quantity. Missing values go to the side of higher gain. Options are LightGBM's.",
    {
      ...options,
      loss: oneOf(loss, "What is minimised."),
      alpha: float({ above: 0, below: 1 }, "The quantile of the loss QUANTILE."),
    },
  ),
];
