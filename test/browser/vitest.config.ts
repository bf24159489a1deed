// The suite that runs in Chromium: npm run test:browser.
import { join } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  root: join(import.meta.dirname, "..", ".."),
  resolve: { conditions: ["millrace-source", "node", "module-sync"] },
  ssr: { resolve: { conditions: ["millrace-source", "node", "module-sync"] } },
  test: {
    include: ["test/browser/**/*.test.ts"],
    pool: "forks",
    execArgv: ["--conditions=millrace-source"],
    maxWorkers: 1,
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
});
