// Where an import's rows come from: which file or query it is, what it may be, and its rows in a session.
import { mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { DatasetContent } from "../data/dataset/write.ts";
import type { ColumnProfile } from "../data/schema.ts";
import { UploadNotReady } from "../domain/dataset/errors.ts";
import {
  formatOf,
  type ImportInput,
  type ImportSource,
  type QuerySource,
  sourcePath,
} from "../domain/dataset/import.ts";
import { getUpload } from "../domain/dataset/upload.ts";
import { InvalidInput } from "../domain/error.ts";
import { resolveAllowedFile } from "../source/allowed-path.ts";
import { resolveAllowedUrl } from "../source/allowed-url.ts";
import { download } from "../source/download.ts";
import { DatasetSourceNotAllowed } from "../source/errors.ts";
import { checkFormat, type FileFormat } from "../source/format.ts";
import { type QueryRequest, stagePostgresQuery } from "../source/postgres-query.ts";
import { stageFile } from "../source/read.ts";
import type { DeclaredColumn, ReadRequest } from "../source/schema.ts";
import { type Session, type SessionLimits, withSession } from "../source/session.ts";
import type { EstimateSources, JobContext, WorkEstimate } from "./executor.ts";
import type { Stage } from "./import-increment.ts";

/** What imports may touch. */
export type ImportOptions = {
  /** Folders whose files may be imported by path. With none, only uploads are. */
  readonly allowedFolders: readonly string[];
  /** What the addresses of files begin with, such as https://host/folder/ or s3://bucket/. With none, none is read. */
  readonly allowedUrls?: readonly string[] | undefined;
  /** Databases that may be asked, by name: postgres:// addresses. */
  readonly databases?: Readonly<Record<string, string>> | undefined;
  /** The wait before a download is tried again; it doubles with each try. Default 500. */
  readonly waitMilliseconds?: number | undefined;
  readonly limits?: SessionLimits | undefined;
};

/**
 * Bytes moved and kept for each byte of a file. Measured with flights of vega-datasets on two cores: a byte of Parquet
 * takes 80 ns from file to version and one of text 40, counted here as moves at 16 GB/s; past imports correct the rest.
 */
const perFileByte: Readonly<Record<FileFormat, { moved: number; stored: number }>> = {
  PARQUET: { moved: 1280, stored: 1.03 },
  ARROW: { moved: 1280, stored: 0.31 },
  CSV: { moved: 640, stored: 0.13 },
  TSV: { moved: 640, stored: 0.13 },
  JSON: { moved: 640, stored: 0.05 },
  NDJSON: { moved: 640, stored: 0.05 },
};

/** A file to read, and where it is fetched from when it is not here. */
type ReadyRequest = ReadRequest & { readonly remote?: URL };

/** What can be said of a source before it is read. Remote files have no place here yet. */
const requestFor = async (
  input: ImportInput,
  source: Exclude<ImportSource, { query: unknown }>,
  { tenantId, database, store }: EstimateSources,
  { allowedFolders, allowedUrls = [] }: ImportOptions,
): Promise<ReadyRequest> => {
  const path = sourcePath(source);
  const shared = { options: input.options, path, optionsPath: ["options"] };
  if ("path" in source) {
    const format = formatOf(input, source.path);
    const file = await resolveAllowedFile(source.path, allowedFolders, path);
    return { ...shared, file, name: source.path, format };
  }
  if ("url" in source) {
    const remote = resolveAllowedUrl(source.url, allowedUrls, path);
    return { ...shared, file: "", name: remote.pathname, format: formatOf(input, remote.pathname), remote };
  }
  const upload = await getUpload(database, tenantId, source.uploadId, path);
  const format = formatOf(input, upload.fileName);
  if (upload.state !== "COMPLETE" || upload.sha256 === null) throw new UploadNotReady(upload.state, path);
  return { ...shared, file: await store.path(upload.sha256), name: upload.fileName, format };
};

const queryFor = (input: ImportInput, query: QuerySource, { databases = {} }: ImportOptions): QueryRequest => {
  const path = sourcePath(input.source);
  const databaseUrl = databases[query.database];
  if (databaseUrl === undefined) throw new DatasetSourceNotAllowed(query.database, [...path, "database"]);
  if (input.format !== undefined) throw new InvalidInput("A query has no file format: leave it out.", ["format"]);
  return { databaseUrl, name: query.database, sql: query.sql, options: input.options, path: [...path, "sql"] };
};

const estimateFile = async (request: ReadRequest): Promise<WorkEstimate> => {
  await checkFormat(request.file, request.name, request.format, request.path);
  const { size } = await stat(request.file);
  const { moved, stored } = perFileByte[request.format];
  return { flops: 0, bytes: size * moved, storedBytes: Math.ceil(size * stored) };
};

/** Checks a source as far as it can be without asking it, and counts the work of a file that is here. */
export const estimateImport = async (
  input: ImportInput,
  sources: EstimateSources,
  options: ImportOptions,
): Promise<WorkEstimate | undefined> => {
  if ("query" in input.source) {
    queryFor(input, input.source.query, options);
    return undefined;
  }
  const request = await requestFor(input, input.source, sources, options);
  return request.remote ? undefined : estimateFile(request);
};

/** What an import makes: undefined when there is nothing new. */
export type Made = { readonly content: DatasetContent; readonly profile: readonly ColumnProfile[] } | undefined;
/** Makes a version's content of the rows that are staged. */
export type Finish = (session: Session, stage: Stage) => Promise<Made>;

/** How the rows are to be read. */
type Reading = {
  readonly hints: readonly DeclaredColumn[] | undefined;
  /** Files beside the source that the session may read. */
  readonly readable: readonly string[];
  readonly finish: Finish;
};

/** Reads an import's source: `finish` is called once, with a session in which the rows can be staged. */
export const readSource = async (
  input: ImportInput,
  context: JobContext,
  options: ImportOptions,
  { hints, readable, finish }: Reading,
): Promise<{ made: Made; read: number; how: string }> => {
  const { signal, progress } = context;
  const { limits } = options;
  const readFile = async (request: ReadRequest) => {
    progress(0, `reading ${request.name}`);
    const { size } = await stat(request.file);
    const made = await withSession({ readable: [request.file, ...readable], limits, signal }, (session) =>
      finish(session, () => stageFile(session, { ...request, hints })),
    );
    return { made, read: size, how: request.format.toLowerCase() };
  };
  const readRemote = async (request: ReadRequest, url: URL) => {
    const parent = limits?.temporaryFolder ?? tmpdir();
    await mkdir(parent, { recursive: true });
    const folder = await mkdtemp(path.join(parent, "millrace-download-"));
    try {
      const file = path.join(folder, "file");
      await download(file, {
        url,
        allowed: options.allowedUrls ?? [],
        path: request.path,
        signal,
        waitMilliseconds: options.waitMilliseconds,
        progress: (received, total) =>
          progress(total === undefined ? 0 : (0.2 * received) / total, `${received} bytes have come`),
      });
      return await readFile({ ...request, file });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
  if (!("query" in input.source)) {
    const request = await requestFor(input, input.source, context, options);
    return request.remote ? readRemote(request, request.remote) : readFile(request);
  }
  const request = queryFor(input, input.source.query, options);
  progress(0, `asking ${request.name}`);
  // A query that goes on from a watermark says so itself, by its first parameter.
  const takesMark = /\$1\b/.test(request.sql) && input.increment?.watermark !== undefined;
  const made = await withSession({ readable, limits, signal }, (session) =>
    finish(session, (mark) =>
      stagePostgresQuery(session, { ...request, hints, values: takesMark ? [mark ?? null] : [] }),
    ),
  );
  return { made, read: 0, how: "postgres" };
};
