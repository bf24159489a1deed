// Files of a test in a folder of its own, and the way from a file to a dataset's content without a database.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { type DatasetContent, type WriteOptions, writeStaged } from "@millrace/gateway/data/dataset/write.ts";
import { formatOfName } from "@millrace/gateway/source/format.ts";
import { stageFile } from "@millrace/gateway/source/read.ts";
import type { ReadOptions, ReadRequest } from "@millrace/gateway/source/schema.ts";
import { withSession } from "@millrace/gateway/source/session.ts";
import { openFolderStore } from "@millrace/gateway/store/folder.ts";
import type { ObjectStore } from "@millrace/gateway/store/store.ts";
import { afterAll } from "vitest";

const folder = await mkdtemp(path.join(os.tmpdir(), "millrace-dataset-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The object store of the test file. */
export const store: ObjectStore = await openFolderStore(path.join(folder, "objects"));

/** A path in the test's folder. */
export const pathTo = (name: string): string => path.join(folder, name);

/** Writes a file into the test's folder. */
export const fileOf = async (name: string, content: string | Uint8Array): Promise<string> => {
  const file = pathTo(name);
  await writeFile(file, content);
  return file;
};

/** A real file of npm's vega-datasets. */
export const vega = (name: string): string =>
  path.resolve(import.meta.dirname, "../../../node_modules/vega-datasets/data", name);

/** What a reader is asked for a file, with the format of its name. */
export const requestOf = (file: string, options: ReadOptions = {}): ReadRequest => ({
  file,
  name: path.basename(file),
  format: formatOfName(file, ["source", "path"]),
  options,
  path: ["source", "path"],
  optionsPath: ["options"],
});

/** Reads a file into the store, as an import does. */
export const importFile = async (
  file: string,
  options: ReadOptions = {},
  write: Partial<WriteOptions> = {},
): Promise<DatasetContent> =>
  withSession({ readable: [file] }, async (session) =>
    writeStaged(session, await stageFile(session, requestOf(file, options)), { put: store.put, ...write }),
  );

/** Imports text or bytes under a name. */
export const importContent = async (name: string, content: string | Uint8Array, options: ReadOptions = {}) =>
  importFile(await fileOf(name, content), options);

/** What a promise rejects with. */
export const failureOf = async (work: Promise<unknown>): Promise<unknown> => {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error("It should have failed, and did not.");
};
