// The suites that kill processes: npm run test:faults. One at a time, so that what is killed is alone.
import { defineConfig } from "vitest/config";

export default defineConfig({
  root: new URL("../..", import.meta.url).pathname,
  resolve: { conditions: ["millrace-source", "node", "module-sync"] },
  ssr: { resolve: { conditions: ["millrace-source", "node", "module-sync"] } },
  test: {
    include: ["test/faults/**/*.test.ts"],
    pool: "forks",
    execArgv: ["--conditions=millrace-source"],
    maxWorkers: 1,
    testTimeout: 180_000,
    hookTimeout: 60_000,
  },
});
