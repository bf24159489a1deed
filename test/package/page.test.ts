// The packed core in a page: from a plain <script type="module"> with no tool at all, from Vite's build, and from Vite's
// development server, which bundles dependencies in a way of its own.
import { createReadStream, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { extname, join, normalize } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../browser/chromium.ts";
import { execute, installCore, root } from "./pack.ts";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
};
const isolation = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

let folder: string;
let browser: Browser;

/** A server of files such as any host gives; isolated pages may share memory with workers. */
const serve = async (directory: string, isolated: boolean): Promise<{ address: string; server: Server }> => {
  const server = createServer((request, response) => {
    const path = join(directory, normalize(new URL(request.url ?? "/", "http://host").pathname));
    const file = existsSync(path) && statSync(path).isDirectory() ? join(path, "index.html") : path;
    if (!file.startsWith(directory) || !existsSync(file)) return void response.writeHead(404).end();
    response.writeHead(200, {
      "content-type": types[extname(file)] ?? "application/octet-stream",
      ...(isolated ? isolation : {}),
    });
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return { address: `http://127.0.0.1:${address.port}/`, server };
};

/** [[1, 2], [3, 4]] times itself is [[7, 10], [15, 22]]; the page's title tells, or the error does. */
const program = (specifier: string): string => `
  import { openDevice, tensor } from ${JSON.stringify(specifier)};
  try {
    using device = await openDevice("wasm", { threads: 2 });
    const x = tensor([[1, 2], [3, 4]]);
    document.title = JSON.stringify([device.name, ...(await x.matmul(x).data(device))]);
  } catch (error) {
    document.title = String(error);
  }
`;

/** The title that a page's script sets, and what the page logged as errors. */
const visit = async (address: string): Promise<{ title: string; errors: readonly string[] }> => {
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().includes("404")) errors.push(message.text());
  });
  await page.goto(address);
  await page.waitForFunction('document.title !== ""', undefined, { timeout: 30_000 });
  const title = await page.title();
  await page.close();
  return { title, errors };
};

beforeAll(async () => {
  folder = await installCore();
  mkdirSync(join(folder, "src"));
  writeFileSync(join(folder, "index.html"), '<!doctype html><script type="module" src="/src/main.js"></script>');
  writeFileSync(join(folder, "src/main.js"), program("@millrace/core"));
  writeFileSync(
    join(folder, "plain.html"),
    `<!doctype html><script type="module">${program("./node_modules/@millrace/core/dist/browser/index.js")}</script>`,
  );
  browser = await launchChromium();
});

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

test.each([
  { isolated: true, threads: "2 threads" },
  { isolated: false, threads: "1 thread" },
])("a plain script computes with $threads where isolation is $isolated", async ({ isolated, threads }) => {
  const { address, server } = await serve(folder, isolated);
  const { title, errors } = await visit(`${address}plain.html`);
  server.close();
  expect(errors).toEqual([]);
  expect(JSON.parse(title)).toEqual([expect.stringContaining(threads), 7, 10, 15, 22]);
});

test("what Vite builds computes with two threads", async () => {
  const vite = join(root, "node_modules/vite/bin/vite.js");
  await execute(process.execPath, [vite, "build", "--target", "esnext", "--logLevel", "warn"], folder);
  const { address, server } = await serve(join(folder, "dist"), true);
  const { title, errors } = await visit(address);
  server.close();
  expect(errors).toEqual([]);
  expect(JSON.parse(title)).toEqual([expect.stringContaining("2 threads"), 7, 10, 15, 22]);
});

test("Vite's development server serves it", async () => {
  const { createServer: createViteServer } = await import("vite");
  const server = await createViteServer({
    root: folder,
    configFile: false,
    logLevel: "error",
    server: { host: "127.0.0.1", port: 0, watch: null, hmr: false, headers: isolation },
  });
  await server.listen();
  const { title, errors } = await visit(server.resolvedUrls?.local[0] ?? "");
  await server.close();
  expect(errors).toEqual([]);
  expect(JSON.parse(title)).toEqual([expect.stringContaining("2 threads"), 7, 10, 15, 22]);
});
