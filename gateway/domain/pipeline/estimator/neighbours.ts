// Nearest neighbours.
import { kNeighborsClassifier, kNeighborsRegressor } from "@millrace/core/tables";
import { declare } from "../declaration.ts";
import { enumeration, int, oneOf } from "../option.ts";

const weights = enumeration("NeighbourWeights", "What each of the nearest rows counts.", {
  uniform: "Each alike.",
  distance: "By 1 / distance; where some are at 0, those alone.",
});
const metric = enumeration("NeighbourMetric", "How far two rows are apart.", {
  euclidean: "The length of their difference.",
  manhattan: "The sum of its magnitudes.",
  cosine: "1 minus the cosine of their angle.",
});
const options = {
  nNeighbors: int({ from: 1 }, "Training rows that answer together."),
  weights: oneOf(weights, "What each of them counts."),
  metric: oneOf(metric, "How far rows are apart. Scale the features first."),
};

export const neighbours = [
  declare(kNeighborsClassifier, "The class that most of the nearest training rows have.", options),
  declare(kNeighborsRegressor, "The mean of the nearest training rows.", options),
];
