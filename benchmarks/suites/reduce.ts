// Reductions over rows, over columns and of everything, and softmax, which reads twice what it writes once.
import type { Suite } from "./suite.ts";

export const reduceSuite: Suite = {
  name: "reduce",
  about: "f32 sums against a read of as many bytes, softmax against a copy",
  cases: [
    { name: "sum of 4M", workload: { kind: "sum", rows: 1, columns: 4_194_304, axis: 1 } },
    { name: "row sums, 4096 x 1024", workload: { kind: "sum", rows: 4096, columns: 1024, axis: 1 } },
    { name: "column sums, 4096 x 1024", workload: { kind: "sum", rows: 4096, columns: 1024, axis: 0 } },
    { name: "softmax, 4096 x 1024", workload: { kind: "softmax", rows: 4096, columns: 1024 } },
    { name: "softmax, 65536 x 10", workload: { kind: "softmax", rows: 65_536, columns: 10 } },
  ],
};
