// Steps that make numbers of categories, texts and dates.
import { oneHotEncoder } from "@millrace/core";
import {
  dateFeatures,
  frequencyEncoder,
  hashingEncoder,
  ordinalEncoder,
  targetEncoder,
  textHashing,
} from "@millrace/core/tables";
import { declare } from "../declaration.ts";
import { enumeration, float, int, intShape, leftOut, listOf, nullable, oneOf, pair, text, truth } from "../option.ts";

const handleUnknown = enumeration("HandleUnknown", "What becomes of a category that the training rows did not have.", {
  error: "A prediction for the row is refused.",
  ignore: "All columns of the encoding are 0.",
  infrequent: "It counts among the rare ones; all columns are 0 where there are none.",
});
const drop = enumeration("DroppedCategory", "A category whose column is left out.", {
  first: "The first in order.",
  ifBinary: "The first, of two categories alone.",
});
const unknownOrdinal = enumeration("HandleUnknownOrdinal", "What becomes of a category that is new.", {
  error: "A prediction for the row is refused.",
  useEncodedValue: "It gets the unknownValue.",
});
const analyzer = enumeration("TextAnalyzer", "What n-grams are made of.", {
  word: "Runs of two and more letters, digits and underscores.",
  char: "Characters.",
  charWb: "Characters within words.",
});
const norm = enumeration("TextNorm", "The length that a row is scaled to.", { l2: "A sum of squares of 1." });
const dateFeature = enumeration("DateFeature", "A number that a date gives.", {
  year: "The year.",
  month: "1 to 12.",
  day: "The day of the month, from 1.",
  hour: "0 to 23.",
  minute: "0 to 59.",
  dayOfWeek: "0 (Monday) to 6.",
  dayOfYear: "From 1.",
  isWeekend: "1 on Saturday and Sunday.",
  elapsedDays: "Days since 1970 in UTC, with fractions.",
});

const places = int({ from: 1, to: 4096 }, "Features.");

export const encode = [
  declare(oneHotEncoder, "One column of 0 and 1 for each category of the training rows.", {
    handleUnknown: oneOf(handleUnknown, "What becomes of a category that the training rows did not have."),
    minFrequency: nullable(
      float(
        { above: 0 },
        "Categories of fewer training rows (below 1: of a smaller share) become one column, the last.",
      ),
    ),
    maxCategories: nullable(int({ from: 1 }, "Columns at most, with that of the rare ones.")),
    drop: nullable(oneOf(drop, "Leaves a column out.")),
  }),
  declare(
    ordinalEncoder,
    "The place of a category among the sorted ones of the training rows: trees and boosting split by category.",
    {
      handleUnknown: oneOf(unknownOrdinal, "What becomes of a category that the training rows did not have."),
      unknownValue: nullable(float({}, "What a new category gives; missing when left out.")),
      encodedMissingValue: nullable(float({}, "What a missing value gives; missing when left out.")),
    },
  ),
  declare(
    targetEncoder,
    "The mean of the label among rows of the category, over the other folds, so that no training row sees its own.",
    {
      smooth: leftOut(
        float({ from: 0 }, "Rows that the overall mean counts for; estimated for each category when left out."),
        "auto",
      ),
      cv: int({ from: 2, to: 64 }, "Folds of the training rows."),
      seed: int({ from: 0 }, "Another seed makes other folds."),
    },
  ),
  declare(frequencyEncoder, "How many training rows have the category.", {
    normalise: truth("Gives the share in place of the number."),
  }),
  declare(hashingEncoder, "1 or -1 in one of several places by a hash: nothing is learnt, no category is new.", {
    nFeatures: places,
  }),
  declare(textHashing, "Words or n-grams of a text, hashed, counted and weighted by how rare they are (TF-IDF).", {
    nFeatures: places,
    analyzer: oneOf(analyzer, "What n-grams are made of."),
    ngramRange: pair(intShape({ from: 1, to: 32 }), "The shortest and the longest n-gram."),
    lowercase: truth("Makes no difference of capitals."),
    useIdf: truth("Weights by inverse document frequency."),
    norm: nullable(oneOf(norm, "The length that a row is scaled to; none when left out.")),
  }),
  declare(dateFeatures, "Numbers of a timestamp by the calendar and clock of a zone.", {
    timeZone: text("An IANA name, such as Europe/Berlin."),
    features: listOf(dateFeature, "Which numbers."),
    cyclic: truth("Gives sine and cosine of what comes round again, such as hours and months."),
  }),
];
