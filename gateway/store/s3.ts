// The object store in a bucket of an S3-compatible service. What is read by path lies in a local folder as well, under
// its hash, so that each process fetches an object once.
import { createHash, randomBytes } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  S3Client,
  type S3ClientConfig,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { InvalidInput } from "../domain/error.ts";
import { type ObjectHash, ObjectMissing, type ObjectSource, ObjectSpoilt, type ObjectStore } from "./store.ts";

const HASH = /^[0-9a-f]{64}$/;
/** A local copy that nobody asked for in this long goes when a process opens the store. */
const STALE_MILLISECONDS = 24 * 3600 * 1000;
/** Objects are sent in parts of this size, two at a time: what a put holds in memory. */
const PART_BYTES = 16 * 2 ** 20;

/** Where objects lie. */
export type S3Location = {
  readonly bucket: string;
  /** What keys begin with; "" or ending with a slash. */
  readonly prefix: string;
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
};

/** Reads `s3://bucket/prefix?endpoint=http://host:9000&region=eu-north-1`. @throws InvalidInput */
export const parseS3Location = (text: string): S3Location => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "s3:" || url.hostname === "" || url.username !== "") {
    throw new InvalidInput(
      `"${text}" names no bucket: s3://bucket/prefix is wanted, credentials come from AWS_* variables.`,
    );
  }
  const folder = decodeURIComponent(url.pathname).replace(/^\/+|\/+$/g, "");
  return {
    bucket: url.hostname,
    prefix: folder === "" ? "" : `${folder}/`,
    endpoint: url.searchParams.get("endpoint") ?? undefined,
    region: url.searchParams.get("region") ?? undefined,
  };
};

/**
 * A client for a location. Credentials, region and endpoint come from the environment where the location does not say.
 * Checksums of the newest protocol are sent where an operation wants them only: most services but AWS refuse them.
 */
export const openS3Client = ({ endpoint, region }: Pick<S3Location, "endpoint" | "region">): S3Client => {
  const elsewhere = endpoint ?? process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL;
  const configuration: S3ClientConfig = {
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    forcePathStyle: elsewhere !== undefined,
    ...(elsewhere === undefined ? {} : { endpoint: elsewhere }),
    region: region ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? "us-east-1",
  };
  return new S3Client(configuration);
};

/** Whether a service said that there is no such thing. */
export const isAbsent = (error: unknown): boolean =>
  error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404;

async function* piecesOf(source: ObjectSource | undefined, signal?: AbortSignal): AsyncIterable<Uint8Array> {
  if (source === undefined) return;
  if (source instanceof Uint8Array) yield source;
  else {
    for await (const piece of source) {
      signal?.throwIfAborted();
      yield piece;
    }
  }
}

/** The body of an answer as pieces. */
export const bodyOf = async function* (body: unknown): AsyncGenerator<Uint8Array> {
  if (!(body instanceof Readable)) return;
  for await (const piece of body) if (piece instanceof Uint8Array) yield piece;
};

const removeStale = async (folder: string): Promise<void> => {
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name);
    const found = await stat(file).catch(() => undefined);
    if (found?.isFile() && Date.now() - found.mtimeMs > STALE_MILLISECONDS) await rm(file, { force: true });
  }
};

/**
 * Opens the object store of a bucket. The bucket has to be there.
 *
 * `deleteIfOlder` compares the time of the last put and then deletes; the protocol has no way to do both at once, so a
 * put between the two, a few milliseconds, loses its object. Collect with a grace that is longer than any job takes from a put to its end.
 *
 * @param folder where local copies lie; a day after their last use they go
 * @example const store = await openS3Store(parseS3Location("s3://bucket/millrace"), "/srv/millrace/temporary/objects");
 */
export async function openS3Store(location: S3Location, folder: string): Promise<ObjectStore> {
  const { bucket, prefix } = location;
  const client = openS3Client(location);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await removeStale(folder);

  const keyOf = (hash: ObjectHash): string => {
    if (!HASH.test(hash)) throw new InvalidInput(`"${hash}" is no object hash: 64 hexadecimal digits are wanted.`);
    return `${prefix}${hash.slice(0, 2)}/${hash.slice(2)}`;
  };
  const at = (hash: ObjectHash) => ({ Bucket: bucket, Key: keyOf(hash) });
  const copyOf = (hash: ObjectHash): string => path.join(folder, hash);
  const draft = (): string => path.join(folder, `${randomBytes(12).toString("hex")}.part`);

  const head = async (hash: ObjectHash) => {
    try {
      return await client.send(new HeadObjectCommand(at(hash)));
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  };
  const open = async (hash: ObjectHash, range?: string): Promise<AsyncIterable<Uint8Array>> => {
    try {
      const { Body } = await client.send(new GetObjectCommand({ ...at(hash), ...(range && { Range: range }) }));
      return bodyOf(Body);
    } catch (error) {
      throw isAbsent(error) ? new ObjectMissing(hash) : error;
    }
  };
  /** Writes pieces to a new local file and tells what they hash to. */
  const gather = async (file: string, pieces: AsyncIterable<Uint8Array>) => {
    const digest = createHash("sha256");
    let byteCount = 0;
    const counted = async function* () {
      for await (const piece of pieces) {
        digest.update(piece);
        byteCount += piece.length;
        yield piece;
      }
    };
    await pipeline(counted, createWriteStream(file, { flags: "wx" }));
    return { hash: digest.digest("hex"), byteCount };
  };

  const store: ObjectStore = {
    async put(source, signal) {
      const file = draft();
      try {
        const stored = await gather(file, piecesOf(source, signal));
        signal?.throwIfAborted();
        const upload = new Upload({
          client,
          params: { ...at(stored.hash), Body: createReadStream(file) },
          partSize: PART_BYTES,
          queueSize: 2,
        });
        const stop = () => void upload.abort();
        signal?.addEventListener("abort", stop);
        try {
          await upload.done();
        } finally {
          signal?.removeEventListener("abort", stop);
        }
        signal?.throwIfAborted();
        await rename(file, copyOf(stored.hash));
        return stored;
      } catch (error) {
        await rm(file, { force: true });
        signal?.throwIfAborted();
        throw error;
      }
    },
    async read(hash) {
      const parts: Uint8Array[] = [];
      for await (const piece of await open(hash)) parts.push(piece);
      return new Uint8Array(Buffer.concat(parts));
    },
    async *stream(hash, range) {
      const { start = 0, end } = range ?? {};
      if (end !== undefined && end <= start) return;
      const asked = range === undefined ? undefined : `bytes=${start}-${end === undefined ? "" : end - 1}`;
      yield* await open(hash, asked);
    },
    async path(hash) {
      const file = copyOf(hash);
      const now = new Date();
      const isHere = await utimes(file, now, now).then(
        () => true,
        () => false,
      );
      if (isHere) return file;
      const part = draft();
      try {
        const found = await gather(part, await open(hash));
        if (found.hash !== hash) throw new ObjectSpoilt(hash, found.hash);
        await rename(part, file);
      } finally {
        await rm(part, { force: true });
      }
      return file;
    },
    size: async (hash) => (await head(hash))?.ContentLength,
    has: async (hash) => (await head(hash)) !== undefined,
    async delete(hash) {
      await client.send(new DeleteObjectCommand(at(hash)));
      await rm(copyOf(hash), { force: true });
    },
    async deleteIfOlder(hash, putBefore) {
      const found = await head(hash);
      if (found?.LastModified === undefined || found.LastModified >= putBefore) return false;
      await store.delete(hash);
      return true;
    },
    async *list() {
      for (let token: string | undefined, isFirst = true; isFirst || token !== undefined; isFirst = false) {
        const page = await client.send(
          new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ...(token && { ContinuationToken: token }) }),
        );
        for (const { Key = "", Size = 0 } of page.Contents ?? []) {
          const hash = Key.slice(prefix.length).replace("/", "");
          if (HASH.test(hash)) yield { hash, byteCount: Size };
        }
        token = page.NextContinuationToken;
      }
    },
  };
  return store;
}
