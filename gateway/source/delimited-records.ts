// Walks delimited text (RFC 4180 and its tab-separated sibling) record by record to prove its shape before DuckDB reads
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

/** The bytes [start, end) of the text, after decompression. */
export type ByteRange = { readonly start: number; readonly end: number };

/** What a scan is asked beside the shape. */
export type ScanOptions = {
  /** Hears of each record with a fault and its text; when it returns, the scan goes on after it. Without it, the scan stops. */
  readonly onBad?: ((fault: DelimitedFault, range: ByteRange, text: string) => void) | undefined;
  /** Hears of each good record (0 is the first after the header) before it is counted; true stops the scan. */
  readonly onGood?: ((index: number, line: number, text: () => string) => boolean) | undefined;
};

/** What a scan found. */
export type DelimitedScan = {
  readonly header: readonly string[];
  readonly recordCount: number;
  readonly fault: DelimitedFault | undefined;
};

const LF = 0x0a;
const CR = 0x0d;
/** The longest record in bytes. DuckDB wants to know one, and a line that never ends must not fill the memory. */
export const LONGEST_RECORD_BYTES = 2_000_000;

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

const notUtf8 = (bytes: Uint8Array): string =>
  (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
    ? "it begins with a UTF-16 byte order mark"
    : "a byte sequence that UTF-8 does not have";

const breaksIn = (bytes: Uint8Array, from: number, to: number): number => {
  let count = 0;
  for (let at = bytes.indexOf(LF, from); at >= 0 && at < to; at = bytes.indexOf(LF, at + 1)) count++;
  return count;
};

type LineEnd = "LF" | "CRLF" | "CR" | "END";

/** One record as it lies in a piece: [start, end) without its line end, `next` after it. */
type Walked = {
  end: number;
  next: number;
  lineEnd: LineEnd;
  fields: number;
  /** Why it is no record, and at which byte. */
  broken: { readonly at: number; readonly what: string } | undefined;
};

const UNCLOSED = "a quoted field opens here and never closes.";

/** The line that begins at a byte, whatever its quotes say; undefined when its end is not in the piece. */
const lineAt = (bytes: Uint8Array, start: number, isLast: boolean): Omit<Walked, "broken"> | undefined => {
  let end = start;
  while (end < bytes.length && bytes[end] !== LF && bytes[end] !== CR) end++;
  if (end === bytes.length) return isLast ? { end, next: end, lineEnd: "END", fields: 0 } : undefined;
  if (bytes[end] === LF) return { end, next: end + 1, lineEnd: "LF", fields: 0 };
  if (end + 1 === bytes.length && !isLast) return undefined;
  return bytes[end + 1] === LF
    ? { end, next: end + 2, lineEnd: "CRLF", fields: 0 }
    : { end, next: end + 1, lineEnd: "CR", fields: 0 };
};

/** The record that begins at a byte; undefined when its end is not in the piece. A broken one ends with its first line. */
const recordAt = (
  bytes: Uint8Array,
  start: number,
  isLast: boolean,
  delimiter: number,
  quote: number,
  onField?: (from: number, to: number, quoted: boolean) => void,
): Walked | undefined => {
  const { length } = bytes;
  let fields = 1;
  let at = start;
  const breakOff = (where: number, what: string): Walked | undefined => {
    const line = lineAt(bytes, start, isLast);
    return line && { ...line, fields, broken: { at: where, what } };
  };
  for (;;) {
    const from = at;
    const quoted = bytes[at] === quote;
    if (quoted) {
      for (at++; ; at += 2) {
        at = bytes.indexOf(quote, at);
        if (at < 0) return isLast ? breakOff(from, UNCLOSED) : undefined;
        if (at + 1 === length && !isLast) return undefined;
        if (bytes[at + 1] !== quote) break;
      }
      at++;
    } else {
      // The loop that every byte of most files goes through.
      for (let byte = bytes[at]; at < length && byte !== delimiter && byte !== LF && byte !== CR; byte = bytes[at])
        at++;
    }
    const byte = bytes[at];
    if (at < length && byte !== delimiter && byte !== LF && byte !== CR) {
      return breakOff(at, "text follows a closing quote: double a quote that belongs to a value.");
    }
    if (byte !== delimiter || at === length) {
      const line = lineAt(bytes, at, isLast);
      if (line === undefined) return undefined;
      onField?.(from, at, quoted);
      return { ...line, fields, broken: undefined };
    }
    onField?.(from, at, quoted);
    fields++;
    at++;
  }
};

/**
 * Scans a whole file.
 *
 * Rules: fields end at the delimiter, records at LF, CRLF or CR, one style a file; a field that begins with the quote
 * ends at the next quote that is not doubled; a line without any byte is no record where there is more than one
 * column; a byte order mark is passed over; the first record is the header. After a quote that is astray the scan goes
 * on with the next line: what lies between is not a part of the broken record.
 *
 * @param onBad goes on after faults of records; a fault of the header always stops
 */
export const scanDelimited = async (
  pieces: AsyncIterable<Uint8Array>,
  dialect: Dialect,
  { onBad, onGood }: ScanOptions = {},
): Promise<DelimitedScan> => {
  const delimiter = dialect.delimiter.charCodeAt(0);
  const quote = dialect.quote === "" ? -1 : dialect.quote.charCodeAt(0);
  const isUnicode = dialect.encoding === "UTF_8";
  const decoder = new TextDecoder(isUnicode ? "utf-8" : "latin1", { ignoreBOM: true });
  const header: string[] = [];
  let inHeader = true;
  let records = 0;
  let line = 1;
  let lineEnd: LineEnd | undefined;
  let fault: DelimitedFault | undefined;
  let stopped = false;
  // Where the bytes that are held begin in the text.
  let offset = 0;

  const decode = (bytes: Uint8Array): string => decoder.decode(bytes);
  const takeField = (bytes: Uint8Array) => (from: number, to: number, quoted: boolean) => {
    const text = decode(quoted ? bytes.subarray(from + 1, to - 1) : bytes.subarray(from, to));
    header.push(quoted ? text.replaceAll(dialect.quote + dialect.quote, dialect.quote) : text);
  };
  const faultOf = (
    bytes: Uint8Array,
    start: number,
    walked: Walked,
    isSuspect: boolean,
  ): DelimitedFault | undefined => {
    const { end, fields, broken } = walked;
    if (isSuspect) {
      const nul = bytes.subarray(start, end).indexOf(0);
      if (nul >= 0) {
        const what = "it holds a NUL byte, which text does not: is it UTF-16 or a binary file?";
        return { kind: "malformed", line: line + breaksIn(bytes, start, start + nul), what };
      }
      for (let from = start, at = line; isUnicode && from < end; at++) {
        const found = bytes.indexOf(LF, from);
        const to = found < 0 || found > end ? end : found;
        const part = bytes.subarray(from, to);
        if (!isUtf8(part)) return { kind: "encoding", line: at, what: notUtf8(bytes) };
        from = to + 1;
      }
    }
    if (broken) return { kind: "malformed", line: line + breaksIn(bytes, start, broken.at), what: broken.what };
    if (end - start > LONGEST_RECORD_BYTES) return tooLong();
    if (walked.lineEnd !== "END") lineEnd ??= walked.lineEnd;
    if (walked.lineEnd !== "END" && walked.lineEnd !== lineEnd) {
      const what = `it ends with ${walked.lineEnd} where the lines before it end with ${lineEnd}: use one line ending throughout.`;
      return { kind: "malformed", line: line + breaksIn(bytes, start, end), what };
    }
    if (!inHeader && fields !== header.length) return { kind: "ragged", line, expected: header.length, found: fields };
    return undefined;
  };
  const tooLong = (): DelimitedFault => {
    const what = `it has more than ${LONGEST_RECORD_BYTES} bytes: does a quote open here that never closes?`;
    return { kind: "malformed", line, what };
  };
  const setAside = (found: DelimitedFault, bytes: Uint8Array, start: number, end: number, next: number): void => {
    if (inHeader || onBad === undefined) {
      fault = found;
      return;
    }
    // What is set aside is told by the line on which it begins.
    const text = decode(bytes.subarray(start, Math.min(end, start + 8_000)));
    onBad({ ...found, line }, { start: offset + start, end: offset + next }, text);
  };

  /** Walks the records that are whole, and gives the first byte of the one that is not. */
  const walk = (bytes: Uint8Array, begin: number, isLast: boolean): number => {
    const keep = isLast ? 0 : unfinishedTail(bytes);
    const isSuspect = bytes.includes(0) || (isUnicode && !isUtf8(bytes.subarray(0, bytes.length - keep)));
    let start = begin;
    while (start < bytes.length && fault === undefined && !stopped) {
      const walked = recordAt(bytes, start, isLast, delimiter, quote, inHeader ? takeField(bytes) : undefined);
      if (walked === undefined) break;
      const { end, next } = walked;
      if (end > start || inHeader || header.length === 1) {
        const found = faultOf(bytes, start, walked, isSuspect);
        if (found) setAside(found, bytes, start, end, next);
        else if (inHeader) inHeader = false;
        else {
          const from = start;
          stopped = onGood?.(records, line, () => decode(bytes.subarray(from, Math.min(end, from + 8_000)))) ?? false;
          records++;
        }
      }
      line += breaksIn(bytes, start, end) + (walked.lineEnd === "END" ? 0 : 1);
      start = next;
    }
    if (inHeader && fault === undefined) header.length = 0;
    return start;
  };

  /** Walks what is there, and gives the bytes of the record that is not whole yet. */
  const take = (bytes: Uint8Array, isLast: boolean): Uint8Array => {
    let start = walk(bytes, 0, isLast);
    while (fault === undefined && !stopped && bytes.length - start > LONGEST_RECORD_BYTES) {
      const first = lineAt(bytes, start, false);
      if (first === undefined || first.end - start > LONGEST_RECORD_BYTES) fault = tooLong();
      else {
        setAside(tooLong(), bytes, start, first.end, first.next);
        line++;
        start = walk(bytes, first.next, isLast);
      }
    }
    offset += start;
    return bytes.subarray(start);
  };

  let held: Uint8Array = new Uint8Array(0);
  let isFirst = true;
  for await (const piece of pieces) {
    let rest = piece;
    if (isFirst && isUnicode) {
      if (piece[0] === 0xff || piece[0] === 0xfe) fault = { kind: "encoding", line: 1, what: notUtf8(piece) };
      if (piece[0] === 0xef && piece[1] === 0xbb && piece[2] === 0xbf) {
        rest = piece.subarray(3);
        offset = 3;
      }
    }
    isFirst = false;
    if (fault === undefined) held = take(held.length === 0 ? rest : Buffer.concat([held, rest]), false);
    if (fault !== undefined || stopped) break;
  }
  if (fault === undefined && !stopped) take(held, true);
  return { header, recordCount: records, fault };
};
