// Attention alone, from a sentence to a page, with and without sight of what comes later.
import type { BenchmarkCase, Suite } from "./suite.ts";

export const attentionSuite: Suite = {
  name: "attention",
  about: "f32 scaled dot-product attention, batch x heads x length x depth, against the multiply-add roof",
  cases: [128, 512, 1024].flatMap((length) =>
    [false, true].map(
      (causal): BenchmarkCase => ({
        name: `8 x 6 x ${length} x 64${causal ? ", causal" : ""}`,
        workload: { kind: "attention", batch: 8, heads: 6, length, depth: 64, causal },
      }),
    ),
  ),
};
