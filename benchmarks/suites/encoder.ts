// Inference of a transformer encoder of the size of a small sentence model.
import type { BenchmarkCase, Suite } from "./suite.ts";

const encoder = (batch: number): BenchmarkCase => ({
  name: `6 layers, 384 wide, 128 tokens, batch ${batch}`,
  workload: { kind: "encoder", layers: 6, width: 384, heads: 6, length: 128, batch },
});

export const encoderSuite: Suite = {
  name: "infer-encoder",
  about: "a transformer encoder forward against the multiply-add roof",
  cases: [encoder(1), encoder(8)],
};
