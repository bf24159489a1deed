// What a page downloads for @millrace/core, as a server sends it, held to the budget in size-budget.json.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { root } from "./pack.ts";

const folder = join(root, "core/dist/browser");
const gzipBytes = (name: string): number => gzipSync(readFileSync(join(folder, name)), { level: 9 }).length;
const files = readdirSync(folder);
const javascript = files.filter((name) => name.endsWith(".js")).reduce((sum, name) => sum + gzipBytes(name), 0);
/** A page takes one of the builds; the largest stands for it. */
const wasm = Math.max(...files.filter((name) => name.endsWith(".wasm")).map(gzipBytes));
const budgets: Record<string, { javascriptGzipBytes: number; withWasmGzipBytes: number }> = JSON.parse(
  readFileSync(join(import.meta.dirname, "size-budget.json"), "utf8"),
);
const budget = budgets["@millrace/core for pages"];

test(`the JavaScript of core is within its budget (now ${javascript} bytes gzipped)`, () => {
  expect(javascript).toBeGreaterThan(1000);
  expect(javascript).toBeLessThanOrEqual(budget?.javascriptGzipBytes ?? 0);
});

test(`core with its WASM is within its budget (now ${javascript + wasm} bytes gzipped)`, () => {
  expect(wasm).toBeGreaterThan(1000);
  expect(javascript + wasm).toBeLessThanOrEqual(budget?.withWasmGzipBytes ?? 0);
});
