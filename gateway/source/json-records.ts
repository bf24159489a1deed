// Walks a JSON array or newline-delimited JSON record by record to find where a fault lies. DuckDB reads the file;
// this runs only when it refused, since its own line numbers depend on how it split the file among threads.
import { isUtf8 } from "node:buffer";

/** One record: its text, its place and, when it is not JSON, why. Where the file itself is broken there, `ends` is true. */
export type JsonRecord = {
  readonly index: number;
  readonly line: number;
  readonly text: string;
  readonly fault: string | undefined;
  readonly ends: boolean;
};

/** The longest record in bytes: what DuckDB takes when it is not told otherwise. */
export const LONGEST_JSON_BYTES = 16 * 2 ** 20;

const LF = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const CLOSE = 0x5d;
const openers = new Set([0x5b, 0x7b]);
const closers = new Set([CLOSE, 0x7d]);
const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x09 || byte === LF || byte === 0x0d;

/** Why bytes are not one JSON value, or undefined when they are. */
const faultIn = (bytes: Uint8Array, text: string): string | undefined => {
  if (!isUtf8(bytes)) return "it holds bytes that are not UTF-8, which JSON is always in.";
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

/** Gathers the bytes of one record, as many as there may be. */
const gather = () => {
  let parts: Uint8Array[] = [];
  let size = 0;
  return {
    get size() {
      return size;
    },
    add(part: Uint8Array) {
      size += part.length;
      if (size <= LONGEST_JSON_BYTES) parts.push(part);
    },
    /** The record, whose fault is looked for when none is told. */
    take(index: number, line: number, told?: string): JsonRecord {
      const bytes = Buffer.concat(parts);
      const text = bytes
        .toString("utf8")
        .replace(/^\uFEFF/, "")
        .trim();
      const fault = size > LONGEST_JSON_BYTES ? `it has more than ${LONGEST_JSON_BYTES} bytes.` : faultIn(bytes, text);
      parts = [];
      size = 0;
      return { index, line, text, fault: told ?? fault, ends: told !== undefined };
    },
  };
};

/** The records of newline-delimited JSON: lines that are not blank. */
export async function* linesOfJson(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<JsonRecord> {
  let line = 1;
  let index = 0;
  const held = gather();
  const finish = function* (): Generator<JsonRecord> {
    const record = held.take(index, line);
    if (record.text === "" && record.fault?.startsWith("Unexpected end")) return;
    index++;
    yield record;
  };
  for await (const piece of pieces) {
    let start = 0;
    for (let at = piece.indexOf(LF); at >= 0; at = piece.indexOf(LF, start)) {
      held.add(piece.subarray(start, at));
      yield* finish();
      line++;
      start = at + 1;
    }
    held.add(piece.subarray(start));
  }
  yield* finish();
}

/** The elements of a JSON array, split at commas of depth 1. What is wrong with the array itself comes as a last record. */
export async function* elementsOfJson(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<JsonRecord> {
  let line = 1;
  let index = 0;
  let depth = 0;
  let inText = false;
  let escaped = false;
  let elementLine = 1;
  let isClosed = false;
  let isAfterComma = false;
  const element = gather();
  for await (const piece of pieces) {
    let start = -1;
    for (let at = 0; at < piece.length; at++) {
      const byte = piece[at] ?? 0;
      if (byte === LF) line++;
      if (isClosed) {
        if (isSpace(byte)) continue;
        element.add(piece.subarray(at, at + 100));
        yield element.take(index, line, "text follows the array.");
        return;
      }
      if (inText) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inText = false;
        continue;
      }
      if (depth === 1 && (byte === COMMA || byte === CLOSE)) {
        if (start >= 0) element.add(piece.subarray(start, at));
        start = -1;
        isClosed = byte === CLOSE;
        if (element.size > 0) yield element.take(index++, elementLine);
        else if (!isClosed || isAfterComma) yield element.take(index++, line, "a comma stands without a record.");
        isAfterComma = true;
        continue;
      }
      if (depth === 0) {
        // The bracket that opens the array, and what comes before it.
        if (openers.has(byte)) depth = 1;
        continue;
      }
      if (openers.has(byte)) depth++;
      else if (closers.has(byte)) depth--;
      if (start < 0 && element.size === 0) {
        if (isSpace(byte)) continue;
        elementLine = line;
        start = at;
      }
      if (byte === QUOTE) inText = true;
    }
    if (start >= 0 || element.size > 0) element.add(piece.subarray(Math.max(0, start)));
  }
  if (!isClosed)
    yield element.take(
      index,
      element.size > 0 ? elementLine : line,
      "the array does not close: is the file cut short?",
    );
}
