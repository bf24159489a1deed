// What the built files of core import, and what a page therefore downloads.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";
import { root } from "./pack.ts";

export const browserFolder = join(root, "core/dist/browser");

/** The specifiers that a module imports, as esbuild reads it. */
export const importsOf = async (file: string): Promise<{ readonly path: string; readonly dynamic: boolean }[]> => {
  const found: { path: string; dynamic: boolean }[] = [];
  const watch: esbuild.Plugin = {
    name: "imports",
    setup: ({ onResolve }) => {
      onResolve({ filter: /.*/ }, ({ kind, path }) => {
        if (kind === "entry-point") return undefined;
        found.push({ path, dynamic: kind === "dynamic-import" });
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

/** The files in a page's folder that are downloaded when these are imported: themselves, and all that they import at once. */
export const downloadsOf = async (...names: readonly string[]): Promise<Set<string>> => {
  const seen = new Set<string>();
  const queue = [...names];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    for (const { path, dynamic } of await importsOf(join(browserFolder, name)))
      if (!dynamic) queue.push(path.replace(/^\.\//, ""));
  }
  return seen;
};

/** Bytes of a file of the page's folder as a server sends it. */
export const gzipBytes = (name: string): number =>
  gzipSync(readFileSync(join(browserFolder, name)), { level: 9 }).length;
