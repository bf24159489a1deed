// The packed core in an empty folder, with no registry within reach: Node loads it without flags, Vite bundles it.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { execute, installCore, root } from "./pack.ts";

let folder: string;

beforeAll(async () => {
  folder = await installCore();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** [[1, 2], [3, 4]] times itself is [[7, 10], [15, 22]]. */
const program = `
  import { openDevice, tensor } from "@millrace/core";
  using device = await openDevice("wasm", OPTIONS);
  const x = tensor([[1, 2], [3, 4]]);
  console.log(JSON.stringify([device.kind, ...(await x.matmul(x).data(device))]));
`;

test("installs alone: it needs no other package", () => {
  expect(readdirSync(join(folder, "node_modules")).filter((name) => !name.startsWith("."))).toEqual(["@millrace"]);
  expect(readdirSync(join(folder, "node_modules/@millrace"))).toEqual(["core"]);
});

test.each([
  ["on one thread", "{ threads: 1 }"],
  ["on two threads", "{ threads: 2 }"],
  ["with strict rounding", "{ deterministic: true }"],
])("computes in Node without flags %s", async (_, options) => {
  writeFileSync(join(folder, "program.js"), program.replace("OPTIONS", options));
  const output = await execute(process.execPath, ["program.js"], folder);
  expect(JSON.parse(output)).toEqual(["wasm", 7, 10, 15, 22]);
});

test("goes through Vite's build with its WASM builds and its worker", async () => {
  mkdirSync(join(folder, "src"), { recursive: true });
  writeFileSync(join(folder, "index.html"), '<!doctype html><script type="module" src="/src/main.js"></script>');
  writeFileSync(join(folder, "src/main.js"), program.replace("OPTIONS", "{}"));
  const vite = join(root, "node_modules/vite/bin/vite.js");
  await execute(process.execPath, [vite, "build", "--target", "esnext", "--logLevel", "warn"], folder);
  const assets = readdirSync(join(folder, "dist/assets"));
  const wasm = assets.filter((name) => name.endsWith(".wasm"));
  expect(wasm.map((name) => name.replace(/-[\w-]{8}\.wasm$/, ".wasm")).sort()).toEqual([
    "millrace.relaxed-threads.wasm",
    "millrace.relaxed.wasm",
    "millrace.simd-threads.wasm",
    "millrace.simd.wasm",
  ]);
  const scripts = assets.filter((name) => name.endsWith(".js"));
  const text = scripts.map((name) => readFileSync(join(folder, "dist/assets", name), "utf8")).join("\n");
  // Whatever a script asks for by URL is there.
  for (const name of wasm) expect(text).toContain(name);
  expect(scripts.some((name) => name.includes("worker"))).toBe(true);
});

test("an app that Vite builds carries what it imports, and no frames or estimators", async () => {
  const vite = join(root, "node_modules/vite/bin/vite.js");
  const app = join(folder, "app");
  mkdirSync(join(app, "src"), { recursive: true });
  writeFileSync(join(app, "index.html"), '<!doctype html><script type="module" src="/src/main.js"></script>');
  const gzippedEntry = async (source: string): Promise<number> => {
    writeFileSync(join(app, "src/main.js"), source);
    await execute(process.execPath, [vite, "build", "app", "--target", "esnext", "--logLevel", "warn"], folder);
    const assets = join(app, "dist/assets");
    const [entry = ""] = readdirSync(assets).filter((name) => /^index-.*\.js$/.test(name));
    return gzipSync(readFileSync(join(assets, entry)), { level: 9 }).length;
  };
  const all = await gzippedEntry('import * as core from "@millrace/core"; globalThis.core = core;');
  const few = await gzippedEntry(
    'import { compile, tensor } from "@millrace/core"; compile((x) => x.matmul(x))(tensor([[1]])).then(console.log);',
  );
  console.log(`an app with all of core ${all} bytes gzipped, with tensors alone ${few}`);
  // 41 (without the chunks that it names) and 29 KB when this was written, of which 10 are what any two devices share: the app loads it in any case.
  expect(all).toBeGreaterThan(40_000);
  expect(few).toBeLessThan(30_000);
});
