// `npm run build`: what is up to date is left alone and costs nothing to ask for, and mistakes are told.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import * as esbuild from "esbuild";
import { expect, test } from "vitest";
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

/** What a module imports, statically or not, as esbuild reads it. */
const importsOf = async (file: string): Promise<string[]> => {
  const found: string[] = [];
  const watch: esbuild.Plugin = {
    name: "imports",
    setup: ({ onResolve }) => {
      onResolve({ filter: /.*/ }, ({ kind, path }) => {
        if (kind === "entry-point") return undefined;
        found.push(path);
        return { path, external: true };
      });
    },
  };
  await esbuild.build({
    entryPoints: [file],
    bundle: true,
    write: false,
    format: "esm",
    logLevel: "silent",
    plugins: [watch],
  });
  return found;
};

test("the page's bundle asks for nothing but files beside it", async () => {
  const file = join(root, "core/dist/browser/index.js");
  const text = readFileSync(file, "utf8");
  expect(await importsOf(file)).toEqual([]);
  const urls = [...text.matchAll(/new URL\("([^"]+)",\s*import\.meta\.url\)/g)].map((match) => match[1] ?? "");
  expect(urls.length).toBeGreaterThanOrEqual(5);
  for (const url of urls) expect(statSync(join(root, "core/dist/browser", url)).isFile()).toBe(true);
});
