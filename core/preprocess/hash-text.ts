// Tokens of a text and the signed places that they count in, as scikit-learn's HashingVectorizer and FeatureHasher.
import { type Column, countValid, valueAt } from "../frame/column.ts";
import { ColumnKindError } from "../frame/error.ts";
import type { HashingEncoder, TextHashing } from "./encoding-specification.ts";
import { murmurHash } from "./murmur-hash.ts";

/** Adds n-grams of a list of parts, put together by a separator. */
const addGrams = (tokens: string[], parts: readonly string[], from: number, to: number, separator: string): void => {
  for (let size = from; size <= Math.min(to, parts.length); size++)
    for (let at = 0; at + size <= parts.length; at++) tokens.push(parts.slice(at, at + size).join(separator));
};

/** Python's white space (str.split and \s) beyond JavaScript's: the separators of ASCII and the next line. */
const space = "[\\s\\x1c-\\x1f\\x85]";

/** The tokens of a text, in no order that matters; one comes as often as it stands there. */
export const tokensOf = (text: string, step: TextHashing): string[] => {
  const { analyzer = "word", ngramRange = [1, 1], lowercase = true } = step;
  const [shortest, longest] = ngramRange;
  const own = lowercase ? text.toLowerCase() : text;
  const tokens: string[] = [];
  if (analyzer === "word") addGrams(tokens, own.match(/[\p{L}\p{N}_]{2,}/gu) ?? [], shortest, longest, " ");
  else if (analyzer === "char")
    addGrams(tokens, [...own.replace(new RegExp(`${space}{2,}`, "g"), " ")], shortest, longest, "");
  else
    for (const word of own.split(new RegExp(`${space}+`))) {
      if (word === "") continue;
      const padded = [...` ${word} `];
      // A word shorter than the n-gram counts once, whole.
      addGrams(tokens, padded, Math.min(shortest, padded.length), longest, "");
    }
  return tokens;
};

/** What each token adds where, by its hash. */
const placed = (token: string, width: number): readonly [place: number, sign: 1 | -1] => {
  const hash = murmurHash(token);
  return [Math.abs(hash) % width, hash >= 0 ? 1 : -1];
};

/** Default number of features of a hashing step. */
export const hashedWidth = (step: HashingEncoder | TextHashing): number =>
  step.nFeatures ?? (step.kind === "TextHashing" ? 1024 : 16);

/**
 * Calls back with each place that a row of a column counts in, and its sign; missing rows have none.
 * @throws ColumnKindError for a timestamp, or for a text step over what is no text
 */
export const hashRows = (
  column: Column,
  name: string,
  step: HashingEncoder | TextHashing,
  add: (row: number, place: number, sign: 1 | -1) => void,
): void => {
  if (column.kind === "timestamp" || (step.kind === "TextHashing" && column.kind !== "dictionary")) {
    // A column without any value has no kind of its own when it comes from row objects.
    if (countValid(column) === 0) return;
    throw new ColumnKindError(name, `is ${column.kind}, which ${step.kind} does not take`);
  }
  const width = hashedWidth(step);
  const known = new Map<string, readonly [number, 1 | -1]>();
  const find = (token: string): readonly [number, 1 | -1] => {
    const before = known.get(token);
    if (before) return before;
    const found = placed(token, width);
    if (known.size < 65_536) known.set(token, found);
    return found;
  };
  for (let row = 0; row < column.length; row++) {
    const value = valueAt(column, row);
    if (value === null || Number.isNaN(value)) continue;
    const text = String(value);
    const tokens = step.kind === "TextHashing" ? tokensOf(text, step) : [`${name}=${text}`];
    for (const token of tokens) add(row, ...find(token));
  }
};
