// Order: sorts, the largest few, running sums. One million elements in one row and in many.
import type { Suite } from "./suite.ts";

const million = 1024 * 1024;

export const sortSuite: Suite = {
  name: "sort",
  about: "f32 by rows, held against a copy of as many bytes",
  cases: [
    { name: "sort, 1 x 1M", workload: { kind: "sort", rows: 1, columns: million } },
    { name: "sort, 1024 x 1024", workload: { kind: "sort", rows: 1024, columns: 1024 } },
    { name: "sort, 32768 x 32", workload: { kind: "sort", rows: 32_768, columns: 32 } },
    { name: "top 100 of 1M", workload: { kind: "top-k", rows: 1, columns: million, k: 100 } },
    { name: "top 100,000 of 1M", workload: { kind: "top-k", rows: 1, columns: million, k: 100_000 } },
    { name: "top 10, 1024 x 1024", workload: { kind: "top-k", rows: 1024, columns: 1024, k: 10 } },
    { name: "scan, 1 x 4M", workload: { kind: "scan", rows: 1, columns: 4 * million } },
    { name: "scan, 4096 x 1024", workload: { kind: "scan", rows: 4096, columns: 1024 } },
  ],
};
