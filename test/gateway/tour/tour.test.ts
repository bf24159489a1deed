// The tour itself: its documents fit the schema, it begins on an empty folder alone, its small half walks to the end,
// and it stops when told to. The whole of it is `npm run tour`.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { isAlive } from "@millrace/gateway/postgres/postmaster.ts";
import { findDataFolder } from "@millrace/gateway/tour/data-files.ts";
import * as documents from "@millrace/gateway/tour/documents.ts";
import { runTour } from "@millrace/gateway/tour/tour.ts";
import { buildSchema, parse, validate } from "graphql";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "millrace-tour-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const root = path.join(import.meta.dirname, "../../..");

test.each(Object.entries(documents))("the document %s fits the committed schema", (_, { document }) => {
  const schema = buildSchema(readFileSync(path.join(root, "gateway/schema.graphql"), "utf8"));
  expect(validate(schema, parse(document))).toEqual([]);
});

test("a folder that holds something is refused, by name, and is left as it is", async () => {
  await writeFile(path.join(folder, "thesis.txt"), "");
  const given = { dataFolder: folder, output: { write: () => {} }, signal: new AbortController().signal };
  await expect(runTour(given)).rejects.toThrow(/thesis\.txt.*--data/);
  await expect(runTour({ ...given, dataFolder: path.join(folder, "thesis.txt") })).rejects.toThrow("folder of its own");
  expect(await readdir(folder)).toEqual(["thesis.txt"]);
});

test("without its data the tour says what to install", () => {
  expect(() => findDataFolder([path.join(os.tmpdir(), "here.js")])).toThrow("npm install vega-datasets");
});

test("the penguins go from a file to models, predictions and a bill that adds up", async () => {
  const written: string[] = [];
  await runTour({
    dataFolder: path.join(folder, "new"),
    output: { write: (text) => written.push(text) },
    signal: new AbortController().signal,
    only: ["penguins"],
  });
  const text = written.join("");
  expect(text).toMatch(/imported penguins .*344 rows x 7 columns, 18 values missing/);
  // Computed from the file: 146 of its 344 penguins are Adelie, 38 of the 86 that are held out in their shares.
  expect(text.match(/held-out accuracy (9[78]|99|100)\.\d %, base 4[0-9]\.\d %/g)).toHaveLength(2);
  expect(text).toContain('path: ["rows","0","Beak Length (mm)"]');
  expect(text).toMatch(/difference +0 microseconds/);
  expect(text).toMatch(/train +penguins-mlp +[\d.]+ +[\d.]+ +0\.\d{6} +[\d.]+ kB/);
  expect(text).toContain("npm start -- --data ");
});

test("SIGINT in the middle of a job stops everything and ends with 130", async () => {
  const data = path.join(folder, "stopped");
  const command = ["--conditions=millrace-source", path.join(root, "gateway/cli.ts"), "tour", "--data", data];
  const child = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  const output = { text: "", errors: "" };
  child.stderr.on("data", (piece) => {
    output.errors += piece;
  });
  const ended = once(child, "close");
  for await (const piece of child.stdout) {
    output.text += piece;
    if (output.text.includes("5. Flights")) break;
  }
  const pid = Number(readFileSync(path.join(data, "postgres", "postmaster.pid"), "utf8").split("\n")[0]);
  expect(isAlive(pid)).toBe(true);
  child.kill("SIGINT");
  await ended;
  expect(child.exitCode, output.errors).toBe(130);
  expect(output.errors).toBe(`\nThe tour was stopped. What it had done is kept in ${data}.\n`);
  expect(isAlive(pid)).toBe(false);
});
