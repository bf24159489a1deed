// A file of an S3-compatible bucket, from its beginning or from where it broke off.
import { GetObjectCommand, S3ServiceException } from "@aws-sdk/client-s3";
import { bodyOf, isAbsent, openS3Client } from "../store/s3.ts";
import { isBelow } from "./allowed-url.ts";
import { type Ask, type DownloadOptions, Passing } from "./download.ts";
import { DatasetSourceRefused } from "./errors.ts";

/** Asks for an object. The allowed prefix may name an endpoint and a region: `s3://bucket/folder/?endpoint=http://host:9000`. */
export const fromBucket = ({ url, path, allowed }: DownloadOptions): Ask => {
  const prefix = allowed.find((candidate) => isBelow(url, candidate)) ?? "";
  const place = new URL(prefix).searchParams;
  const client = openS3Client({
    endpoint: place.get("endpoint") ?? undefined,
    region: place.get("region") ?? undefined,
  });
  const object = { Bucket: url.hostname, Key: decodeURIComponent(url.pathname.slice(1)) };
  return async (from, tag, signal) => {
    try {
      const range = from > 0 && tag !== undefined ? { Range: `bytes=${from}-`, IfMatch: tag } : {};
      const { Body, ContentLength, ETag } = await client.send(new GetObjectCommand({ ...object, ...range }), {
        abortSignal: signal,
      });
      const first = "Range" in range ? from : 0;
      const total = ContentLength === undefined ? undefined : first + ContentLength;
      return { body: bodyOf(Body), first, total, tag: ETag };
    } catch (error) {
      if (isAbsent(error)) throw new DatasetSourceRefused(url, "there is no such object", path);
      if (!(error instanceof S3ServiceException)) throw error;
      const status = error.$metadata.httpStatusCode ?? 500;
      if (status >= 500 || status === 429) throw new Passing(error.message);
      throw new DatasetSourceRefused(url, status === 412 ? "it changed while it was read" : error.message, path);
    }
  };
};
