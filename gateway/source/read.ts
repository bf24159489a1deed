// The one door to the readers: a file of any format becomes the session's table `staged`, or a typed error.
import { stageArrow } from "./arrow.ts";
import { stageDelimited } from "./delimited.ts";
import { DatasetFileTooLarge } from "./errors.ts";
import { checkFormat } from "./format.ts";
import { stageJson } from "./json.ts";
import { stageParquet } from "./parquet.ts";
import { openQuarantine } from "./quarantine.ts";
import type { ReadRequest, StagedRows } from "./schema.ts";
import type { Session } from "./session.ts";

const stageFormat = async (session: Session, request: ReadRequest): Promise<StagedRows> => {
  const compression = await checkFormat(request.file, request.name, request.format, request.path);
  const quarantine = openQuarantine(request);
  switch (request.format) {
    case "CSV":
    case "TSV":
      return stageDelimited(session, request, compression, quarantine);
    case "JSON":
    case "NDJSON":
      return stageJson(session, request, compression, quarantine);
    case "PARQUET":
      return stageParquet(session, request, quarantine);
    case "ARROW":
      return stageArrow(session, request, quarantine);
  }
};

/**
 * Reads a whole file into the session's table `staged`: columns c0, c1, ... in the file's order, rows in file order,
 * typed INTEGER (within 2^53 - 1), FLOAT (NaN is missing; infinities are kept), BOOLEAN, TEXT or TIMESTAMP (UTC, whole
 * microseconds; finer times are cut). The session must have been opened with the file among its readable ones.
 *
 * @throws DatasetFileError, a class and a code for each fault, with its place
 *
 * @example
 * await withSession({ readable: [file] }, async (session) => {
 *   const { columns, rowCount } = await stageFile(session, { file, name: "rows.csv", format: "CSV", options: {}, path: ["source"], optionsPath: [] });
 * });
 */
export const stageFile = async (session: Session, request: ReadRequest): Promise<StagedRows> => {
  try {
    return await stageFormat(session, request);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith("Out of Memory Error")) throw error;
    const what = "its rows do not fit into the memory and spill space that imports have.";
    throw new DatasetFileTooLarge(request.name, what, request.path, { cause: error });
  }
};
