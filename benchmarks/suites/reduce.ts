// Reductions over rows, over columns and of everything.
import type { Suite } from "./suite.ts";

export const reduceSuite: Suite = {
  name: "reduce",
  about: "f32 against a read of as many bytes",
  cases: [
    { name: "sum of 4M", workload: { kind: "sum", rows: 1, columns: 4_194_304, axis: 1 } },
    { name: "row sums, 4096 x 1024", workload: { kind: "sum", rows: 4096, columns: 1024, axis: 1 } },
    { name: "column sums, 4096 x 1024", workload: { kind: "sum", rows: 4096, columns: 1024, axis: 0 } },
    { name: "argmax, 4096 x 1024", workload: { kind: "argmax", rows: 4096, columns: 1024 } },
  ],
};
