// The errors of the two numeric packages. Each has a stable code; the message names the argument, what came, what would do.

/** Base of every error that Millrace's numeric packages throw on purpose. */
export abstract class MillraceError extends Error {
  /** Stable, machine-readable name of the kind of failure. */
  abstract readonly code: string;
  override get name(): string {
    return this.constructor.name;
  }
}

/** Shapes that do not go together, or an axis, index or size out of range. */
export class ShapeError extends MillraceError {
  readonly code = "SHAPE";
}

/** An element type that the operation does not take. */
export class DTypeError extends MillraceError {
  readonly code = "DTYPE";
}

/** An argument that is neither a shape nor a dtype matter: a wrong option, count or name. */
export class ArgumentError extends MillraceError {
  readonly code = "ARGUMENT";
}

/** An op name that no contract has: a bundle from a newer version, or a slip. */
export class UnknownOpError extends MillraceError {
  readonly code = "UNKNOWN_OP";
}
