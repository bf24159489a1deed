// Walks delimited text (RFC 4180 and its tab-separated sibling) byte by byte to prove its shape before DuckDB reads
// it: DuckDB alone lets a trailing delimiter pass and miscounts lines when quoted fields hold line breaks.
import { isUtf8 } from "node:buffer";

/** How fields are set apart. */
export type Dialect = { readonly delimiter: string; readonly quote: string; readonly encoding: Encoding };
export type Encoding = "UTF_8" | "LATIN_1";

/** What is wrong, and on which physical line (1 is the header). */
export type DelimitedFault =
  | { readonly kind: "ragged"; readonly line: number; readonly expected: number; readonly found: number }
  | { readonly kind: "malformed"; readonly line: number; readonly what: string }
  | { readonly kind: "encoding"; readonly line: number; readonly what: string };

/** What a scan found. `line` is the line where the record asked for begins. */
export type DelimitedScan = {
  readonly header: readonly string[];
  readonly recordCount: number;
  readonly line: number | undefined;
  readonly fault: DelimitedFault | undefined;
};

const LF = 0x0a;
const CR = 0x0d;

/** Length of an incomplete UTF-8 sequence at the end of a piece, so that pieces can be checked one by one. */
const unfinishedTail = (piece: Uint8Array): number => {
  for (let back = 1; back <= Math.min(3, piece.length); back++) {
    const byte = piece[piece.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return needed > back ? back : 0;
  }
  return 0;
};

/** How many line breaks lie before the first line of `piece` that is not UTF-8. */
const linesBeforeFault = (piece: Uint8Array): number => {
  let lines = 0;
  for (let start = 0; start < piece.length; lines++) {
    const end = piece.indexOf(LF, start);
    const line = piece.subarray(start, end < 0 ? piece.length : end);
    if (!isUtf8(line)) return lines;
    if (end < 0) break;
    start = end + 1;
  }
  return lines;
};

const hex = (bytes: Uint8Array): string =>
  bytes.length >= 2 && ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    ? "it begins with a UTF-16 byte order mark"
    : "a byte sequence that UTF-8 does not have";

// The places a byte can be in.
const FIELD_START = 0;
const UNQUOTED = 1;
const QUOTED = 2;
const AFTER_QUOTE = 3;

/**
 * Scans a whole file, or up to a record.
 *
 * Rules: fields end at the delimiter, records at LF, CRLF or CR, one style a file; a field that begins with the quote
 * ends at the next quote that is not doubled; a line without any byte is no record where there is more than one
 * column; a byte order mark is passed over; the first record is the header.
 *
 * @param until stop at this record (0 is the first after the header) and tell its line
 */
export const scanDelimited = async (
  pieces: AsyncIterable<Uint8Array>,
  dialect: Dialect,
  until = Number.POSITIVE_INFINITY,
): Promise<DelimitedScan> => {
  const delimiter = dialect.delimiter.charCodeAt(0);
  const quote = dialect.quote === "" ? -1 : dialect.quote.charCodeAt(0);
  const decoder = new TextDecoder(dialect.encoding === "LATIN_1" ? "latin1" : "utf-8");
  const header: string[] = [];
  let headerField: number[] = [];
  let inHeader = true;
  let state = FIELD_START;
  let fields = 1;
  let bytesInRecord = 0;
  let records = 0;
  let line = 1;
  let recordLine = 1;
  let quoteLine = 1;
  let foundLine: number | undefined;
  let afterCarriageReturn = false;
  let newline: "LF" | "CRLF" | "CR" | undefined;
  let tail: Uint8Array = new Uint8Array(0);
  let checkedLines = 0;
  let first = true;
  let fault: DelimitedFault | undefined;

  const endRecord = () => {
    if (inHeader) {
      header.push(decoder.decode(Uint8Array.from(headerField)));
      inHeader = false;
    } else if (bytesInRecord === 0 && header.length > 1) {
      // A line without any byte is not a record.
    } else if (fields !== header.length) {
      fault = { kind: "ragged", line: recordLine, expected: header.length, found: fields };
    } else {
      if (records === until) foundLine = recordLine;
      records++;
    }
    fields = 1;
    bytesInRecord = 0;
    state = FIELD_START;
  };
  const sawNewline = (style: "LF" | "CRLF" | "CR") => {
    newline ??= style;
    if (newline !== style) {
      const what = `it ends with ${style} where the lines before it end with ${newline}: use one line ending throughout.`;
      fault ??= { kind: "malformed", line: line - 1, what };
    }
  };

  const walk = (piece: Uint8Array) => {
    for (let at = 0; at < piece.length && fault === undefined && foundLine === undefined; at++) {
      const byte = piece[at] ?? 0;
      if (afterCarriageReturn) {
        afterCarriageReturn = false;
        sawNewline(byte === LF ? "CRLF" : "CR");
        if (byte === LF) continue;
        if (fault !== undefined) return;
      }
      if (state === QUOTED) {
        bytesInRecord++;
        if (byte === quote) state = AFTER_QUOTE;
        else {
          if (byte === LF) line++;
          if (inHeader) headerField.push(byte);
        }
        continue;
      }
      if (byte === delimiter) {
        if (inHeader) {
          header.push(decoder.decode(Uint8Array.from(headerField)));
          headerField = [];
        }
        fields++;
        bytesInRecord++;
        state = FIELD_START;
      } else if (byte === LF || byte === CR) {
        line++;
        endRecord();
        recordLine = line;
        if (byte === CR) afterCarriageReturn = true;
        else sawNewline("LF");
      } else if (state === AFTER_QUOTE) {
        if (byte !== quote) {
          fault = {
            kind: "malformed",
            line,
            what: "text follows a closing quote: double a quote that belongs to a value.",
          };
          return;
        }
        bytesInRecord++;
        state = QUOTED;
        if (inHeader) headerField.push(byte);
      } else {
        bytesInRecord++;
        if (byte === quote && state === FIELD_START) {
          state = QUOTED;
          quoteLine = line;
        } else {
          if (byte === 0) {
            fault = {
              kind: "malformed",
              line,
              what: "it holds a NUL byte, which text does not: is it UTF-16 or a binary file?",
            };
            return;
          }
          state = UNQUOTED;
          if (inHeader) headerField.push(byte);
        }
      }
    }
  };

  for await (const piece of pieces) {
    let rest = piece;
    if (first) {
      first = false;
      if (piece[0] === 0xff || piece[0] === 0xfe) {
        if (dialect.encoding === "UTF_8") fault = { kind: "encoding", line: 1, what: hex(piece) };
      }
      if (piece[0] === 0xef && piece[1] === 0xbb && piece[2] === 0xbf) rest = piece.subarray(3);
    }
    if (dialect.encoding === "UTF_8" && fault === undefined) {
      const whole: Uint8Array = tail.length > 0 ? Buffer.concat([tail, rest]) : rest;
      const keep = unfinishedTail(whole);
      const complete = whole.subarray(0, whole.length - keep);
      if (!isUtf8(complete)) {
        fault = { kind: "encoding", line: 1 + checkedLines + linesBeforeFault(complete), what: hex(complete) };
      }
      tail = whole.slice(whole.length - keep);
      for (let at = complete.indexOf(LF); at >= 0; at = complete.indexOf(LF, at + 1)) checkedLines++;
    }
    if (fault !== undefined) break;
    walk(rest);
    if (fault !== undefined || foundLine !== undefined) break;
  }
  if (fault === undefined && foundLine === undefined) {
    if (tail.length > 0) fault = { kind: "encoding", line: 1 + checkedLines, what: hex(tail) };
    else if (state === QUOTED)
      fault = { kind: "malformed", line: quoteLine, what: "a quoted field opens here and never closes." };
    else if (bytesInRecord > 0 || (inHeader && !first)) endRecord();
  }
  return { header, recordCount: records, line: foundLine, fault };
};
