// What can be wrong with a bundle's bytes: cut short, corrupt, of another kind, or of a version that is not known here.
import { MillraceError } from "@millrace/kernels";

/** A bundle that cannot be read, or does not fit what it is asked to do: the message says which part and why. */
export class BundleError extends MillraceError {
  readonly code = "BUNDLE";
}
