// What a package holds: all that its manifest points to, and nothing that only this repository needs.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { type PackedPackage, pack, root } from "./pack.ts";

/** Every path in a manifest's `exports` and `bin`, but for sources, which only this repository has. */
const targetsOf = (entry: unknown): string[] => {
  if (typeof entry === "string") return [entry];
  if (typeof entry !== "object" || entry === null) return [];
  return Object.entries(entry).flatMap(([condition, value]) =>
    condition === "millrace-source" ? [] : targetsOf(value),
  );
};

describe.each([
  { name: "@millrace/kernels", folder: "kernels", only: /^dist\/(js\/.+\.(js|d\.ts)|wasm\/millrace\.[a-z-]+\.wasm)$/ },
  {
    name: "@millrace/core",
    folder: "core",
    only: /^dist\/(types\/.+\.d\.ts|(browser|node)\/([\w.-]+\.js|millrace\.[a-z-]+\.wasm))$/,
  },
  { name: "@millrace/gateway", folder: "gateway", only: /^dist\/.+\.(js|d\.ts|graphql|html|css|svg)$/ },
])("the package $name", ({ name, folder, only }) => {
  const manifest: Record<string, unknown> = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
  let packed: PackedPackage;
  beforeAll(async () => {
    packed = await pack(name);
  });

  test("holds its manifest, its licence and built files, and nothing else", () => {
    const paths = packed.files.map((file) => file.path);
    expect(paths).toContain("LICENSE");
    expect(
      paths.filter((path) => !["package.json", "LICENSE", "README.md"].includes(path) && !only.test(path)),
    ).toEqual([]);
  });

  test("holds every file that its exports and commands name", () => {
    const paths = packed.files.map((file) => file.path);
    const named = [...targetsOf(manifest.exports), ...targetsOf(manifest.bin)].filter((path) => !path.includes("*"));
    expect(named.length).toBeGreaterThan(0);
    for (const path of named) expect(paths).toContain(path.replace(/^\.\//, ""));
  });

  test("is marked Apache-2.0 and as an ES module", () => {
    expect(manifest).toMatchObject({
      license: "Apache-2.0",
      type: "module",
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    });
  });
});

test("the gateway's command can be run: it is executable and says with what", async () => {
  const packed = await pack("@millrace/gateway");
  const command = packed.files.find((file) => file.path === "dist/cli.js");
  expect((command?.mode ?? 0) & 0o111).toBe(0o111);
  expect(readFileSync(join(root, "gateway/dist/cli.js"), "utf8").split("\n")[0]).toBe("#!/usr/bin/env node");
});

test("core's declarations name no package that its user has not got", async () => {
  const packed = await pack("@millrace/core");
  const imported = packed.files
    .filter((file) => file.path.endsWith(".d.ts"))
    .flatMap(({ path }) => {
      const text = readFileSync(join(root, "core", path), "utf8");
      return [...text.matchAll(/(?:from|import\()\s*["']([^"']+)["']/g)].map((match) => match[1] ?? "");
    });
  expect([...new Set(imported.filter((specifier) => !specifier.startsWith(".")))]).toEqual([]);
});
