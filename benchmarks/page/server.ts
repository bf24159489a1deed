// The page's server: sources compiled on the way, cross-origin isolated, on this machine alone.
import { join } from "node:path";
import { createServer, defaultClientConditions } from "vite";

const root = join(import.meta.dirname, "..", "..");

/** Shared memory and threads are for isolated pages alone. */
const isolation = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

/** @param port 0 takes any that is free */
export const servePage = async (port: number): Promise<{ address: string; close: () => Promise<void> }> => {
  const server = await createServer({
    root,
    configFile: false,
    appType: "mpa",
    logLevel: "error",
    cacheDir: join(root, "node_modules", ".cache", "millrace", "vite-benchmarks"),
    resolve: { conditions: ["millrace-source", ...defaultClientConditions] },
    optimizeDeps: { noDiscovery: true },
    server: { host: "127.0.0.1", port, watch: null, hmr: false, headers: isolation },
  });
  await server.listen();
  const address = server.resolvedUrls?.local[0] ?? server.resolvedUrls?.network[0];
  if (!address) throw new Error("Vite listens, but gives no address");
  return { address: `${address}benchmarks/page/index.html`, close: () => server.close() };
};
