// `npm run build`: what is up to date is left alone and costs nothing to ask for, and mistakes are told.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { browserFolder, importsOf } from "./imports.ts";
import { execute, root } from "./pack.ts";

const build = (...parts: string[]): Promise<string> => execute(process.execPath, ["build.ts", ...parts], root);

test("a second build changes nothing, says nothing and takes no time", async () => {
  await build();
  const bundle = join(root, "core/dist/node/index.js");
  const { mtimeMs } = statSync(bundle);
  const start = performance.now();
  expect(await build()).toBe("");
  // 0.1 s on a machine at rest.
  expect(performance.now() - start).toBeLessThan(2000);
  expect(statSync(bundle).mtimeMs).toBe(mtimeMs);
});

test("a part that does not exist is refused with the names of those that do", async () => {
  await expect(build("wsam")).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/no part called wsam; the parts are wasm, kernels, types, browser, node, gateway/),
  });
});

test("every WASM build is a module that this engine accepts", () => {
  for (const target of ["simd", "relaxed", "simd-threads", "relaxed-threads"]) {
    const bytes = readFileSync(join(root, `kernels/dist/wasm/millrace.${target}.wasm`));
    expect(WebAssembly.validate(new Uint8Array(bytes))).toBe(true);
  }
});

test("the files for pages ask for nothing but files beside them", async () => {
  const scripts = readdirSync(browserFolder).filter((name) => name.endsWith(".js"));
  const asked: string[] = [];
  for (const name of scripts) {
    const file = join(browserFolder, name);
    const urls = readFileSync(file, "utf8").matchAll(/new URL\([`"']([^`"']+)[`"'],\s*import\.meta\.url\)/g);
    for (const { path } of await importsOf(file)) asked.push(path);
    for (const [, url = ""] of urls) asked.push(url);
  }
  // Four WASM builds, the worker, the devices, their rarer kernels.
  expect(new Set(asked).size).toBeGreaterThanOrEqual(10);
  for (const path of asked) {
    expect(path).toMatch(/^\.\/[\w.-]+$/);
    expect(statSync(join(browserFolder, path)).isFile()).toBe(true);
  }
});
