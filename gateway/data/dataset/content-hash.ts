// The identity of a dataset version: a hash over its column names, types and values that does not depend on the file
// format it came in, on how its rows were cut into files, or on the run.
import { createHash, hash } from "node:crypto";
import type { DuckDBDataChunk } from "@duckdb/node-api";
import type { ColumnTypeName } from "../schema.ts";
import { createTextDictionary, type TextDictionary } from "./text-dictionary.ts";
import { bitAt, type VectorBytes, valueWidth, vectorBytes } from "./vector-bytes.ts";

/** Rows in a block of the hash tree. Part of the definition: another number is another hash. */
export const BLOCK_ROWS = 65_536;

type Column = { readonly name: string; readonly type: ColumnTypeName };

/** Takes rows in order and gives their hash. */
export type ContentHasher = {
  append(chunk: DuckDBDataChunk): void;
  /** The hash, the rows seen, and the missing values of each column. */
  finish(): { contentHash: string; rowCount: number; missingCounts: number[] };
};

type Block = {
  readonly values: Uint8Array;
  readonly validity: Uint8Array;
  readonly codes: Int32Array;
  dictionary: TextDictionary;
};

const fill = (
  block: Block,
  type: ColumnTypeName,
  bytes: VectorBytes,
  from: number,
  count: number,
  at: number,
): number => {
  const { data, validity } = bytes;
  const width = valueWidth[type];
  if (type === "TEXT") block.dictionary.encode(bytes, from, block.codes.subarray(at, at + count));
  else block.values.set(data.subarray(from * width, (from + count) * width), at * width);
  if (validity === undefined && at % 8 === 0) {
    block.validity.fill(0xff, at >> 3, (at + count) >> 3);
    for (let row = (at + count) & ~7; row < at + count; row++) setBit(block.validity, row);
    return 0;
  }
  let missing = 0;
  for (let row = 0; row < count; row++) {
    if (validity === undefined || bitAt(validity, from + row)) {
      setBit(block.validity, at + row);
      continue;
    }
    missing++;
    if (type !== "TEXT") block.values.fill(0, (at + row) * width, (at + row + 1) * width);
  }
  return missing;
};

const setBit = (bitmap: Uint8Array, index: number): void => {
  bitmap[index >> 3] = (bitmap[index >> 3] ?? 0) | (1 << (index & 7));
};

const digestColumn = (block: Block, type: ColumnTypeName, rows: number): Uint8Array => {
  const digest = createHash("sha256");
  digest.update(block.validity.subarray(0, Math.ceil(rows / 8)));
  if (type !== "TEXT") return digest.update(block.values.subarray(0, rows * valueWidth[type])).digest();
  const lengths = block.dictionary.lengths();
  digest.update(new Uint8Array(Uint32Array.of(lengths.length).buffer)).update(new Uint8Array(lengths.buffer));
  digest.update(block.dictionary.contents());
  return digest.update(new Uint8Array(block.codes.buffer, 0, rows * 4)).digest();
};

/**
 * A hasher of rows staged as BIGINT, DOUBLE, BOOLEAN, VARCHAR or TIMESTAMP.
 *
 * The definition (version 1, all numbers little-endian, all digests SHA-256): rows are cut into blocks of 65,536. The
 * digest of a column's block is over its validity (a bit a row, lowest first, 1 for present, padded with 0 to a whole
 * byte) and its values: INTEGER int64, FLOAT float64, BOOLEAN one byte, TIMESTAMP int64 microseconds since 1970 UTC,
 * a missing value as zeros; TEXT as the block's distinct texts in the order of their first appearance (their
 * number, uint32; the byte length of each, uint32; their UTF-8 one after another), then an int32 a row that numbers
 * them (0 where missing). The digest of a block is
 * over the digests of its columns in order. The content hash is over the UTF-8 JSON
 * {"millraceDataset":1,"rowCount":n,"columns":[[name,type],...]} and the digests of the blocks in order. Whether a
 * column may be null is not part of it: the values tell.
 */
export const createContentHasher = (columns: readonly Column[]): ContentHasher => {
  const blocks = columns.map(
    ({ type }): Block => ({
      values: new Uint8Array(type === "TEXT" ? 0 : BLOCK_ROWS * valueWidth[type]),
      validity: new Uint8Array(BLOCK_ROWS / 8),
      codes: new Int32Array(type === "TEXT" ? BLOCK_ROWS : 0),
      dictionary: createTextDictionary(),
    }),
  );
  const missingCounts = columns.map(() => 0);
  const blockDigests: Uint8Array[] = [];
  let rowCount = 0;
  let rowsInBlock = 0;

  const closeBlock = () => {
    const digests = blocks.map((block, index) => digestColumn(block, columns[index]?.type ?? "TEXT", rowsInBlock));
    blockDigests.push(hash("sha256", Buffer.concat(digests), "buffer"));
    for (const [index, block] of blocks.entries()) {
      block.validity.fill(0);
      if (columns[index]?.type === "TEXT") block.dictionary = createTextDictionary();
    }
    rowsInBlock = 0;
  };

  return {
    append(chunk) {
      const rows = chunk.rowCount;
      const vectors = columns.map(({ type }, index) => vectorBytes(chunk, index, valueWidth[type]));
      for (let from = 0; from < rows; ) {
        const count = Math.min(rows - from, BLOCK_ROWS - rowsInBlock);
        for (const [index, block] of blocks.entries()) {
          const column = columns[index];
          const bytes = vectors[index];
          if (!column || !bytes) continue;
          const missing = fill(block, column.type, bytes, from, count, rowsInBlock);
          missingCounts[index] = (missingCounts[index] ?? 0) + missing;
        }
        from += count;
        rowsInBlock += count;
        rowCount += count;
        if (rowsInBlock === BLOCK_ROWS) closeBlock();
      }
    },
    finish() {
      if (rowsInBlock > 0) closeBlock();
      const head = JSON.stringify({
        millraceDataset: 1,
        rowCount,
        columns: columns.map(({ name, type }) => [name, type]),
      });
      const contentHash = createHash("sha256").update(head).update(Buffer.concat(blockDigests)).digest("hex");
      return { contentHash, rowCount, missingCounts };
    },
  };
};
