// Linear models.
import { elasticNet, lasso, linearRegression, linearSVC, linearSVR, ridge } from "@millrace/core/tables";
import { declare } from "../declaration.ts";
import { choice, enumeration, float, int, nullable, oneOf, truth } from "../option.ts";
import { classWeight } from "./choices.ts";

const fitIntercept = truth("Whether there is a constant term.");
const descent = {
  fitIntercept,
  alpha: float({ above: 0 }, "Weight of the penalty."),
  positive: truth("Lets no coefficient fall below 0."),
  maxIter: int({ from: 1 }, "Passes over the columns at most."),
  tol: float({ from: 0 }, "Stops at a duality gap of this part of the target's weighted sum of squares."),
};
const margin = {
  C: float({ above: 0 }, "Weight of the errors beside the coefficients' squares."),
  fitIntercept,
  interceptScaling: float({ above: 0 }, "What the constant column holds: its coefficient is in the penalty too."),
  maxIter: int({ from: 1 }, "Passes at most."),
  tol: float({ above: 0 }, "Stops at a duality gap of this part of the objective."),
};
const hinge = enumeration("MarginLoss", "What an error of a margin costs.", {
  hinge: "What the margin lacks of 1.",
  squaredHinge: "The square of that.",
});
const insensitive = enumeration("EpsilonLoss", "What an error beyond epsilon costs.", {
  epsilonInsensitive: "What it exceeds epsilon by.",
  squaredEpsilonInsensitive: "The square of that.",
});

export const linear = [
  declare(linearRegression, "Ordinary least squares, by QR in float64.", { fitIntercept }),
  declare(ridge, "Least squares with an L2 penalty of the coefficients.", {
    alpha: float({ from: 0 }, "Weight of the penalty."),
    fitIntercept,
  }),
  declare(lasso, "Least squares with an L1 penalty, which leaves coefficients out.", descent),
  declare(elasticNet, "Least squares with an L1 and an L2 penalty.", {
    ...descent,
    l1Ratio: float({ from: 0, to: 1 }, "The L1 part of the penalty."),
  }),
  declare(
    linearSVC,
    "A linear support vector machine; of more than two classes, each against the rest. Gives margins and no probabilities.",
    {
      ...margin,
      loss: oneOf(hinge, "What is minimised."),
      classWeight: nullable(choice(classWeight, "What a row of each class weighs: 1 each when left out.")),
    },
  ),
  declare(linearSVR, "Linear support vector regression.", {
    ...margin,
    loss: oneOf(insensitive, "What is minimised."),
    epsilon: float({ from: 0 }, "Errors up to this cost nothing."),
  }),
];
