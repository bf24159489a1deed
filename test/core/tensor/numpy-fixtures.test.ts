// NumPy's recorded answers are the files that the script wrote: each has the hash that the manifest says.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const folder = new URL("../../fixtures/numpy/", import.meta.url);
const hashOf = (name: string): string =>
  createHash("sha256")
    .update(readFileSync(new URL(name, folder)))
    .digest("hex");

test("every recorded file of NumPy's answers has its manifest's hash, version and licence", () => {
  const manifest = JSON.parse(readFileSync(new URL("manifest.json", folder), "utf8"));
  const files = readdirSync(folder).filter((name) => name !== "manifest.json" && name !== manifest.script);
  expect(Object.keys(manifest.sha256).sort()).toEqual(files.sort());
  for (const name of files) expect(hashOf(name)).toBe(manifest.sha256[name]);
  expect(hashOf(manifest.script)).toBe(manifest.scriptSha256);
  expect(manifest.versions.numpy).toMatch(/^\d+\.\d+/);
  expect(manifest.licences.numpy).toMatch(/^BSD-3-Clause/);
});
