// Steps that make numbers of categories.
import { oneHotEncoder } from "@millrace/core";
import { declare } from "../declaration.ts";
import { enumeration, float, int, nullable, oneOf } from "../option.ts";

const handleUnknown = enumeration("HandleUnknown", "What becomes of a category that the training rows did not have.", {
  error: "A prediction for the row is refused.",
  ignore: "All columns of the encoding are 0.",
  infrequent: "It counts among the rare ones; all columns are 0 where there are none.",
});

const drop = enumeration("DroppedCategory", "When the first feature is left out.", {
  first: "Always.",
  ifBinary: "Of two categories alone.",
});

export const encode = [
  declare(oneHotEncoder, "One column of 0 and 1 for each category of the training rows.", {
    handleUnknown: oneOf(handleUnknown, "What becomes of a category that the training rows did not have."),
    minFrequency: nullable(
      float({ above: 0 }, "Categories of fewer training rows (below 1: of a smaller share) become one feature."),
    ),
    maxCategories: nullable(int({ from: 1 }, "At most so many features, that of the rare ones included.")),
    drop: nullable(oneOf(drop, "Leaves out the first feature: none when left out.")),
  }),
];
