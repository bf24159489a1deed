// Local files are read from allowed folders alone, whatever the path looks like.
import { mkdir, symlink } from "node:fs/promises";
import { resolveAllowedFile } from "@millrace/gateway/source/allowed-path.ts";
import { withSession } from "@millrace/gateway/source/session.ts";
import { expect, test } from "vitest";
import { failureOf, fileOf, pathTo } from "../dataset/import.fixture.ts";

const source = ["source", "path"];

test("files below an allowed folder are found, by links within it too", async () => {
  await mkdir(pathTo("open/deep"), { recursive: true });
  const file = await fileOf("open/deep/rows.csv", "a\n1\n");
  await symlink(file, pathTo("open/link.csv"));
  expect(await resolveAllowedFile(file, [pathTo("open")], source)).toBe(file);
  expect(await resolveAllowedFile(pathTo("open/link.csv"), [pathTo("open")], source)).toBe(file);
});

test("a path outside, by dots or by a link, is refused without saying whether it exists", async () => {
  await mkdir(pathTo("closed"), { recursive: true });
  await mkdir(pathTo("door"), { recursive: true });
  const secret = await fileOf("closed/secret.csv", "a\n1\n");
  await symlink(secret, pathTo("door/secret.csv"));
  const tried = [secret, pathTo("door/../closed/secret.csv"), pathTo("door/secret.csv"), pathTo("closed/nothing.csv")];
  for (const file of tried) {
    const failure = await failureOf(resolveAllowedFile(file, [pathTo("door")], source));
    expect(failure, file).toMatchObject({ code: "DATASET_FILE_NOT_ALLOWED", path: source });
  }
  expect(await failureOf(resolveAllowedFile(secret, [], source))).toMatchObject({ code: "DATASET_FILE_NOT_ALLOWED" });
});

test("a missing file and a folder within an allowed folder are told as such", async () => {
  await mkdir(pathTo("shelf/inner"), { recursive: true });
  const missing = await failureOf(resolveAllowedFile(pathTo("shelf/none.csv"), [pathTo("shelf")], source));
  expect(missing).toMatchObject({ code: "DATASET_FILE_NOT_FOUND" });
  const folder = await failureOf(resolveAllowedFile(pathTo("shelf/inner"), [pathTo("shelf")], source));
  expect(folder).toMatchObject({ code: "DATASET_FILE_NOT_FOUND" });
});

test("a session reads the files it was opened with and no other, and settings stay as they are", async () => {
  const [mine, other] = [await fileOf("mine.csv", "a\n1\n"), await fileOf("other.csv", "a\n1\n")];
  await withSession({ readable: [mine] }, async (session) => {
    expect(await session.rows(`select * from read_csv('${mine}')`)).toHaveLength(1);
    for (const attempt of [
      `select * from read_csv('${other}')`,
      `copy (select 1) to '${pathTo("written.csv")}'`,
      "install httpfs",
      "load httpfs",
      `attach '${pathTo("a.db")}'`,
      "set enable_external_access = true",
    ]) {
      await expect(session.run(attempt), attempt).rejects.toThrow();
    }
  });
});

test("a file whose name is a pattern is read as that file alone", async () => {
  const file = await fileOf("rows[1]*.csv", "a,b\n1,2\n");
  await fileOf("rows1x.csv", "a,b\n3,4\n");
  const { importFile } = await import("../dataset/import.fixture.ts");
  expect((await importFile(file)).rowCount).toBe(1);
});
