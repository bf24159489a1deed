// The one base of every expected failure. A failure that a caller can act on is a class of its own with a
// stable code; anything else thrown is a defect and reaches clients masked.

/** Where the fault lies in the operation's input: field names and list positions from the outside in ("features", 0, "columns"). */
export type InputPath = readonly (string | number)[];

/**
 * An expected failure. Subclasses give a stable `code` (SCREAMING_SNAKE_CASE, part of the public schema), a message
 * that says what came and what would do, and the path of the input at fault (empty when no one input is).
 *
 * @example
 * class NameTaken extends DomainError { readonly code = "NAME_TAKEN"; }
 * throw new NameTaken("A project named \"x\" exists already: choose another name.", ["name"]);
 */
export abstract class DomainError extends Error {
  abstract readonly code: string;
  readonly path: readonly string[];

  constructor(message: string, path: InputPath = [], options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.path = path.map(String);
  }
}

/** What was asked for does not exist, or not for this tenant. */
export class NotFound extends DomainError {
  readonly code = "NOT_FOUND";

  constructor(kind: string, name: string, path: InputPath = []) {
    super(`There is no ${kind} "${name}".`, path);
  }
}

/** A name is in use already where it must be unique. */
export class NameTaken extends DomainError {
  readonly code = "NAME_TAKEN";

  constructor(kind: string, name: string, path: InputPath = ["name"]) {
    super(`A ${kind} named "${name}" exists already: choose another name.`, path);
  }
}

/** A value of the input is outside of what the field takes. */
export class InvalidInput extends DomainError {
  readonly code = "INVALID_INPUT";
}
