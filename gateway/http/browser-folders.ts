// Where the files for browsers lie, run from source or from the published package.
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const first = (folders: readonly string[], file: string): string | undefined =>
  folders.find((folder) => existsSync(path.join(folder, file)));

/** The browser build of `@millrace/core`, beside the build for Node that this process runs; undefined before `npm run build`. */
export const coreFolder = (): string | undefined => {
  const entry = path.dirname(fileURLToPath(import.meta.resolve("@millrace/core")));
  return first([path.join(entry, "dist/browser"), path.join(entry, "../browser")], "index.js");
};

/** The demo page as JavaScript; undefined before `npm run build`. */
export const pageFolder = (): string | undefined =>
  first([path.join(import.meta.dirname, "../page"), path.join(import.meta.dirname, "../dist/page")], "page.js");
