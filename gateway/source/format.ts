// Which format and compression a file has: told by its name or by the user, then checked against its first bytes,
// so that a Parquet file named .csv is refused for what it is and not for its ten thousandth odd byte.
import { open } from "node:fs/promises";
import type { InputPath } from "../domain/error.ts";
import {
  DatasetFileEmpty,
  DatasetFileFormatMismatch,
  DatasetFileFormatUnknown,
  DatasetFileTruncated,
} from "./errors.ts";

/** The formats that can be imported. ARROW is the IPC file as well as the IPC stream. */
export const fileFormats = ["CSV", "TSV", "JSON", "NDJSON", "PARQUET", "ARROW"] as const;
export type FileFormat = (typeof fileFormats)[number];

/** How the whole file is compressed (Parquet and Arrow compress inside). */
export type Compression = "NONE" | "GZIP" | "ZSTD";

const extensions: Readonly<Record<string, FileFormat>> = {
  ".csv": "CSV",
  ".tsv": "TSV",
  ".tab": "TSV",
  ".json": "JSON",
  ".ndjson": "NDJSON",
  ".jsonl": "NDJSON",
  ".parquet": "PARQUET",
  ".arrow": "ARROW",
  ".arrows": "ARROW",
  ".feather": "ARROW",
};

const extensionOf = (name: string): string => /\.[^./\\]*$/.exec(name)?.[0].toLowerCase() ?? "";

/**
 * The format that a file's name tells, with .gz and .zst taken off first.
 *
 * @throws DatasetFileFormatUnknown when the name tells nothing.
 */
export const formatOfName = (name: string, path: InputPath): FileFormat => {
  const format = extensions[extensionOf(name.replace(/\.(gz|zst)$/i, ""))];
  if (format) return format;
  throw new DatasetFileFormatUnknown(name, Object.keys(extensions), path);
};

const signatures: readonly { name: string; bytes: readonly number[] }[] = [
  { name: "Parquet", bytes: [0x50, 0x41, 0x52, 0x31] },
  { name: "an Arrow file", bytes: [0x41, 0x52, 0x52, 0x4f, 0x57, 0x31] },
  { name: "an Arrow stream", bytes: [0xff, 0xff, 0xff, 0xff] },
  { name: "gzip", bytes: [0x1f, 0x8b] },
  { name: "zstd", bytes: [0x28, 0xb5, 0x2f, 0xfd] },
  { name: "a zip archive or spreadsheet", bytes: [0x50, 0x4b, 0x03, 0x04] },
  { name: "SQLite", bytes: [0x53, 0x51, 0x4c, 0x69, 0x74, 0x65, 0x20] },
];

const signatureOf = (bytes: Uint8Array): string | undefined =>
  signatures.find((signature) => signature.bytes.every((byte, index) => bytes[index] === byte))?.name;

const PARQUET_MAGIC = "PAR1";

/** The first bytes, the last four bytes and the size of a file. */
const edges = async (file: string): Promise<{ head: Uint8Array; tail: string; size: number }> => {
  const handle = await open(file, "r");
  try {
    const { size } = await handle.stat();
    const head = new Uint8Array(Math.min(16, size));
    await handle.read(head, 0, head.length, 0);
    const tail = Buffer.alloc(Math.min(4, size));
    await handle.read(tail, 0, tail.length, size - tail.length);
    return { head, tail: tail.toString("latin1"), size };
  } finally {
    await handle.close();
  }
};

/**
 * Checks that a file's bytes can be of the format, and tells its compression.
 *
 * @param file the file to open
 * @param name the name for messages
 * @throws DatasetFileEmpty, DatasetFileFormatMismatch, DatasetFileTruncated (Parquet without its footer)
 */
export const checkFormat = async (
  file: string,
  name: string,
  format: FileFormat,
  path: InputPath,
): Promise<Compression> => {
  const { head, tail, size } = await edges(file);
  if (size === 0) throw new DatasetFileEmpty(name, "has no bytes", path);
  const found = signatureOf(head);
  if (format === "PARQUET") {
    if (found !== "Parquet") throw new DatasetFileFormatMismatch(name, "Parquet", found ?? "something else", path);
    if (size < 12 || tail !== PARQUET_MAGIC) {
      throw new DatasetFileTruncated(
        name,
        `a Parquet file ends with "PAR1" and this one does not (${size} bytes)`,
        path,
      );
    }
    return "NONE";
  }
  if (format === "ARROW") {
    if (found === undefined || !found.startsWith("an Arrow")) {
      throw new DatasetFileFormatMismatch(name, "Arrow IPC", found ?? "something else", path);
    }
    return "NONE";
  }
  if (found === "gzip") return "GZIP";
  if (found === "zstd") return "ZSTD";
  if (found !== undefined) throw new DatasetFileFormatMismatch(name, format, found, path);
  return "NONE";
};

/** DuckDB's name of a compression. */
export const duckdbCompression: Readonly<Record<Compression, string>> = {
  NONE: "uncompressed",
  GZIP: "gzip",
  ZSTD: "zstd",
};
