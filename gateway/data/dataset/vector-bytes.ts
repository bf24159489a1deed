// DuckDB's vectors as plain bytes, copied whole, so that three million rows cost a few hundred milliseconds and not an
// object each.
import type { DuckDBDataChunk } from "@duckdb/node-api";
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
