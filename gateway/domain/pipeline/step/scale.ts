// Steps that move numbers onto a scale.
import { standardScaler } from "@millrace/core";
import {
  maxAbsScaler,
  minMaxScaler,
  normalizer,
  powerTransformer,
  quantileTransformer,
  robustScaler,
} from "@millrace/core/tables";
import { declare } from "../declaration.ts";
import { enumeration, int, oneOf, span, truth } from "../option.ts";

const norm = enumeration("Norm", "The size of a row.", {
  l1: "The sum of magnitudes.",
  l2: "The root of the sum of squares.",
  max: "The largest magnitude.",
});
const power = enumeration("PowerMethod", "The family of curves.", {
  yeoJohnson: "For any numbers.",
  boxCox: "For numbers above 0.",
});
const distribution = enumeration("OutputDistribution", "What ranks become.", {
  uniform: "0 to 1.",
  normal: "A normal distribution, held at 5.2 deviations.",
});

export const scale = [
  declare(standardScaler, "Subtracts the mean and divides by the standard deviation of the training rows.", {
    withMean: truth("Whether the mean is subtracted."),
    withStd: truth("Whether it divides by the standard deviation."),
  }),
  declare(minMaxScaler, "Moves each column onto a range by its smallest and largest training value.", {
    featureRange: span({}, "The range."),
    clip: truth("Holds values of other rows inside the range."),
  }),
  declare(robustScaler, "Subtracts the median and divides by the distance of two quantiles.", {
    withCentering: truth("Whether the median is subtracted."),
    withScaling: truth("Whether it divides by the distance."),
    quantileRange: span({ from: 0, to: 100 }, "The quantiles, in percent."),
    unitVariance: truth("Divides once more by the same distance of the normal distribution."),
  }),
  declare(maxAbsScaler, "Divides by the largest magnitude of the training values, so that zeros stay zeros.", {}),
  declare(normalizer, "Divides each row by its norm.", { norm: oneOf(norm, "Which norm.") }),
  declare(powerTransformer, "Bends each column to be most like a normal distribution.", {
    method: oneOf(power, "The family of curves."),
    standardize: truth("Then to mean 0 and deviation 1."),
  }),
  declare(quantileTransformer, "Ranks in place of numbers, spread evenly or as a normal distribution.", {
    nQuantiles: int({ from: 2 }, "Places that the distribution is kept at."),
    outputDistribution: oneOf(distribution, "What ranks become."),
  }),
];
