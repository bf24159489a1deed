// Matrix products: squares that fill the caches one after the other, then the shapes of training and inference.
import type { BenchmarkCase, Suite } from "./suite.ts";

const product = (m: number, k: number, n: number, batch = 1): BenchmarkCase => ({
  name: `${batch > 1 ? `${batch} x ` : ""}${m} x ${k} x ${n}`,
  workload: { kind: "matmul", batch, m, k, n },
});

export const matmulSuite: Suite = {
  name: "matmul",
  about: "f32 products m x k x n against the multiply-add roof; one row against the read roof",
  cases: [
    ...[32, 127, 256, 512, 1024, 2048].map((size) => product(size, size, size)),
    ...[1, 4, 8, 16, 64].map((m) => product(m, 4096, 4096)),
    product(4096, 64, 4096),
    product(64, 64, 64, 64),
    // A layer of an MLP at batch 128: forward.
    product(128, 784, 256),
  ],
};
