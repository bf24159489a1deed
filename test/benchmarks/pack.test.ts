// The archive for a machine with a GPU: whatever its programs import is in it.
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";
import { packedSources } from "../../benchmarks/pack/sources.ts";

const root = join(import.meta.dirname, "../..");
/** Copied or bundled by pack.ts itself, or asked for where there is a peer that the archive leaves out. */
const packages = /^(node:|@millrace\/(core|kernels)(\/|$)|#platform$|webgpu$|tinybench$)/;

/** Loaded where the WASM device is asked for, and a browser is there. */
const needsBrowser = "benchmarks/load.ts";

test("everything that the packed programs import is packed", () => {
  const packed = new Set(packedSources(root).map(normalize));
  const reached = new Set(["benchmarks/run.ts", "benchmarks/pack/contract.ts", "benchmarks/participant-process.ts"]);
  const missing: string[] = [];
  for (const file of reached) {
    if (file === needsBrowser) continue;
    if (!packed.has(file)) missing.push(file);
    const text = readFileSync(join(root, file), "utf8");
    // Types are stripped, and so are their imports.
    const imports = /^(?:import(?! type)|export (?:\*|\{[^}]*\}) from)\s[^;"=]*"([^"]+)"/gm;
    for (const [, name = ""] of text.matchAll(imports))
      if (name.startsWith(".")) reached.add(normalize(join(dirname(file), name)));
      else if (!packages.test(name)) missing.push(`${name} of ${file}`);
    for (const [, name = ""] of text.matchAll(/\bimport\("(\.[^"]+)"\)/g))
      reached.add(normalize(join(dirname(file), name)));
  }
  expect(missing).toEqual([]);
  expect(reached.size).toBeGreaterThan(40);
});
