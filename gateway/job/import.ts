// Import: a file becomes a dataset version, or a typed error and nothing. The file's format is checked when the job is
// estimated, so that a wrong one is refused at the door; its content is read here.
import { mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { profileStaged } from "../data/dataset/profile.ts";
import { consumeUpload } from "../data/dataset/uploads.ts";
import { writeStaged } from "../data/dataset/write.ts";
import { UploadNotReady } from "../domain/dataset/errors.ts";
import {
  formatOf,
  type ImportInput,
  type ImportSource,
  parseImport,
  type QuerySource,
  sourcePath,
} from "../domain/dataset/import.ts";
import { describeVersion, registerDatasetVersion } from "../domain/dataset/service.ts";
import { getUpload } from "../domain/dataset/upload.ts";
import { InvalidInput } from "../domain/error.ts";
import { resolveAllowedFile } from "../source/allowed-path.ts";
import { resolveAllowedUrl } from "../source/allowed-url.ts";
import { download } from "../source/download.ts";
import { DatasetSourceNotAllowed } from "../source/errors.ts";
import { checkFormat, type FileFormat } from "../source/format.ts";
import { type QueryRequest, stagePostgresQuery } from "../source/postgres-query.ts";
import { stageFile } from "../source/read.ts";
import type { ReadRequest, StagedRows } from "../source/schema.ts";
import { type Session, type SessionLimits, withSession } from "../source/session.ts";
import { defineExecutor, type EstimateSources, type JobExecutor, type WorkEstimate } from "./executor.ts";

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

const estimateWork = async (request: ReadRequest): Promise<WorkEstimate> => {
  await checkFormat(request.file, request.name, request.format, request.path);
  const { size } = await stat(request.file);
  const { moved, stored } = perFileByte[request.format];
  return { flops: 0, bytes: size * moved, storedBytes: Math.ceil(size * stored) };
};

/**
 * The executor of IMPORT jobs.
 *
 * @example startEngine(workplace, [createImportExecutor({ allowedFolders: ["/srv/data"] })], 1);
 */
export const createImportExecutor = (options: ImportOptions): JobExecutor =>
  defineExecutor({
    kind: "IMPORT",
    parse: (input) => parseImport(input),
    async estimate(input, sources) {
      if ("query" in input.source) {
        queryFor(input, input.source.query, options);
        return undefined;
      }
      const request = await requestFor(input, input.source, sources, options);
      return request.remote ? undefined : estimateWork(request);
    },
    async run(input, context) {
      const { tenantId, projectId, job, signal, progress } = context;
      const started = performance.now();
      const finish = async (session: Session, staged: StagedRows) => {
        progress(0.4, `${staged.rowCount} rows read`);
        const content = await writeStaged(session, staged, {
          put: context.put,
          progress: (fraction, message) => progress(0.4 + 0.5 * fraction, message),
        });
        const profile = await profileStaged(session, staged, (fraction) => progress(0.9 + 0.1 * fraction, "profiling"));
        return { content, profile };
      };
      const readFile = async (request: ReadRequest) => {
        progress(0, `reading ${request.name}`);
        const { size } = await stat(request.file);
        const made = await withSession({ readable: [request.file], limits: options.limits, signal }, async (session) =>
          finish(session, await stageFile(session, request)),
        );
        return { ...made, read: size, how: request.format.toLowerCase() };
      };
      const readRemote = async (request: ReadRequest, url: URL) => {
        const parent = options.limits?.temporaryFolder ?? tmpdir();
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
      const readQuery = async (request: QueryRequest) => {
        progress(0, `asking ${request.name}`);
        const made = await withSession({ readable: [], limits: options.limits, signal }, async (session) =>
          finish(session, await stagePostgresQuery(session, request)),
        );
        return { ...made, read: 0, how: "postgres" };
      };
      const readSource = async () => {
        if ("query" in input.source) return readQuery(queryFor(input, input.source.query, options));
        const request = await requestFor(input, input.source, context, options);
        return request.remote ? readRemote(request, request.remote) : readFile(request);
      };
      const { content, profile, read, how } = await readSource();
      const seconds = (performance.now() - started) / 1000;
      context.usage.add(`import.${how}`, "processor", {
        calls: 1,
        flops: 0,
        bytes: read + content.byteCount,
        seconds,
      });
      return async (transaction) => {
        if ("uploadId" in input.source) {
          const taken = await consumeUpload(transaction, tenantId, input.source.uploadId);
          if (!taken) throw new UploadNotReady("CONSUMED", sourcePath(input.source));
        }
        const version = await registerDatasetVersion(transaction, tenantId, {
          projectId,
          name: input.name,
          jobId: job.id,
          content,
          profile,
          parents: [],
        });
        return describeVersion(transaction, tenantId, version);
      };
    },
  });
