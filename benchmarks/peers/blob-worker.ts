// A page's `Worker` for Node, so that peers written for pages get their threads here too. It starts a worker from a blob:
// URL, which Node's own Worker refuses; both peers that need it (tfjs, jax-js) make their workers' scripts at run time.
import { writeFileSync } from "node:fs";
import { createRequire, syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker as NodeWorker, type WorkerOptions } from "node:worker_threads";

const require = createRequire(import.meta.url);

/** Texts of blobs and of the URLs made for them: Node reads a blob asynchronously only. */
const blobTexts = new WeakMap<Blob, string>();
const urlTexts = new Map<string, string>();

class RecordedBlob extends Blob {
  constructor(parts: ConstructorParameters<typeof Blob>[0] = [], options: BlobPropertyBag = {}) {
    super(parts, options);
    if (parts.every((part) => typeof part === "string")) blobTexts.set(this, parts.join(""));
  }
}

/** What a script for a page's worker expects to find. */
const preamble = `
  const { parentPort: port } = require("node:worker_threads");
  globalThis.self = globalThis;
  globalThis.postMessage = (message) => port.postMessage(message);
  port.on("message", (data) => globalThis.onmessage?.({ data }));
`;

/** Names that a bundler gave to Node's modules outside the function that tfjs turns into its workers' script. */
const bundledModules = ["fs", "path", "worker_threads", "perf_hooks", "os"]
  .map((name, i) => `var require$$${i} = require("${name}");`)
  .join("\n")
  .concat("\nvar commonjsGlobal = globalThis;");

let scripts = 0;

class BlobWorker extends NodeWorker {
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onerror: ((event: unknown) => void) | null = null;
  constructor(url: string | URL, options: WorkerOptions = {}) {
    const text = urlTexts.get(String(url));
    if (text === undefined) super(url, options);
    else super(text.includes("worker_threads") ? text : preamble + text, { eval: true });
    // Emscripten forwards messages itself when it sees Node; doing it twice would answer every message twice.
    if (text !== undefined && !text.includes("worker_threads"))
      this.on("message", (data: unknown) => this.onmessage?.({ data }));
    this.on("error", (error: Error) => this.onerror?.(error));
  }
  override postMessage(message: unknown): void {
    // Emscripten hands its workers the main script as a blob; in Node they read it from a file.
    if (
      typeof message === "object" &&
      message !== null &&
      "urlOrBlob" in message &&
      message.urlOrBlob instanceof Blob
    ) {
      const file = join(tmpdir(), `millrace-peer-${process.pid}-${scripts++}.js`);
      writeFileSync(file, `${bundledModules}\n${blobTexts.get(message.urlOrBlob) ?? ""}`);
      super.postMessage({ ...message, urlOrBlob: file });
    } else super.postMessage(message);
  }
}

/** Gives this process a `Worker`, and its blobs a text that can be had at once. */
export const installBlobWorker = (): void => {
  const createObjectURL = URL.createObjectURL.bind(URL);
  URL.createObjectURL = (blob: Blob): string => {
    const url = createObjectURL(blob);
    const text = blobTexts.get(blob);
    if (text !== undefined) urlTexts.set(url, text);
    return url;
  };
  Object.assign(globalThis, { Blob: RecordedBlob, Worker: BlobWorker });
  require("node:worker_threads").Worker = BlobWorker;
  syncBuiltinESMExports();
};
