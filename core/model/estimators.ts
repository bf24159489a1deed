// Every estimator over a matrix by its kind. A definition is loaded when a model of its kind is first fitted: a page pays for
// what it uses.
import { ArgumentError } from "@millrace/kernels";
import type { EstimatorDefinition } from "./estimator.ts";

type AnyDefinition = EstimatorDefinition<{ readonly kind: string }>;

/** One line a kind: `Ridge: async () => (await import("./linear/ridge.ts")).ridgeDefinition`. */
const definitions: Readonly<Record<string, () => Promise<unknown>>> = {};

/** The kinds that can be fitted over a matrix, sorted. */
export const estimatorKinds = (): string[] => Object.keys(definitions).sort();

/** The definition of a kind. @throws ArgumentError listing the kinds there are */
export const definitionOf = async (kind: string): Promise<AnyDefinition> => {
  const load = Object.hasOwn(definitions, kind) ? definitions[kind] : undefined;
  if (!load) throw new ArgumentError(`there is no estimator "${kind}"; there are ${estimatorKinds().join(", ")}`);
  // A definition is kept under its own kind, so it only ever meets specifications of that kind.
  return (await load()) as AnyDefinition;
};
