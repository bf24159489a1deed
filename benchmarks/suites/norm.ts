// Work by rows that reads a row more than once: held against a copy of as many bytes.
import type { Suite } from "./suite.ts";

export const normSuite: Suite = {
  name: "norm",
  about: "layer norm and softmax against a copy of as many bytes, variance against a read",
  cases: [
    { name: "layer norm, 4096 x 1024", workload: { kind: "layer-norm", rows: 4096, columns: 1024 } },
    { name: "layer norm, 1024 x 384", workload: { kind: "layer-norm", rows: 1024, columns: 384 } },
    { name: "softmax, 4096 x 1024", workload: { kind: "softmax", rows: 4096, columns: 1024 } },
    { name: "softmax, 65536 x 10", workload: { kind: "softmax", rows: 65_536, columns: 10 } },
    { name: "variance, 4096 x 1024", workload: { kind: "variance", rows: 4096, columns: 1024 } },
  ],
};
