// Time to first result in a page, and what the page downloads for it. `npm run bench -- --only load` runs it;
// it needs `npm run build` and Chromium from npm.
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { extname, join, normalize } from "node:path";
import { createGzip } from "node:zlib";
import type { BrowserContext } from "playwright-core";
import { launchChromium } from "../test/browser/chromium.ts";

/** What was loaded and how long it took. */
export interface LoadFigures {
  /** "index.js", or "predict.js": what the page imports. */
  readonly door: string;
  readonly threads: number;
  /** Bytes over the wire, gzipped, of all scripts and of the WASM build. */
  readonly scriptBytes: number;
  readonly wasmBytes: number;
  /** Milliseconds from the import of the door in a loaded page to the first numbers, once with an empty cache. */
  readonly cold: number;
  /** The same with everything in the browser's cache, each visit in a new page: median, and half the distance of the quartiles. */
  readonly warm: number;
  readonly spread: number;
  /** Of the warm median: until the modules are there, then until the device is open, then until the numbers are. */
  readonly phases: { readonly modules: number; readonly device: number; readonly result: number };
}

const folder = join(import.meta.dirname, "../core/dist/browser");
const types: Readonly<Record<string, string>> = { ".js": "text/javascript", ".wasm": "application/wasm" };

/** What the page does once it is loaded: the product of two 64 x 64 matrices and a sum, a matmul, a map and a reduction. */
const page = (threads: number): string => `<!doctype html><title></title><script type="module">
  addEventListener("load", () => setTimeout(async () => {
    const begin = performance.now();
    const { openDevice, tensor } = await import("/index.js");
    const modules = performance.now();
    const device = await openDevice("wasm", { threads: ${threads} });
    const opened = performance.now();
    const x = tensor(Float32Array.from({ length: 4096 }, (_, i) => (i % 7) - 3), [64, 64]);
    const [first] = await x.matmul(x).tanh().sum().data(device);
    const end = performance.now();
    window.figures = { first, total: end - begin, modules: modules - begin, device: opened - modules, result: end - opened };
  }, 50));
</script>`;

/** Sum of tanh of that product, in float64. */
const expected = (): number => {
  const x = Float64Array.from({ length: 4096 }, (_, i) => (i % 7) - 3);
  let sum = 0;
  for (let row = 0; row < 64; row++)
    for (let column = 0; column < 64; column++) {
      let product = 0;
      for (let k = 0; k < 64; k++) product += (x[64 * row + k] ?? 0) * (x[64 * k + column] ?? 0);
      sum += Math.tanh(product);
    }
  return sum;
};

/** A server of core's files for pages as a host gives them: gzipped, to be cached. */
const serve = async (threads: number): Promise<{ address: string; server: Server; sent: Map<string, number> }> => {
  const sent = new Map<string, number>();
  const server = createServer((request, response) => {
    const headers = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };
    const path = normalize(new URL(request.url ?? "/", "http://host").pathname);
    if (path === "/")
      return void response.writeHead(200, { ...headers, "content-type": "text/html" }).end(page(threads));
    const file = join(folder, path);
    if (!file.startsWith(folder) || !existsSync(file) || !statSync(file).isFile())
      return void response.writeHead(404).end();
    response.writeHead(200, {
      ...headers,
      "content-type": types[extname(file)] ?? "application/octet-stream",
      "content-encoding": "gzip",
      "cache-control": "max-age=3600",
    });
    const zip = createReadStream(file).pipe(createGzip({ level: 9 }));
    zip.on("data", (chunk: Buffer) => sent.set(path, (sent.get(path) ?? 0) + chunk.length));
    zip.pipe(response);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return { address: `http://127.0.0.1:${address.port}/`, server, sent };
};

interface Visit {
  readonly first: number;
  readonly total: number;
  readonly modules: number;
  readonly device: number;
  readonly result: number;
}

const visit = async (context: BrowserContext, address: string): Promise<Visit> => {
  const tab = await context.newPage();
  const failures: string[] = [];
  tab.on("pageerror", (error) => failures.push(String(error)));
  await tab.goto(address);
  await tab.waitForFunction("window.figures", undefined, { timeout: 30_000 }).catch((error: unknown) => {
    throw new Error(`the page gave no figures: ${failures.join("; ") || String(error)}`);
  });
  const figures = await tab.evaluate<Visit>("window.figures");
  await tab.close();
  return figures;
};

const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);
const quantile = (values: readonly number[], share: number): number =>
  sorted(values)[Math.round(share * (values.length - 1))] ?? Number.NaN;

/**
 * Visits a page of its own once with an empty cache and then `visits` times with a warm one.
 * @throws Error when the page's first result is wrong, or none comes
 * @example const { warm } = await measureLoad({ threads: 2 });
 */
export const measureLoad = async ({ threads = 1, visits = 15 } = {}): Promise<LoadFigures> => {
  const { address, server, sent } = await serve(threads);
  const browser = await launchChromium();
  try {
    const context = await browser.newContext();
    const cold = await visit(context, address);
    const bytes = [...sent];
    const warm: Visit[] = [];
    // Chromium keeps compiled code from the second visit on; the first two warm visits fill its caches.
    for (let i = 0; i < visits + 2; i++) warm.push(await visit(context, address));
    const counted = warm.slice(2);
    for (const { first } of [cold, ...counted])
      if (!(Math.abs(first - expected()) <= 1e-3 * Math.abs(expected())))
        throw new Error(`the page's first result is ${first}, but should be ${expected()}`);
    const medianOf = (of: (visit: Visit) => number): number => quantile(counted.map(of), 0.5);
    const totals = counted.map(({ total }) => total);
    const sizeOf = (end: string): number =>
      bytes.reduce((sum, [path, size]) => sum + (path.endsWith(end) ? size : 0), 0);
    return {
      door: "index.js",
      threads,
      scriptBytes: sizeOf(".js"),
      wasmBytes: sizeOf(".wasm"),
      cold: cold.total,
      warm: medianOf(({ total }) => total),
      spread: (quantile(totals, 0.75) - quantile(totals, 0.25)) / 2,
      phases: {
        modules: medianOf(({ modules }) => modules),
        device: medianOf(({ device }) => device),
        result: medianOf(({ result }) => result),
      },
    };
  } finally {
    await browser.close();
    server.close();
  }
};

/** Figures in a sentence. */
export const describeLoad = ({ threads, cold, warm, spread, phases, scriptBytes, wasmBytes }: LoadFigures): string => {
  const ms = (value: number): string => `${value.toFixed(1)} ms`;
  return `${threads} thread${threads === 1 ? "" : "s"}: first result ${ms(warm)} +- ${ms(spread)} warm (modules ${ms(phases.modules)}, device ${ms(phases.device)}, result ${ms(phases.result)}), ${ms(cold)} cold; ${scriptBytes} bytes of JavaScript, ${wasmBytes} of WASM, gzipped`;
};
