// The object store of a location that an operator named: a folder, or a bucket.
import { tmpdir } from "node:os";
import path from "node:path";
import { openFolderStore } from "./folder.ts";
import type { ObjectStore } from "./store.ts";

/** Whether a location is a bucket and no folder. */
export const isBucket = (location: string): boolean => location.startsWith("s3://");

/**
 * Opens the store of a folder's path or of `s3://bucket/prefix`.
 *
 * @param temporaryFolder where a bucket's objects are copied to when they are read by path
 */
export const openStore = async (location: string, temporaryFolder = tmpdir()): Promise<ObjectStore> => {
  if (!isBucket(location)) return openFolderStore(location);
  // Loaded where there is a bucket only: the client takes 300 ms.
  const { openS3Store, parseS3Location } = await import("./s3.ts");
  return openS3Store(parseS3Location(location), path.join(temporaryFolder, "objects"));
};
