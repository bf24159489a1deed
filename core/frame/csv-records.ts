// CSV text to records by RFC 4180, in one pass: quoted fields may hold separators, breaks and doubled quotes. Stricter than
// most readers, so that a broken file is told and not guessed at.
import { FrameError } from "./error.ts";

/** A field, and whether it stood in quotes: an empty one without them is missing. */
export interface CsvField {
  readonly text: string;
  readonly quoted: boolean;
}

/** A record and the line, from 1, on which it begins. */
export interface CsvRecord {
  readonly fields: readonly CsvField[];
  readonly line: number;
}

const breaks = (text: string): number => text.split(/\r\n|\n|\r/).length - 1;

/**
 * The records of a text; lines end in CRLF, LF or CR, and a line without any character is passed over.
 * @throws FrameError naming the line of a quote that is not closed, or stands inside a field
 */
export function* csvRecords(text: string, separator: string): Generator<CsvRecord> {
  const escaped = /[\\^\]-]/.test(separator) ? `\\${separator}` : separator;
  const bare = new RegExp(`[^${escaped}\\r\\n]*`, "y");
  let at = text.startsWith("\uFEFF") ? 1 : 0;
  let line = 1;
  while (at < text.length) {
    const first = line;
    const fields: CsvField[] = [];
    for (;;) {
      if (text[at] === '"') {
        let value = "";
        let from = at + 1;
        for (;;) {
          const close = text.indexOf('"', from);
          if (close < 0) throw new FrameError(`line ${line}: a quote is opened here and never closed`);
          value += text.slice(from, close);
          at = close + 1;
          if (text[at] !== '"') break;
          value += '"';
          from = at + 1;
        }
        line += breaks(value);
        fields.push({ text: value, quoted: true });
      } else {
        bare.lastIndex = at;
        const value = bare.exec(text)?.[0] ?? "";
        if (value.includes('"'))
          throw new FrameError(
            `line ${line}: the field ${JSON.stringify(value.slice(0, 40))} holds a quote; put it in quotes and double those in it`,
          );
        at += value.length;
        fields.push({ text: value, quoted: false });
      }
      if (text[at] !== separator) break;
      at++;
    }
    if (at < text.length) {
      if (text[at] !== "\r" && text[at] !== "\n")
        throw new FrameError(
          `line ${line}: after a closing quote comes ${JSON.stringify(text[at])}; a separator or the line's end is wanted`,
        );
      at += text[at] === "\r" && text[at + 1] === "\n" ? 2 : 1;
      line++;
    }
    const [only] = fields;
    if (fields.length > 1 || only?.quoted || only?.text !== "") yield { fields, line: first };
  }
}
