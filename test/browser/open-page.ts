// A cross-origin isolated page of our own in Chromium, with the repository's sources behind it: a test names a module and
// one of its functions, the page imports and calls it, and what it returns comes back as JSON.
import { join } from "node:path";
import type { Page } from "playwright-core";
import { createServer, defaultClientConditions } from "vite";
import { launchChromium } from "./chromium.ts";

const root = join(import.meta.dirname, "..", "..");

/** Without these two a page has no SharedArrayBuffer. */
const isolation = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

/** A value that travels between a test and its page. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** An open page and what a test does with it. */
export interface OpenPage extends AsyncDisposable {
  readonly page: Page;
  /** Address of the server, for tests that open pages of their own. */
  readonly address: string;
  /** Uncaught errors and error messages of the page so far. */
  readonly errors: readonly string[];
  /** Calls an exported function of a module, named from the repository's root, and gives its JSON result. */
  run<Result>(module: string, name: string, ...args: readonly Json[]): Promise<Result>;
}

/**
 * Opens a page. Sources are compiled on the way by Vite, with the conditions that the repository's own packages need.
 * @example
 * await using open = await openPage();
 * const sum = await open.run<number>("test/browser/page/sum.ts", "sum", 1, 2);
 */
export const openPage = async (options: { isolated?: boolean } = {}): Promise<OpenPage> => {
  const server = await createServer({
    root,
    configFile: false,
    appType: "mpa",
    logLevel: "error",
    cacheDir: join(root, "node_modules", ".cache", "millrace", "vite"),
    resolve: { conditions: ["millrace-source", ...defaultClientConditions] },
    optimizeDeps: { noDiscovery: true },
    server: {
      host: "127.0.0.1",
      port: 0,
      watch: null,
      hmr: false,
      headers: (options.isolated ?? true) ? isolation : {},
    },
  });
  await server.listen();
  const address = server.resolvedUrls?.local[0] ?? server.resolvedUrls?.network[0];
  if (!address) throw new Error("Vite listens, but gives no address");
  const browser = await launchChromium();
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  await page.goto(`${address}test/browser/page/index.html`);
  return {
    page,
    address,
    errors,
    run: <Result>(module: string, name: string, ...args: readonly Json[]) =>
      page.evaluate<Result>(
        `import(${JSON.stringify(`/${module}`)}).then((loaded) => loaded[${JSON.stringify(name)}](...${JSON.stringify(args)}))`,
      ),
    async [Symbol.asyncDispose]() {
      await browser.close();
      await server.close();
    },
  };
};
