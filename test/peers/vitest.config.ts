// Suites whose expectations come from other libraries' own tests: npm run test:peers. Apart from `npm test`, as tfjs-core is
// installed on first use from a lockfile of its own.
import { join } from "node:path";
import { defineConfig } from "vitest/config";

const conditions = ["millrace-source", "node", "module-sync"];

export default defineConfig({
  root: join(import.meta.dirname, "..", ".."),
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["test/peers/**/*.test.ts"],
    globalSetup: ["test/peers/install.ts"],
    setupFiles: ["test/software-gpu.setup.ts"],
    pool: "forks",
    execArgv: ["--conditions=millrace-source"],
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
