// The content hash as its definition has it, computed here a second time in plain code from plain rows.
import { createHash } from "node:crypto";
import { DuckDBInstance } from "@duckdb/node-api";
import { createContentHasher } from "@millrace/gateway/data/dataset/content-hash.ts";
import { expect, test } from "vitest";

type Value = bigint | number | boolean | string | null;
type Column = { name: string; type: "INTEGER" | "FLOAT" | "BOOLEAN" | "TEXT" | "TIMESTAMP"; values: Value[] };

const sha256 = (...parts: Uint8Array[]): Buffer => {
  const digest = createHash("sha256");
  for (const part of parts) digest.update(part);
  return digest.digest();
};

const encodeValues = (type: Column["type"], values: Value[]): Uint8Array[] => {
  if (type === "TEXT") {
    const distinct = [...new Set(values.filter((value) => value !== null))].map(String);
    const texts = distinct.map((text) => Buffer.from(text, "utf8"));
    const lengths = Buffer.alloc(4 + 4 * texts.length);
    lengths.writeUInt32LE(texts.length);
    for (const [code, text] of texts.entries()) lengths.writeUInt32LE(text.length, 4 + 4 * code);
    const codes = Buffer.alloc(values.length * 4);
    for (const [row, value] of values.entries())
      codes.writeInt32LE(value === null ? 0 : distinct.indexOf(String(value)), row * 4);
    return [lengths, ...texts, codes];
  }
  if (type === "BOOLEAN") return [Uint8Array.from(values, (value) => (value === true ? 1 : 0))];
  const numbers = Buffer.alloc(values.length * 8);
  for (const [row, value] of values.entries()) {
    if (type === "FLOAT") numbers.writeDoubleLE(Number(value ?? 0), row * 8);
    else numbers.writeBigInt64LE(BigInt(value === null ? 0 : Number(value)), row * 8);
  }
  return [numbers];
};

const referenceHash = (columns: Column[], rowCount: number): string => {
  const blocks: Buffer[] = [];
  for (let from = 0; from < rowCount; from += 65_536) {
    const digests = columns.map(({ type, values }) => {
      const block = values.slice(from, from + 65_536);
      const validity = Buffer.alloc(Math.ceil(block.length / 8));
      for (const [row, value] of block.entries()) {
        if (value !== null) validity.writeUInt8(validity.readUInt8(row >> 3) | (1 << (row & 7)), row >> 3);
      }
      return sha256(validity, ...encodeValues(type, block));
    });
    blocks.push(sha256(...digests));
  }
  const head = JSON.stringify({ millraceDataset: 1, rowCount, columns: columns.map(({ name, type }) => [name, type]) });
  return sha256(Buffer.from(head), ...blocks).toString("hex");
};

/** The hash of a query's result, and the missing counts. */
const hashQuery = async (columns: Omit<Column, "values">[], query: string) => {
  const instance = await DuckDBInstance.create(":memory:", { threads: "2" });
  const connection = await instance.connect();
  const hasher = createContentHasher(columns);
  for await (const chunk of await connection.stream(query)) hasher.append(chunk);
  connection.closeSync();
  instance.closeSync();
  return hasher.finish();
};

test("the hash is that of its definition, over more than one block, for every type, with gaps and long texts", async () => {
  const rowCount = 70_001;
  const rows = Array.from({ length: rowCount }, (_, row) => row);
  const columns: Column[] = [
    { name: "id", type: "INTEGER", values: rows.map((row) => (row % 7 === 3 ? null : BigInt(row) - 9_007_199_254n)) },
    { name: "share", type: "FLOAT", values: rows.map((row) => (row % 5 === 0 ? null : row / 8)) },
    { name: "even", type: "BOOLEAN", values: rows.map((row) => (row % 3 === 0 ? null : row % 2 === 0)) },
    { name: "word", type: "TEXT", values: rows.map((row) => (row % 11 === 1 ? null : `ø${row % 1000}`)) },
    { name: "line", type: "TEXT", values: rows.map((row) => `a text of more than twelve bytes ${row % 300}`) },
    { name: "at", type: "TIMESTAMP", values: rows.map((row) => BigInt(row) * 1_000_003n) },
  ];
  const {
    contentHash,
    rowCount: seen,
    missingCounts,
  } = await hashQuery(
    columns,
    `select case when i % 7 = 3 then null else i - 9007199254 end, case when i % 5 = 0 then null else i / 8 end,
      case when i % 3 = 0 then null else i % 2 = 0 end, case when i % 11 = 1 then null else 'ø' || (i % 1000) end,
      'a text of more than twelve bytes ' || (i % 300), make_timestamp(i * 1000003) from range(${rowCount}) as t(i)`,
  );
  expect(seen).toBe(rowCount);
  expect(missingCounts).toEqual(columns.map(({ values }) => values.filter((value) => value === null).length));
  expect(contentHash).toBe(referenceHash(columns, rowCount));
});

test("the hash does not depend on how rows come in chunks", async () => {
  const columns = [{ name: "a", type: "INTEGER" as const }];
  const whole = await hashQuery(columns, "select i from range(100000) as t(i)");
  // A filter leaves chunks of odd sizes.
  const filtered = await hashQuery(columns, "select i // 3 from range(300000) as t(i) where i % 3 = 1");
  expect(filtered.contentHash).toBe(whole.contentHash);
});
