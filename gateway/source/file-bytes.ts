// A file's bytes as they are after decompression, piece by piece: what the scanners that find a fault's place read.
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import type { Compression } from "./format.ts";

const decompressors = { GZIP: createGunzip, ZSTD: createZstdDecompress } as const;

/** The decompressed bytes of a file in pieces of 64 KiB or more. The file is closed when the reader stops early. */
export async function* fileBytes(file: string, compression: Compression): AsyncGenerator<Uint8Array> {
  const source = createReadStream(file, { highWaterMark: 1 << 18 });
  if (compression === "NONE") {
    yield* source;
    return;
  }
  const plain = decompressors[compression]();
  pipeline(source, plain, () => {});
  try {
    yield* plain;
  } finally {
    source.destroy();
  }
}
