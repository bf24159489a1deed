// Steps over numbers as plain values, with scikit-learn's names and defaults. A group of columns takes them in any order,
// among imputers and standard scalers; they do not go with an encoder in one group.

/** Moves each column onto a range by its smallest and largest training value (a constant one onto its start). */
export interface MinMaxScaler {
  readonly kind: "MinMaxScaler";
  /** Default [0, 1]. */
  readonly featureRange: readonly [number, number];
  /** Holds values of other rows inside the range. Default false. */
  readonly clip: boolean;
}

/** Subtracts the median and divides by the distance of two quantiles, which outliers hardly move. Keeps 8 bytes a value. */
export interface RobustScaler {
  readonly kind: "RobustScaler";
  /** Default true. */
  readonly withCentering: boolean;
  /** Default true. */
  readonly withScaling: boolean;
  /** In percent. Default [25, 75]. */
  readonly quantileRange: readonly [number, number];
  /** Divides once more by the same distance of the normal distribution. Default false. */
  readonly unitVariance: boolean;
}

/** A step over numbers by its specification. */
export type NumericStep = MinMaxScaler | RobustScaler;

const step =
  <Step extends NumericStep>(defaults: Step) =>
  (options: Partial<Omit<Step, "kind">> = {}): Step => ({ ...defaults, ...options });

/** Scales to a range. @example minMaxScaler({ featureRange: [-1, 1] }) */
export const minMaxScaler: (options?: Partial<Omit<MinMaxScaler, "kind">>) => MinMaxScaler =
  /*#__PURE__*/ step<MinMaxScaler>({ kind: "MinMaxScaler", featureRange: [0, 1], clip: false });

/** Scales by quantiles. @example robustScaler({ quantileRange: [10, 90] }) */
export const robustScaler: (options?: Partial<Omit<RobustScaler, "kind">>) => RobustScaler =
  /*#__PURE__*/ step<RobustScaler>({
    kind: "RobustScaler",
    withCentering: true,
    withScaling: true,
    quantileRange: [25, 75],
    unitVariance: false,
  });
