// Which local files may be read: those below folders that the operator named, after every symbolic link is followed,
// so that neither ".." nor a link leads out.
import { realpath, stat } from "node:fs/promises";
import { isAbsolute, relative, resolve, sep } from "node:path";
import type { InputPath } from "../domain/error.ts";
import { DatasetFileNotAllowed, DatasetFileNotFound } from "./errors.ts";

const isWithin = (folder: string, file: string): boolean => {
  const way = relative(folder, file);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
};

const realOrUndefined = async (path: string): Promise<string | undefined> => {
  try {
    return await realpath(path);
  } catch {
    return undefined;
  }
};

/**
 * The real path of a plain file below one of the allowed folders. A path outside of them is refused before anything
 * is said about whether it exists.
 *
 * @param file an absolute path, or one relative to the gateway's working folder
 * @param folders the allowed folders; with none, every path is refused
 * @throws DatasetFileNotAllowed, DatasetFileNotFound
 *
 * @example
 * const path = await resolveAllowedFile("data/rows.csv", ["/srv/data"], ["source", "path"]);
 */
export const resolveAllowedFile = async (
  file: string,
  folders: readonly string[],
  path: InputPath,
): Promise<string> => {
  if (file === "" || file.includes("\0")) throw new DatasetFileNotFound(file, path);
  const absolute = resolve(file);
  const roots: string[] = [];
  for (const folder of folders) roots.push((await realOrUndefined(folder)) ?? resolve(folder));
  const named = folders.map((folder) => resolve(folder));
  const real = await realOrUndefined(absolute);
  if (real === undefined) {
    const mayKnow = [...roots, ...named].some((root) => isWithin(root, absolute));
    throw mayKnow ? new DatasetFileNotFound(file, path) : new DatasetFileNotAllowed(file, path);
  }
  if (!roots.some((root) => isWithin(root, real) || root === real)) throw new DatasetFileNotAllowed(file, path);
  const found = await stat(real);
  if (found.isDirectory()) throw new DatasetFileNotFound(file, path, "a folder");
  if (!found.isFile()) throw new DatasetFileNotFound(file, path, "not a plain file");
  return real;
};
