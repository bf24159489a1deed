// Estimators that are trained as networks over batches of rows.
import { logisticRegression, mlpClassifier, mlpRegressor } from "@millrace/core";
import { declare } from "../declaration.ts";
import { enumeration, float, int, intShape, list, nullable, oneOf } from "../option.ts";

const activation = enumeration("Activation", "The function between layers.", {
  relu: "What is above 0.",
  tanh: "The hyperbolic tangent.",
});
const solver = enumeration("Solver", "How the optimum is sought.", {
  lbfgs: "All rows at once, until the optimum.",
  adam: "By mini-batches.",
});
const descent = {
  l2: float(
    { from: 0 },
    "Penalty: l2 / 2 times the sum of squared weights is added to the mean loss; biases are free.",
  ),
  learningRate: float({ above: 0 }, "Of Adam."),
  batchSize: int({ from: 1 }, "Rows of one step of Adam."),
};
const perceptron = {
  ...descent,
  epochs: int({ from: 1 }, "Passes over the training rows at most."),
  hiddenLayerSizes: list(intShape({ from: 1, to: 4096 }), "Units of each hidden layer.", 1, 8),
  activation: oneOf(activation, "The function between layers."),
  patience: nullable(
    int(
      { from: 1 },
      "Stops after this many epochs without a lower validation loss and keeps the best parameters; all epochs on all rows when left out.",
    ),
  ),
  validationFraction: float(
    { above: 0, below: 1 },
    "Share of the training rows that judges each epoch when there is patience.",
  ),
};

export const network = [
  declare(logisticRegression, "Logistic regression: of two classes by one logit, of more by a softmax.", {
    ...descent,
    epochs: int({ from: 1 }, "Passes over the training rows at most; for LBFGS, iterations at most."),
    solver: oneOf(solver, "LBFGS up to 50,000 training rows and ADAM beyond, when left out."),
  }),
  declare(mlpClassifier, "A multi-layer perceptron for classes, trained by mini-batches with Adam.", perceptron),
  declare(mlpRegressor, "A multi-layer perceptron for a quantity, trained by mini-batches with Adam.", perceptron),
];
