// Enumerations and choices that estimators of several families share.
import { type Choice, enumeration, floatShape, intShape } from "../option.ts";

export const balanced = enumeration("ClassWeightRule", "A rule for the weights of classes.", {
  balanced: "Rows divided by the classes times the rows of the class: rare classes weigh more.",
});

export const classWeight: Choice = {
  name: "ClassWeight",
  description: "What a row of each class weighs.",
  members: {
    rule: { shape: { kind: "enumeration", of: balanced }, description: "By a rule." },
    weights: {
      shape: { kind: "list", of: floatShape({ from: 0 }), least: 2, most: 1000 },
      description: "One weight a class, in the order of the sorted classes.",
    },
  },
};

/** A count from `least`, or a share. */
export const amountOf = (what: "Row" | "Column", least: number): Choice => ({
  name: `${what}Amount`,
  description: `A number of ${what.toLowerCase()}s, or a share of them.`,
  members: {
    count: { shape: intShape({ from: least }), description: "So many." },
    fraction: { shape: floatShape({ above: 0, below: 1 }), description: "This share, above 0 and below 1." },
  },
});
