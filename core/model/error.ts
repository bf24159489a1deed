// What can go wrong in training, apart from wrong data and wrong arguments.
import { MillraceError } from "@millrace/kernels";

/** A checkpoint that is cut short, corrupt, or of another training: resume with its own options and data, or start anew. */
export class CheckpointError extends MillraceError {
  readonly code = "CHECKPOINT";
}

/** The loss is no longer a finite number: the learning rate is too large, or a feature is not scaled. */
export class DivergenceError extends MillraceError {
  readonly code = "DIVERGED";
}
