// A file's bytes as they are after decompression, piece by piece: what the scanners that find a fault's place read.
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { DatasetFileMalformed, DatasetFileTooLarge, DatasetFileTruncated } from "./errors.ts";
import type { Compression } from "./format.ts";
import type { ReadRequest } from "./schema.ts";
import type { Session } from "./session.ts";

const decompressors = { GZIP: createGunzip, ZSTD: createZstdDecompress } as const;

/**
 * The decompressed bytes of a file in pieces of 64 KiB or more. The file is closed when the reader stops early.
 *
 * @throws DatasetFileTruncated or DatasetFileMalformed when the compressed stream is cut or spoilt, DatasetFileTooLarge
 * when it unpacks to more than the session allows, and the session's reason when its work is cancelled
 */
export async function* fileBytes(
  request: ReadRequest,
  compression: Compression,
  session: Pick<Session, "throwIfAborted" | "unpackedBytes">,
): AsyncGenerator<Uint8Array> {
  const source = createReadStream(request.file, { highWaterMark: 1 << 18 });
  const plain: AsyncIterable<unknown> =
    // The callback is for form: a fault reaches the reader of what the pipeline ends in.
    compression === "NONE" ? source : pipeline(source, decompressors[compression](), () => {});
  let byteCount = 0;
  try {
    for await (const piece of plain) {
      session.throwIfAborted();
      if (!(piece instanceof Uint8Array)) continue;
      byteCount += piece.length;
      if (compression !== "NONE" && byteCount > session.unpackedBytes) {
        const what = `it unpacks to more than the ${session.unpackedBytes} bytes that imports may.`;
        throw new DatasetFileTooLarge(request.name, what, request.path);
      }
      yield piece;
    }
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (!/^(Z_|ZSTD_|ERR_)/.test(code) || !(error instanceof Error)) throw error;
    throw /unexpected end/i.test(error.message)
      ? new DatasetFileTruncated(request.name, `its ${compression} stream does not end`, request.path, { cause: error })
      : new DatasetFileMalformed(
          request.name,
          `its ${compression} stream is spoilt (${error.message}).`,
          {},
          request.path,
          { cause: error },
        );
  } finally {
    source.destroy();
  }
}
