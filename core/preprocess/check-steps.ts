// What can be wrong with the steps of a group before any row is read: options out of range, and steps that do not go together.
import { ArgumentError } from "@millrace/kernels";
import { dateFeatureNames } from "./derive-dates.ts";
import type { ColumnGroup, EncodingStep, PreprocessStep } from "./steps.ts";
import { offsetOf } from "./time-zone.ts";

/** Kinds of steps that make features of what is no number. */
export const encoders: ReadonlySet<string> = new Set<EncodingStep["kind"]>([
  "OneHotEncoder",
  "OrdinalEncoder",
  "TargetEncoder",
  "FrequencyEncoder",
  "HashingEncoder",
  "TextHashing",
]);

/** True for a step that makes features of what is no number. */
export const isEncodingStep = (step: PreprocessStep): step is EncodingStep => encoders.has(step.kind);

/** Dense features of a hashing step: 16 KB a row. */
const hashedLimit = 4096;

const wanted = (right: boolean, step: PreprocessStep, option: string, what: string, got: unknown): void => {
  if (!right)
    throw new ArgumentError(`${step.kind}: ${option} is ${what}, but got ${JSON.stringify(got) ?? String(got)}`);
};

const wholeBetween = (value: number, least: number, most: number): boolean =>
  Number.isInteger(value) && value >= least && value <= most;

const oneOf = (step: PreprocessStep, option: string, allowed: readonly (string | null)[], got: string | null): void =>
  wanted(allowed.includes(got), step, option, `one of ${allowed.join(", ")}`, got);

/** Checks the options of an encoder or of dates; other steps pass. @throws ArgumentError naming step and option */
export const checkEncodingStep = (step: PreprocessStep): void => {
  switch (step.kind) {
    case "OneHotEncoder": {
      const { handleUnknown = "error", minFrequency = null, maxCategories = null, drop = null } = step;
      oneOf(step, "handleUnknown", ["error", "ignore", "infrequent"], handleUnknown);
      oneOf(step, "drop", ["first", "ifBinary", null], drop);
      wanted(
        minFrequency === null || (minFrequency > 0 && (minFrequency < 1 || Number.isInteger(minFrequency))),
        step,
        "minFrequency",
        "a whole number of rows, or a share of them between 0 and 1",
        minFrequency,
      );
      wanted(
        maxCategories === null || wholeBetween(maxCategories, 1, Number.MAX_SAFE_INTEGER),
        step,
        "maxCategories",
        "a whole number from 1",
        maxCategories,
      );
      return;
    }
    case "OrdinalEncoder": {
      const { handleUnknown = "error", unknownValue = null, encodedMissingValue = null } = step;
      oneOf(step, "handleUnknown", ["error", "useEncodedValue"], handleUnknown);
      for (const [option, value] of Object.entries({ unknownValue, encodedMissingValue }))
        wanted(value === null || Number.isFinite(value), step, option, "a finite number, or null for NaN", value);
      return;
    }
    case "TargetEncoder": {
      const { smooth = "auto", cv = 5, seed = 0 } = step;
      wanted(
        smooth === "auto" || (Number.isFinite(smooth) && smooth >= 0),
        step,
        "smooth",
        '"auto" or a number from 0',
        smooth,
      );
      wanted(wholeBetween(cv, 2, 64), step, "cv", "a whole number from 2 to 64", cv);
      wanted(wholeBetween(seed, 0, 2 ** 32 - 1), step, "seed", "a whole number from 0 to 4294967295", seed);
      return;
    }
    case "HashingEncoder":
    case "TextHashing": {
      const { nFeatures = 1 } = step;
      wanted(
        wholeBetween(nFeatures, 1, hashedLimit),
        step,
        "nFeatures",
        `a whole number from 1 to ${hashedLimit}`,
        nFeatures,
      );
      if (step.kind === "HashingEncoder") return;
      const { analyzer = "word", ngramRange = [1, 1], norm = "l2" } = step;
      oneOf(step, "analyzer", ["word", "char", "charWb"], analyzer);
      oneOf(step, "norm", ["l2", null], norm);
      const [shortest, longest] = ngramRange;
      wanted(
        wholeBetween(shortest, 1, 32) && wholeBetween(longest, shortest, 32),
        step,
        "ngramRange",
        "two whole numbers from 1 to 32, the first not above the second",
        ngramRange,
      );
      return;
    }
    case "DateFeatures": {
      const { features = ["year"], timeZone = "UTC" } = step;
      wanted(features.length > 0, step, "features", "a list of at least one", features);
      for (const feature of features) oneOf(step, "features", dateFeatureNames, feature);
      wanted(new Set(features).size === features.length, step, "features", "a list without repeats", features);
      offsetOf(timeZone);
      return;
    }
  }
};

/** @throws ArgumentError naming the step and the option, what came and what would do */
export const checkSteps = ({ columns, steps }: ColumnGroup): void => {
  steps.forEach(checkEncodingStep);
  const encoding = steps.filter(isEncodingStep);
  const [first, second] = encoding;
  const of = `the group of column "${columns[0]}"`;
  if (second) throw new ArgumentError(`${of} has a ${first?.kind} and a ${second.kind}; a column takes one encoder`);
  const dates = steps.findIndex((step) => step.kind === "DateFeatures");
  if (dates > 0 || steps.slice(1).some((step) => step.kind === "DateFeatures"))
    throw new ArgumentError(`${of} has DateFeatures after another step; it comes first, and once`);
  if (dates === 0 && first) throw new ArgumentError(`${of} has DateFeatures and a ${first.kind}; dates become numbers`);
  if (first && (first.kind === "HashingEncoder" || first.kind === "TextHashing") && steps.length > 1)
    throw new ArgumentError(`${of} has steps beside its ${first.kind}, which takes a column alone`);
};
