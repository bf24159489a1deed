// A remote file on this machine's disk: fetched over HTTP or from a bucket, taken up again where it broke off, and
// refused when what comes is another file than what began.
import { open } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { InputPath } from "../domain/error.ts";
import type { UrlPrefix } from "./allowed-url.ts";
import { DatasetFileTooLarge, DatasetSourceUnreachable } from "./errors.ts";
import { overHttp } from "./over-http.ts";

const TRIES = 5;
/** How long a server may be silent. */
const SILENCE_MILLISECONDS = 30_000;

/** What a download may do. */
export type DownloadOptions = {
  readonly url: URL;
  /** The prefixes that a redirect has to stay within. */
  readonly allowed: readonly UrlPrefix[];
  /** The input field that names the address, for errors. */
  readonly path: InputPath;
  readonly signal: AbortSignal;
  /** Default 64 GiB. */
  readonly maximumBytes?: number | undefined;
  /** The wait before the second try; it doubles with each. Default 500 ms. */
  readonly waitMilliseconds?: number | undefined;
  readonly progress?: ((received: number, total: number | undefined) => void) | undefined;
};

/** Bytes from a place on. `tag` tells one state of the file from another; undefined where nothing does. */
export type Answer = {
  readonly body: AsyncIterable<Uint8Array>;
  readonly first: number;
  readonly total: number | undefined;
  readonly tag: string | undefined;
};
/** Asks for the bytes from a place on; of the same state of the file, where a tag is known. */
export type Ask = (from: number, tag: string | undefined, signal: AbortSignal) => Promise<Answer>;

/** Something that may go better the next time. */
export class Passing extends Error {}

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message !== "" ? error.cause.message : error.message;
};

/**
 * Downloads an address to a new file.
 *
 * @throws DatasetSourceRefused when the answer is final (not there, not permitted), DatasetSourceNotAllowed when it
 * leads elsewhere, DatasetSourceUnreachable after five tries, DatasetFileTooLarge, and the signal's reason
 */
export const download = async (file: string, options: DownloadOptions): Promise<void> => {
  const { url, path, signal, maximumBytes = 64 * 2 ** 30, waitMilliseconds = 500 } = options;
  // The bucket's client is loaded where there is a bucket only: it takes 300 ms.
  const ask = url.protocol === "s3:" ? (await import("./from-bucket.ts")).fromBucket(options) : overHttp(options);
  const handle = await open(file, "wx");
  let received = 0;
  let tag: string | undefined;
  let reason = "";
  const attempt = async (): Promise<boolean> => {
    const silence = new AbortController();
    const give = () => silence.abort(new Passing(`nothing came for ${SILENCE_MILLISECONDS / 1000} seconds`));
    let timer = setTimeout(give, SILENCE_MILLISECONDS);
    try {
      const answer = await ask(received, tag, AbortSignal.any([signal, silence.signal]));
      // Anything but the rest of the same file is the file from its beginning.
      if (answer.first !== received || (received > 0 && answer.tag !== tag)) {
        if (answer.first !== 0) throw new Passing("it sent another part than was asked for");
        received = 0;
        await handle.truncate(0);
      }
      tag = answer.tag;
      for await (const piece of answer.body) {
        clearTimeout(timer);
        timer = setTimeout(give, SILENCE_MILLISECONDS);
        if (received + piece.length > maximumBytes) {
          throw new DatasetFileTooLarge(
            String(url),
            `it has more than the ${maximumBytes} bytes that imports may.`,
            path,
          );
        }
        await handle.write(piece, 0, piece.length, received);
        received += piece.length;
        options.progress?.(received, answer.total);
      }
      if (answer.total !== undefined && received < answer.total) {
        throw new Passing(`it ended after ${received} of ${answer.total} bytes`);
      }
      return true;
    } finally {
      clearTimeout(timer);
    }
  };
  try {
    for (let tries = 1; tries <= TRIES; tries++) {
      try {
        if (await attempt()) return;
      } catch (error) {
        signal.throwIfAborted();
        // What is ours to tell is final; what the network says may pass.
        if (error instanceof Error && "code" in error && "path" in error && Array.isArray(error.path)) throw error;
        reason = reasonOf(error);
      }
      if (tries < TRIES) await sleep(waitMilliseconds * 2 ** (tries - 1), undefined, { signal });
    }
  } finally {
    await handle.close();
  }
  throw new DatasetSourceUnreachable(url, `${reason} (${TRIES} tries)`, path);
};
