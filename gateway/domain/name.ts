// The one rule for the names of projects, datasets, pipelines and models: readable in a path, a log and a prompt.
import { type InputPath, InvalidInput } from "./error.ts";

const readable = /^[\p{L}\p{N}](?:[\p{L}\p{N} ._-]*[\p{L}\p{N}])?$/u;

/**
 * The name, when it is one: 1 to 100 letters, digits, spaces, dots, dashes and underscores, a letter or digit at both ends.
 *
 * @throws InvalidInput at `path` otherwise.
 */
export const checkName = (name: string, path: InputPath = ["name"]): string => {
  if (name.length <= 100 && readable.test(name)) return name;
  throw new InvalidInput(
    `A name has 1 to 100 letters, digits, spaces, dots, dashes or underscores and begins and ends with a letter or digit; it got ${JSON.stringify(name.slice(0, 120))}.`,
    path,
  );
};
