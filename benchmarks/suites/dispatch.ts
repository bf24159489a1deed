// What a call costs besides its work: one tiny op asked for and waited for, and many tiny ops in a row.
import type { Suite } from "./suite.ts";

export const dispatchSuite: Suite = {
  name: "dispatch",
  about: "calls a second against a launch that does nothing",
  cases: [
    { name: "one add of 16", workload: { kind: "small-add" } },
    { name: "8 products of 16 x 16", workload: { kind: "small-matmuls", steps: 8 } },
    { name: "64 products of 16 x 16", workload: { kind: "small-matmuls", steps: 64 } },
  ],
};
