// DuckDB's vectors as plain bytes: numbers are copied whole, texts are told apart by the sixteen bytes that DuckDB
// itself keeps for each, so that three million rows cost a few hundred milliseconds and not an object each.
import { type DuckDBDataChunk, DuckDBVarCharVector } from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";
import type { ColumnTypeName } from "../schema.ts";

/** Bytes a value of a staged type takes in a vector. */
export const valueWidth: Readonly<Record<ColumnTypeName, number>> = {
  INTEGER: 8,
  FLOAT: 8,
  BOOLEAN: 1,
  TEXT: 16,
  TIMESTAMP: 8,
};

/** One column of a chunk. `validity` holds a bit a row, lowest first, and is undefined when no value is missing. */
export type VectorBytes = { readonly data: Uint8Array; readonly validity: Uint8Array | undefined };

/** A view of a column's bytes; it lives as long as the chunk does. */
export const vectorBytes = (chunk: DuckDBDataChunk, column: number, width: number): VectorBytes => {
  const rows = chunk.rowCount;
  const vector = duckdb.data_chunk_get_vector(chunk.chunk, column);
  const data = duckdb.vector_get_data(vector, rows * width);
  // The binding's type does not say so, but a vector without missing values has no validity.
  const validity: Uint8Array | null = duckdb.vector_get_validity(vector, Math.ceil(rows / 64) * 8);
  return { data, validity: validity ?? undefined };
};

/** Whether bit `index` of a bitmap is set. */
export const bitAt = (bitmap: Uint8Array, index: number): boolean =>
  (((bitmap[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;

const INLINE_BYTES = 12;
const bytesToText = new TextDecoder();

/** Texts numbered in the order of their first appearance. */
export type TextDictionary = {
  /** Numbers the rows [from, from + codes.length) of a text column; a missing row's code is 0. */
  encode(chunk: DuckDBDataChunk, column: number, bytes: VectorBytes, from: number, codes: Int32Array): void;
  readonly size: number;
  /** Entry `code` as UTF-8. */
  bytes(code: number): Uint8Array;
  text(code: number): string;
};

/**
 * An empty dictionary.
 *
 * A DuckDB string of up to 12 bytes lies within its 16-byte slot (length, then bytes, padded with zeros), so four
 * 32-bit words are the key of a hash table without a string being made; longer ones go through a Map.
 */
export const createTextDictionary = (): TextDictionary => {
  let capacity = 1 << 10;
  let table = new Int32Array(capacity).fill(-1);
  let words = new Int32Array(4 * 256);
  const long = new Map<string, number>();
  const longTexts: (string | undefined)[] = [];
  let size = 0;

  const slotOf = (a: number, b: number, c: number, d: number): number => {
    let hash =
      Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35) ^ Math.imul(d, 0x27d4eb2f);
    hash ^= hash >>> 15;
    hash = Math.imul(hash, 0x2c1b3c6d);
    return (hash ^ (hash >>> 13)) & (capacity - 1);
  };
  const room = () => {
    if (words.length < (size + 1) * 4) {
      const wider = new Int32Array(words.length * 2);
      wider.set(words);
      words = wider;
    }
    if (size * 2 < capacity) return;
    capacity *= 2;
    table = new Int32Array(capacity).fill(-1);
    for (let code = 0; code < size; code++) {
      if (longTexts[code] !== undefined) continue;
      let slot = slotOf(
        words[code * 4] ?? 0,
        words[code * 4 + 1] ?? 0,
        words[code * 4 + 2] ?? 0,
        words[code * 4 + 3] ?? 0,
      );
      while (table[slot] !== -1) slot = (slot + 1) & (capacity - 1);
      table[slot] = code;
    }
  };
  const inlineCode = (a: number, b: number, c: number, d: number): number => {
    let slot = slotOf(a, b, c, d);
    for (;;) {
      const code = table[slot] ?? -1;
      if (code === -1) break;
      const at = code * 4;
      if (words[at] === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === d) return code;
      slot = (slot + 1) & (capacity - 1);
    }
    room();
    words.set([a, b, c, d], size * 4);
    slot = slotOf(a, b, c, d);
    while (table[slot] !== -1) slot = (slot + 1) & (capacity - 1);
    table[slot] = size;
    return size++;
  };
  const longCode = (text: string): number => {
    const known = long.get(text);
    if (known !== undefined) return known;
    room();
    long.set(text, size);
    longTexts[size] = text;
    return size++;
  };
  const bytes = (code: number): Uint8Array => {
    const text = longTexts[code];
    if (text !== undefined) return Buffer.from(text, "utf8");
    return new Uint8Array(words.buffer, code * 16 + 4, words[code * 4] ?? 0);
  };

  return {
    encode(chunk, column, { data, validity }, from, codes) {
      const slots = new Int32Array(data.buffer, data.byteOffset, data.byteLength / 4);
      let vector: DuckDBVarCharVector | undefined;
      for (let row = 0; row < codes.length; row++) {
        const source = from + row;
        if (validity !== undefined && !bitAt(validity, source)) {
          codes[row] = 0;
          continue;
        }
        const at = source * 4;
        const length = slots[at] ?? 0;
        if (length <= INLINE_BYTES) {
          codes[row] = inlineCode(length, slots[at + 1] ?? 0, slots[at + 2] ?? 0, slots[at + 3] ?? 0);
          continue;
        }
        if (vector === undefined) {
          const found = chunk.getColumnVector(column);
          if (!(found instanceof DuckDBVarCharVector))
            throw new TypeError(`Column ${column} of the chunk is ${found.type}, not text.`);
          vector = found;
        }
        codes[row] = longCode(vector.getItem(source) ?? "");
      }
    },
    get size() {
      return size;
    },
    bytes,
    text: (code) => longTexts[code] ?? bytesToText.decode(bytes(code)),
  };
};
