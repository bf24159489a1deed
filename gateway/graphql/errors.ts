// The `Error` interface and the types of the failures that more than one operation shares. A module registers its
// own failures with `errorType`, so that each is a type that a client can match on.
import { type DomainError, InvalidInput, NameTaken, NotFound } from "../domain/error.ts";
import { builder } from "./builder.ts";

/** What every failure tells, thrown by an operation or kept with a job. */
type Failure = { readonly code: string; readonly message: string; readonly path: readonly string[] };

export const ErrorInterface = builder.interfaceRef<Failure>("Error").implement({
  description: "An expected failure. `code` is stable; `message` is for people; `path` says where in the input.",
  fields: (t) => ({
    code: t.exposeString("code", { description: "Stable and made for programs, such as NAME_TAKEN." }),
    message: t.exposeString("message", { description: "What came, and what would do." }),
    path: t.field({
      type: ["String"],
      description: "The input at fault, from the outside in: names and list positions. Empty when no one input is.",
      // An operation has one argument, `input`: a path says where in it.
      resolve: ({ path }) => (path[0] === "input" ? path.slice(1) : [...path]),
    }),
  }),
});

/** A class as Pothos takes it: any constructor. */
type ObjectClass = Extract<Parameters<typeof builder.objectType>[0], new (...parameters: never[]) => unknown>;

/**
 * Registers an error class as an object type that implements `Error`.
 *
 * @example errorType(UnknownColumn, "UnknownColumn", "A column that the dataset version does not have.");
 */
export const errorType = (
  failure: ObjectClass & (new (...parameters: never[]) => DomainError),
  name: string,
  description: string,
): void => {
  builder.objectType(failure, { name, description, interfaces: [ErrorInterface] });
};

errorType(NotFound, "NotFound", "What was asked for does not exist here.");
errorType(NameTaken, "NameTaken", "The name is in use already where it must be unique.");
errorType(InvalidInput, "InvalidInput", "A value of the input is outside of what its field takes.");
