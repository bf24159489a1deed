// Encoders of categories, texts and dates as plain values, beside the one-hot encoder of steps.ts. Names are scikit-learn's.
import { constructorOf } from "../model/constructor-of.ts";

/**
 * The place of a category among the sorted ones of the training rows, 0 and up: a feature that tree models split by
 * category (see `categoricalFeatures`).
 */
export interface OrdinalEncoder {
  readonly kind: "OrdinalEncoder";
  /** A category that was not in the training rows: refuses the row (default), or gives `unknownValue`. */
  readonly handleUnknown?: "error" | "useEncodedValue";
  /** Default null: NaN. */
  readonly unknownValue?: number | null;
  /** What a missing value gives. Default null: NaN. */
  readonly encodedMissingValue?: number | null;
}

/**
 * The mean of the target among rows of the category, drawn to the overall mean the more the fewer they are; one feature,
 * or one a class of three and more. Training rows are encoded by means over the other folds, so that no row sees its own
 * target (Micci-Barreca 2001; cross fitting as scikit-learn's). Missing is a category; an unknown one gives the overall mean.
 */
export interface TargetEncoder {
  readonly kind: "TargetEncoder";
  /** Rows that the overall mean counts for. Default "auto": the empirical Bayes estimate of each category. */
  readonly smooth?: number | "auto";
  /** Folds of the training rows, 2 to 64. Default 5. A row's fold is a hash of its number and the seed. */
  readonly cv?: number;
  /** Default 0. */
  readonly seed?: number;
}

/** How many training rows have the category, or their share. An unknown category gives 0; missing is a category. */
export interface FrequencyEncoder {
  readonly kind: "FrequencyEncoder";
  /** Default true: the share. */
  readonly normalise?: boolean;
}

/**
 * +1 or -1 in one of `nFeatures` places by MurmurHash3 of "column=category", as scikit-learn's FeatureHasher: nothing is
 * learnt and no category is unknown. Missing gives zeros.
 */
export interface HashingEncoder {
  readonly kind: "HashingEncoder";
  /** 1 to 4,096. Default 16. */
  readonly nFeatures?: number;
}

/** Numbers that a date gives; `dayOfWeek` counts from Monday, 0; `elapsedDays` are days since 1970 in UTC, with fractions. */
export type DateFeature =
  | "year"
  | "month"
  | "day"
  | "hour"
  | "minute"
  | "dayOfWeek"
  | "dayOfYear"
  | "isWeekend"
  | "elapsedDays";

/** Numbers from a timestamp by the calendar and clock of a zone. The first step of its group; numeric steps may follow. */
export interface DateFeatures {
  readonly kind: "DateFeatures";
  /** An IANA name. Default "UTC". */
  readonly timeZone?: string;
  /** Default: year, month, day, hour, dayOfWeek, dayOfYear, isWeekend. */
  readonly features?: readonly DateFeature[];
  /**
   * Month, day, hour, minute, dayOfWeek and dayOfYear become sine and cosine of their share of the period (12, the month's
   * days, 24, 60, 7, the year's days). Default false.
   */
  readonly cyclic?: boolean;
}

/**
 * Words or n-grams of a text, counted in `nFeatures` places by signed MurmurHash3, weighted by inverse document frequency
 * and scaled to length 1: scikit-learn's HashingVectorizer and TfidfTransformer in one. A missing text is an empty one.
 */
export interface TextHashing {
  readonly kind: "TextHashing";
  /** 1 to 4,096, dense. Default 1,024. */
  readonly nFeatures?: number;
  /** "word": runs of two and more letters, digits and underscores; "char": characters; "charWb": those within words. Default "word". */
  readonly analyzer?: "word" | "char" | "charWb";
  /** Shortest and longest n-gram. Default [1, 1]. */
  readonly ngramRange?: readonly [number, number];
  /** Default true. */
  readonly lowercase?: boolean;
  /** Default true: ln((1 + documents) / (1 + documents with the place)) + 1. */
  readonly useIdf?: boolean;
  /** Default "l2"; null leaves the weighted counts. */
  readonly norm?: "l2" | null;
}

type Options<Step> = Omit<Step, "kind">;

/** Codes of categories. @example ordinalEncoder({ handleUnknown: "useEncodedValue", unknownValue: -1 }) */
export const ordinalEncoder: (options?: Options<OrdinalEncoder>) => OrdinalEncoder =
  /*#__PURE__*/ constructorOf<OrdinalEncoder>({
    kind: "OrdinalEncoder",
    handleUnknown: "error",
    unknownValue: null,
    encodedMissingValue: null,
  });

/** Means of the target. @example targetEncoder({ smooth: 10 }) */
export const targetEncoder: (options?: Options<TargetEncoder>) => TargetEncoder =
  /*#__PURE__*/ constructorOf<TargetEncoder>({ kind: "TargetEncoder", smooth: "auto", cv: 5, seed: 0 });

/** Shares of categories. @example frequencyEncoder({ normalise: false }) */
export const frequencyEncoder: (options?: Options<FrequencyEncoder>) => FrequencyEncoder =
  /*#__PURE__*/ constructorOf<FrequencyEncoder>({ kind: "FrequencyEncoder", normalise: true });

/** Hashed categories. @example hashingEncoder({ nFeatures: 32 }) */
export const hashingEncoder: (options?: Options<HashingEncoder>) => HashingEncoder =
  /*#__PURE__*/ constructorOf<HashingEncoder>({ kind: "HashingEncoder", nFeatures: 16 });

/** Numbers of dates. @example dateFeatures({ timeZone: "America/New_York", features: ["hour", "dayOfWeek"], cyclic: true }) */
export const dateFeatures: (options?: Options<DateFeatures>) => DateFeatures =
  /*#__PURE__*/ constructorOf<DateFeatures>({
    kind: "DateFeatures",
    timeZone: "UTC",
    features: ["year", "month", "day", "hour", "dayOfWeek", "dayOfYear", "isWeekend"],
    cyclic: false,
  });

/** TF-IDF by hashing. @example textHashing({ nFeatures: 4096, ngramRange: [1, 2] }) */
export const textHashing: (options?: Options<TextHashing>) => TextHashing = /*#__PURE__*/ constructorOf<TextHashing>({
  kind: "TextHashing",
  nFeatures: 1024,
  analyzer: "word",
  ngramRange: [1, 1],
  lowercase: true,
  useIdf: true,
  norm: "l2",
});
