// What can be wrong with a split, with labels, or with what a metric is asked of.
import { MillraceError } from "@millrace/kernels";

/** A split that cannot be made of these rows, or that was made for other rows. */
export class SplitError extends MillraceError {
  readonly code = "SPLIT";
}

/** Something was to be fitted on rows that the split holds out. */
export class HeldOutError extends MillraceError {
  readonly code = "HELD_OUT";
}

/** Labels that are missing, not finite, of one class only, or of more classes than the question allows. */
export class LabelError extends MillraceError {
  readonly code = "LABEL";
}

/** Scores, weights or options that a metric cannot take. */
export class MetricError extends MillraceError {
  readonly code = "METRIC";
}
