// Steps that make features of others, or leave some out.
import {
  featureCrosses,
  kBinsDiscretizer,
  outlierClipper,
  polynomialFeatures,
  varianceThreshold,
} from "@millrace/core/tables";
import { declare } from "../declaration.ts";
import { enumeration, float, int, nullable, oneOf, required, textLists, truth } from "../option.ts";

const encode = enumeration("BinEncoding", "What a bin becomes.", {
  oneHot: "A feature of 0 and 1 for each bin.",
  ordinal: "The number of the bin.",
});
const strategy = enumeration("BinStrategy", "Where bins end.", {
  quantile: "As many training values in each.",
  uniform: "Equally wide.",
});
const method = enumeration("OutlierMethod", "What is far out.", {
  iqr: "Beyond the quartiles, by so many of their distances (Tukey).",
  zScore: "From the mean, in standard deviations.",
  robustZ: "From the median, in median deviations / 0.6745 (Iglewicz and Hoaglin).",
});
const action = enumeration("OutlierAction", "What becomes of an outlier.", {
  clip: "It is held at the fence.",
  flag: "It stays, and a feature of 0 and 1 says so for each column.",
});

export const shape = [
  declare(kBinsDiscretizer, "Numbers to bins.", {
    nBins: int({ from: 2 }, "Bins of a column."),
    encode: oneOf(encode, "What a bin becomes."),
    strategy: oneOf(strategy, "Where bins end."),
  }),
  declare(polynomialFeatures, "Products of columns up to a degree: powers and crosses.", {
    degree: int({ from: 1 }, "The highest degree."),
    interactionOnly: truth("Crosses of distinct columns alone."),
    includeBias: truth("A first feature of ones."),
  }),
  declare(() => featureCrosses([]), "Products of chosen columns.", {
    crosses: required(textLists(2, "Lists of two or more names of features as they reach this step.")),
    keepColumns: truth("Whether the columns stay before their crosses."),
  }),
  declare(outlierClipper, "Holds outliers at a fence, or flags them.", {
    method: oneOf(method, "What is far out."),
    threshold: nullable(float({ above: 0 }, "In the method's unit: 1.5, 3 and 3.5 when left out.")),
    action: oneOf(action, "What becomes of an outlier."),
  }),
  declare(varianceThreshold, "Leaves out columns that hardly vary.", {
    threshold: float({ from: 0 }, "Columns of this variance or less go: at 0, constant ones."),
  }),
];
