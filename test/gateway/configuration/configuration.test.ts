import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { ConfigurationInvalid, readConfiguration } from "@millrace/gateway/configuration/configuration.ts";
import { afterEach, beforeEach, expect, test } from "vitest";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "millrace-configuration-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("without flags and variables everything has its default", () => {
  expect(readConfiguration([], {})).toEqual({
    dataFolder: path.resolve(".millrace"),
    objects: path.resolve(".millrace", "objects"),
    importFolders: [],
    importUrls: [],
    importDatabases: {},
    host: "127.0.0.1",
    port: 4000,
    databaseUrl: undefined,
    places: Math.min(2, os.availableParallelism()),
    cores: os.availableParallelism(),
  });
});

test("a flag goes before its variable, and an empty variable is none", () => {
  const environment = { MILLRACE_PORT: "5000", MILLRACE_HOST: "0.0.0.0", DATABASE_URL: "", MILLRACE_DATA: folder };
  const configuration = readConfiguration(["--port", "0", "--jobs=3"], environment);
  expect(configuration).toMatchObject({
    port: 0,
    host: "0.0.0.0",
    places: 3,
    databaseUrl: undefined,
    dataFolder: folder,
    objects: path.join(folder, "objects"),
  });
});

test("folders to import from come by repeated flag or as a list in the variable", () => {
  expect(readConfiguration(["--import-from", folder, "--import-from", os.tmpdir()], {}).importFolders).toEqual([
    folder,
    os.tmpdir(),
  ]);
  const listed = { MILLRACE_IMPORT_FROM: [folder, os.tmpdir()].join(path.delimiter) };
  expect(readConfiguration([], listed).importFolders).toEqual([folder, os.tmpdir()]);
});

test("addresses, databases and buckets come by flag or as words of a variable", () => {
  const environment = {
    MILLRACE_IMPORT_DATABASES: "a=postgres://u:p@h/a  b=postgresql:///b",
    MILLRACE_OBJECTS: "s3://bucket/x",
  };
  expect(readConfiguration(["--import-url", "https://h/f/", "--import-url", "s3://b/"], environment)).toMatchObject({
    importUrls: ["https://h/f/", "s3://b/"],
    importDatabases: { a: "postgres://u:p@h/a", b: "postgresql:///b" },
    objects: "s3://bucket/x",
  });
  for (const wrong of [
    "--import-url=ftp://h/",
    "--import-url=https://u:secret@h/",
    "--import-database=mysql://u:secret@h",
    "--objects=gs://b/",
  ]) {
    expect(() => readConfiguration([wrong], {}), wrong).toThrow(/^(?!.*secret).*wanted|is not name=/s);
  }
});

test.each([
  [["--port", "http"], {}, "--port", 'is "http": a whole number from 0 to 65535'],
  [["--port", "65536"], {}, "--port", "65536"],
  [["--port=-1"], {}, "--port", "-1"],
  [[], { MILLRACE_JOBS: "0" }, "MILLRACE_JOBS", "from 1 to 64"],
  [["--cores", "1.5"], {}, "--cores", "1.5"],
  [["--host", "a b"], {}, "--host", "a host name or address"],
  [[], { DATABASE_URL: "mysql://root:secret@here" }, "DATABASE_URL", "postgres://"],
  [["--import-from", "/not/there"], {}, "--import-from", "/not/there"],
])("%j with %j is refused naming %s", (given, environment, name, text) => {
  const read = () => readConfiguration(given, environment);
  expect(read).toThrow(ConfigurationInvalid);
  expect(read).toThrow(name);
  expect(read).toThrow(text);
});

test("a message never repeats a database URL, which may hold a password", () => {
  expect(() => readConfiguration(["--database-url", "mysql://root:secret@here"], {})).toThrow(/^(?!.*secret).*$/s);
});

test("an unknown flag is refused with the flags there are", () => {
  expect(() => readConfiguration(["--prot", "1"], {})).toThrow(/--prot.*--port/s);
  expect(() => readConfiguration(["positional"], {})).toThrow(/positional/);
  expect(() => readConfiguration(["--port"], {})).toThrow(/--port/);
});

test("a data folder below a file is refused", async () => {
  const file = path.join(folder, "file");
  await writeFile(file, "");
  expect(() => readConfiguration(["--data", path.join(file, "data")], {})).toThrow("is a file");
});
