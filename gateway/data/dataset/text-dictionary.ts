// Texts numbered in the order of their first appearance, told apart by their bytes: no string is made until one is
// asked for, so that columns of codes cost nanoseconds a row.
import { InvalidInput } from "../../domain/error.ts";
import { INLINE_BYTES, longTexts, type TextPlace } from "./long-texts.ts";
import { bitAt, type VectorBytes } from "./vector-bytes.ts";

/** A dictionary that grows as rows come. */
export type TextDictionary = {
  /** Numbers the rows [from, from + codes.length) of a text column; a missing row's code is 0. */
  encode(bytes: VectorBytes, from: number, codes: Int32Array): void;
  readonly size: number;
  text(code: number): string;
  /** The byte length of each entry. */
  lengths(): Uint32Array;
  /** All entries in UTF-8, one after another. */
  contents(): Uint8Array;
};

const LARGEST_ARENA = 2 ** 31 - 1;
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

const finish = (hash: number): number => {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return mixed ^ (mixed >>> 13);
};

/** A hash of the four words of a short text's slot: length and bytes, padded with zeros. */
const hashWords = (a: number, b: number, c: number, d: number): number =>
  finish(Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35) ^ Math.imul(d, 0x27d4eb2f));

/** FNV-1a over a text's bytes. */
const hashBytes = ({ bytes, offset, length }: TextPlace): number => {
  let hash = 0x811c9dc5;
  for (let at = offset; at < offset + length; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  return finish(hash);
};

/** An empty dictionary. */
export const createTextDictionary = (): TextDictionary => {
  let capacity = 1 << 10;
  let table = new Int32Array(capacity).fill(-1);
  // Entries in order: hash, length, and where the bytes begin in the arena, which holds all texts one after another.
  let entries = new Int32Array(3 * 256);
  let arena = new Uint8Array(4096);
  let filled = 0;
  let size = 0;

  const grow = (length: number) => {
    if (filled + length > LARGEST_ARENA) {
      throw new InvalidInput(
        "The distinct texts of a column take more than 2 GiB together: read fewer rows at a time.",
      );
    }
    if (entries.length < (size + 1) * 3) {
      const wider = new Int32Array(entries.length * 2);
      wider.set(entries);
      entries = wider;
    }
    if (arena.length < filled + length) {
      const wider = new Uint8Array(Math.min(LARGEST_ARENA, Math.max(arena.length * 2, filled + length)));
      wider.set(arena.subarray(0, filled));
      arena = wider;
    }
    if (size * 2 < capacity) return;
    capacity *= 2;
    table = new Int32Array(capacity).fill(-1);
    for (let code = 0; code < size; code++) {
      let slot = (entries[code * 3] ?? 0) & (capacity - 1);
      while (table[slot] !== -1) slot = (slot + 1) & (capacity - 1);
      table[slot] = code;
    }
  };

  const codeOf = (hash: number, { bytes, offset, length }: TextPlace): number => {
    let slot = hash & (capacity - 1);
    for (; ; slot = (slot + 1) & (capacity - 1)) {
      const code = table[slot] ?? -1;
      if (code === -1) break;
      if (entries[code * 3] !== hash || entries[code * 3 + 1] !== length) continue;
      const start = entries[code * 3 + 2] ?? 0;
      let same = 0;
      while (same < length && arena[start + same] === bytes[offset + same]) same++;
      if (same === length) return code;
    }
    grow(length);
    slot = hash & (capacity - 1);
    while (table[slot] !== -1) slot = (slot + 1) & (capacity - 1);
    table[slot] = size;
    entries.set([hash, length, filled], size * 3);
    arena.set(bytes.subarray(offset, offset + length), filled);
    filled += length;
    return size++;
  };

  return {
    encode({ data, validity }, from, codes) {
      const slots = new Int32Array(data.buffer, data.byteOffset, data.byteLength / 4);
      const isPresent = (row: number) => validity === undefined || bitAt(validity, from + row);
      const places = longTexts(slots, from, codes.length, isPresent);
      for (let row = 0; row < codes.length; row++) {
        if (!isPresent(row)) {
          codes[row] = 0;
          continue;
        }
        const at = (from + row) * 4;
        const length = slots[at] ?? 0;
        if (length <= INLINE_BYTES) {
          const hash = hashWords(length, slots[at + 1] ?? 0, slots[at + 2] ?? 0, slots[at + 3] ?? 0);
          codes[row] = codeOf(hash, { bytes: data, offset: at * 4 + 4, length });
          continue;
        }
        const place = places[row];
        if (place) codes[row] = codeOf(hashBytes(place), place);
      }
    },
    get size() {
      return size;
    },
    text: (code) => {
      const start = entries[code * 3 + 2] ?? 0;
      return decoder.decode(arena.subarray(start, start + (entries[code * 3 + 1] ?? 0)));
    },
    lengths: () => Uint32Array.from({ length: size }, (_, code) => entries[code * 3 + 1] ?? 0),
    contents: () => arena.subarray(0, filled),
  };
};
