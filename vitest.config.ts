// The suites that run everywhere: npm test. Browser and fault suites have configurations of their own.
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["millrace-source", "node"] },
  ssr: { resolve: { conditions: ["millrace-source", "node"] } },
  test: {
    include: ["test/{kernels,core,gateway,benchmarks}/**/*.test.ts"],
    pool: "forks",
    execArgv: ["--conditions=millrace-source", "--expose-gc"],
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
