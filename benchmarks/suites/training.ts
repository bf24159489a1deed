// Training steps: forward, gradient and update in one, as a loop runs them.
import type { Suite } from "./suite.ts";

const about = "steps of training (forward, gradient, Adam) against the multiply-add roof";

export const mlpSuite: Suite = {
  name: "step-mlp",
  about,
  cases: [
    {
      name: "784-256-128-10, batch 128",
      workload: { kind: "training-step", network: { type: "mlp", widths: [784, 256, 128, 10] }, batch: 128 },
    },
  ],
};

export const cnnSuite: Suite = {
  name: "step-cnn",
  about,
  cases: [
    {
      name: "28 x 28, 16 and 32 channels, batch 64",
      workload: {
        kind: "training-step",
        network: { type: "cnn", size: 28, channels: [16, 32], hidden: 128, classes: 10 },
        batch: 64,
      },
    },
  ],
};

export const transformerSuite: Suite = {
  name: "step-transformer",
  about,
  cases: [
    {
      name: "4 layers, 128 wide, 64 tokens, batch 8",
      workload: {
        kind: "training-step",
        network: { type: "transformer", layers: 4, width: 128, heads: 4, length: 64, vocabulary: 256 },
        batch: 8,
      },
    },
  ],
};
