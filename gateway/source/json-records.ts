// Walks a JSON array or newline-delimited JSON record by record to find where a fault lies. DuckDB reads the file;
// this runs only when it refused, since its own line numbers depend on how it split the file among threads.

/** One record: its text, its place and, when it is not JSON, why. */
export type JsonRecord = { readonly index: number; readonly line: number; readonly text: string };

const LF = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const openers = new Set([0x5b, 0x7b]);
const closers = new Set([0x5d, 0x7d]);
const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;

/** The records of newline-delimited JSON: lines that are not blank. */
export async function* linesOfJson(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<JsonRecord> {
  let line = 1;
  let index = 0;
  let held: Uint8Array[] = [];
  const finish = function* (end: Uint8Array): Generator<JsonRecord> {
    const text = Buffer.concat([...held, end])
      .toString("utf8")
      .trim();
    held = [];
    if (text !== "") yield { index: index++, line, text };
  };
  for await (const piece of pieces) {
    let start = 0;
    for (let at = piece.indexOf(LF); at >= 0; at = piece.indexOf(LF, start)) {
      yield* finish(piece.subarray(start, at));
      line++;
      start = at + 1;
    }
    held.push(piece.subarray(start));
  }
  yield* finish(new Uint8Array(0));
}

/** The elements of a JSON array, split at commas of depth 1. An array that never closes gives its unfinished last element. */
export async function* elementsOfJson(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<JsonRecord> {
  let line = 1;
  let index = 0;
  let depth = 0;
  let inText = false;
  let escaped = false;
  let elementLine = 1;
  let element: number[] = [];
  const take = (): JsonRecord => {
    const record = { index: index++, line: elementLine, text: Buffer.from(element).toString("utf8") };
    element = [];
    return record;
  };
  for await (const piece of pieces) {
    for (const byte of piece) {
      if (byte === LF) line++;
      if (inText) {
        element.push(byte);
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inText = false;
        continue;
      }
      if (depth === 1 && (byte === COMMA || byte === 0x5d)) {
        if (element.length > 0 || byte === COMMA) yield take();
        if (byte !== COMMA) return;
        continue;
      }
      if (openers.has(byte)) depth++;
      else if (closers.has(byte)) depth--;
      if (depth === 1 && openers.has(byte) && index === 0 && element.length === 0) continue;
      if (element.length === 0 && isSpace(byte)) continue;
      if (element.length === 0) elementLine = line;
      if (byte === QUOTE) inText = true;
      element.push(byte);
    }
  }
  if (element.length > 0) yield take();
}

/** Why a text is not one JSON value, or undefined when it is. */
export const jsonFault = (text: string): string | undefined => {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};
