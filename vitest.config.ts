// The suites that run everywhere: npm test. Browser and fault suites have configurations of their own.
import { defineConfig } from "vitest/config";

// The conditions are Node's own ("module-sync" among them) and ours: a package that has two builds, such as graphql,
// must not be loaded once as each.
const conditions = ["millrace-source", "node", "module-sync"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["test/{kernels,core,gateway,benchmarks}/**/*.test.ts"],
    setupFiles: ["test/software-gpu.setup.ts"],
    pool: "forks",
    execArgv: ["--conditions=millrace-source", "--expose-gc"],
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
