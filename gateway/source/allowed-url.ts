// Which addresses may be imported from: those below prefixes that the operator named, so that nobody makes the gateway
// call machines that only it can reach.
import type { InputPath } from "../domain/error.ts";
import { DatasetSourceNotAllowed, DatasetSourceUnknown } from "./errors.ts";

/** What an address begins with: http://host/folder/, https://host/ or s3://bucket/folder/. */
export type UrlPrefix = string;

const known = new Set(["http:", "https:", "s3:"]);

/** Whether an address lies below a prefix, on the same host and within its folder. */
export const isBelow = (url: URL, prefix: UrlPrefix): boolean => {
  const allowed = new URL(prefix);
  const folder = allowed.pathname.endsWith("/") ? allowed.pathname : `${allowed.pathname}/`;
  return (
    url.protocol === allowed.protocol &&
    url.host === allowed.host &&
    (folder === "/" || url.pathname === allowed.pathname || url.pathname.startsWith(folder))
  );
};

/**
 * An address that may be read.
 *
 * @throws DatasetSourceUnknown when it is none, DatasetSourceNotAllowed when it is outside of the prefixes
 */
export const resolveAllowedUrl = (text: string, prefixes: readonly UrlPrefix[], path: InputPath): URL => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !known.has(url.protocol) || url.hostname === "" || url.username !== "" || url.password !== "") {
    throw new DatasetSourceUnknown(text, path);
  }
  if (!prefixes.some((prefix) => isBelow(url, prefix))) throw new DatasetSourceNotAllowed(url, path);
  return url;
};
