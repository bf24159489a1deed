// What can be wrong with a bundle's bytes: cut short, corrupt, of another kind, or of a version that is not known here.
import { MillraceError } from "@millrace/kernels";

export class BundleError extends MillraceError {
  readonly code = "BUNDLE";
}
