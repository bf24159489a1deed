// From the session's table `staged` to a dataset version's content: schema, content hash, and Parquet files in row
// order. Nothing here is named by the database yet: that is the job's last transaction.
import { createReadStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type StagedRows, stagedName } from "../../source/schema.ts";
import { type Session, sqlName, sqlText } from "../../source/session.ts";
import type { ObjectSource, StoredObject } from "../../store/store.ts";
import type { ColumnSchema, DataFile } from "../schema.ts";
import { createContentHasher } from "./content-hash.ts";
import { writeQuarantine } from "./quarantine.ts";

/** Rows in each Parquet file but the last. Row groups are DuckDB's 122,880. */
export const ROWS_PER_FILE = 250_000;

/** What a dataset version consists of. */
export type DatasetContent = {
  readonly contentHash: string;
  readonly rowCount: number;
  readonly byteCount: number;
  readonly schema: ColumnSchema[];
  readonly files: DataFile[];
  /** Rows of the source that did not fit, in a file of their own. */
  readonly quarantine: DataFile | null;
};

/** Where files go and who hears of it. */
export type WriteOptions = {
  put(source: ObjectSource): Promise<StoredObject>;
  /** 0 to 1 over the whole of the writing. */
  progress?: (fraction: number, message: string) => void;
  rowsPerFile?: number;
};

/**
 * Hashes the staged rows and writes them as zstd Parquet files of 250,000 rows.
 *
 * @param staged the columns of the session's table `staged` (c0, c1, ...), rows in rowid order
 */
export const writeStaged = async (
  session: Session,
  staged: StagedRows,
  options: WriteOptions,
): Promise<DatasetContent> => {
  const { columns } = staged;
  const hasher = createContentHasher(columns);
  const names = columns.map((_, position) => stagedName(position)).join(", ");
  let seen = 0;
  for await (const chunk of session.chunks(`select ${names} from staged`)) {
    hasher.append(chunk);
    seen += chunk.rowCount;
    options.progress?.((0.4 * seen) / staged.rowCount, "hashing");
  }
  const { contentHash, rowCount, missingCounts } = hasher.finish();
  const schema = columns.map(({ name, type, nullable }, index): ColumnSchema => {
    const missingCount = missingCounts[index] ?? 0;
    return { name, type, nullable: nullable ?? missingCount > 0, missingCount };
  });

  const aliased = columns.map(({ name }, position) => `${stagedName(position)} as ${sqlName(name)}`).join(", ");
  const rowsPerFile = options.rowsPerFile ?? ROWS_PER_FILE;
  const files: DataFile[] = [];
  const path = join(session.folder, "rows.parquet");
  for (let from = 0; from < rowCount; from += rowsPerFile) {
    const to = Math.min(rowCount, from + rowsPerFile);
    await session.run(
      `copy (select ${aliased} from staged where rowid >= ${from} and rowid < ${to} order by rowid)
       to ${sqlText(path)} (format parquet, compression zstd)`,
    );
    const { hash, byteCount } = await options.put(createReadStream(path, { highWaterMark: 1 << 18 }));
    await rm(path);
    files.push({ hash, rowCount: to - from, byteCount });
    options.progress?.(0.4 + (0.6 * to) / rowCount, "writing");
  }
  const quarantine = await writeQuarantine(session, staged.quarantined ?? [], options.put);
  const byteCount = files.reduce((sum, file) => sum + file.byteCount, 0);
  return { contentHash, rowCount, byteCount, schema, files, quarantine };
};
