// A file over HTTP(S), from its beginning or from where it broke off (RFC 9110, 14: range requests and If-Range).
import { isBelow } from "./allowed-url.ts";
import { type Ask, type DownloadOptions, Passing } from "./download.ts";
import { DatasetSourceNotAllowed, DatasetSourceRefused } from "./errors.ts";

const MOST_REDIRECTS = 5;

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** Asks for a file; redirects are followed within the allowed prefixes. */
export const overHttp =
  ({ url, allowed, path }: DownloadOptions): Ask =>
  async (from, tag, signal) => {
    let at = url;
    for (let redirects = 0; ; redirects++) {
      const headers = from > 0 && tag !== undefined ? { range: `bytes=${from}-`, "if-range": tag } : {};
      // Compressed transfer would make ranges and lengths those of other bytes.
      const response = await fetch(at, {
        redirect: "manual",
        signal,
        headers: { "accept-encoding": "identity", ...headers },
      });
      const { status } = response;
      const location = response.headers.get("location");
      if (status >= 300 && status < 400 && location !== null) {
        await response.body?.cancel();
        if (redirects === MOST_REDIRECTS)
          throw new DatasetSourceRefused(url, `it redirects more than ${MOST_REDIRECTS} times`, path);
        at = new URL(location, at);
        if (!allowed.some((prefix) => isBelow(at, prefix))) throw new DatasetSourceNotAllowed(at, path);
        continue;
      }
      if (status >= 500 || status === 408 || status === 429) throw new Passing(`the server answers ${status}`);
      if (status !== 200 && status !== 206) throw new DatasetSourceRefused(url, `the server answers ${status}`, path);
      const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get("content-range") ?? "");
      const first = status === 206 ? Number(range?.[1] ?? Number.NaN) : 0;
      const size = status === 206 ? Number(range?.[2]) : Number(response.headers.get("content-length") ?? Number.NaN);
      const strong = response.headers.get("etag");
      return {
        body: response.body ?? nothing(),
        first,
        total: Number.isFinite(size) ? size : undefined,
        tag:
          strong !== null && !strong.startsWith("W/") ? strong : (response.headers.get("last-modified") ?? undefined),
      };
    }
  };
