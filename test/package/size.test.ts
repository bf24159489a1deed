// What a page downloads for @millrace/core, as a server sends it, held to the budgets in size-budget.json. A page downloads
// its door, one device with the kernels at hand, and one WASM build; what is loaded later, if at all, is not counted.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { browserFolder, downloadsOf, gzipBytes } from "./imports.ts";

/** A page takes one of the builds; the largest stands for it. */
const wasm = Math.max(
  ...readdirSync(browserFolder)
    .filter((name) => name.endsWith(".wasm"))
    .map(gzipBytes),
);

interface Budget {
  /** Files that the page imports, at once or when it opens its device. */
  readonly imports: readonly string[];
  readonly javascriptGzipBytes: number;
  /** With the WASM build, where the page's device is WASM. */
  readonly withWasmGzipBytes?: number;
}

const budgets: Readonly<Record<string, Budget>> = JSON.parse(
  readFileSync(join(import.meta.dirname, "size-budget.json"), "utf8"),
);

describe.each(Object.entries(budgets))("%s", (_, { imports, javascriptGzipBytes, withWasmGzipBytes }) => {
  test("is within its budget", async () => {
    const files = [...(await downloadsOf(...imports))];
    const javascript = files.reduce((sum, name) => sum + gzipBytes(name), 0);
    console.log(`JavaScript ${javascript} bytes gzipped in ${files.length} files, with WASM ${javascript + wasm}`);
    expect(javascript).toBeGreaterThan(1000);
    expect(javascript).toBeLessThanOrEqual(javascriptGzipBytes);
    if (withWasmGzipBytes === undefined) return;
    expect(wasm).toBeGreaterThan(1000);
    expect(javascript + wasm).toBeLessThanOrEqual(withWasmGzipBytes);
  });
});

test("no page loads the cases of the shared suite", () => {
  const scripts = readdirSync(browserFolder).filter((name) => name.endsWith(".js"));
  // A name of a fill that only cases give.
  for (const name of scripts) expect(readFileSync(join(browserFolder, name), "utf8")).not.toContain("nonfinite");
});
