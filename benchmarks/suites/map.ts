// Element-wise work: a fused chain at two sizes of memory, and the functions that cost arithmetic.
import type { BenchmarkCase, Suite } from "./suite.ts";

const million = 1024 * 1024;
const chain = (size: number): BenchmarkCase => ({
  name: `chain of 6, ${size / million}M`,
  workload: { kind: "chain", size },
});
const apply = (name: "exp" | "log" | "tanh" | "erf" | "sigmoid"): BenchmarkCase => ({
  name: `${name}, 4M`,
  workload: { kind: "function", function: name, size: 4 * million },
});

export const mapSuite: Suite = {
  name: "map",
  about: "element-wise f32 against a copy of as many bytes",
  cases: [
    chain(million / 16),
    chain(4 * million),
    chain(48 * million),
    ...(["exp", "log", "tanh", "erf", "sigmoid"] as const).map(apply),
  ],
};
