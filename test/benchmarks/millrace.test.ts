// Our side of every kind of work, small, against the float64 meaning that peers are held to as well.
import { beforeAll, expect, test } from "vitest";
import openMillrace from "../../benchmarks/millrace.ts";
import type { RoofParticipant } from "../../benchmarks/participant.ts";
import { suites } from "../../benchmarks/suites/index.ts";
import { expectationOf, findWrongResult } from "../../benchmarks/workloads/check.ts";
import { taskOf, type Workload } from "../../benchmarks/workloads/index.ts";

const workloads: readonly Workload[] = [
  { kind: "matmul", batch: 2, m: 5, k: 7, n: 9 },
  ...(["exp", "log", "tanh", "sigmoid"] as const).map(
    (name): Workload => ({ kind: "function", function: name, size: 99 }),
  ),
  { kind: "chain", size: 101 },
  { kind: "sum", rows: 9, columns: 33, axis: 0 },
  { kind: "sum", rows: 9, columns: 33, axis: 1 },
  { kind: "softmax", rows: 5, columns: 17 },
  { kind: "small-add" },
  { kind: "small-matmuls", steps: 3 },
  { kind: "attention", batch: 2, heads: 3, length: 9, depth: 8, causal: false },
  { kind: "attention", batch: 2, heads: 3, length: 9, depth: 8, causal: true },
  { kind: "training-step", network: { type: "mlp", widths: [12, 9, 4] }, batch: 6 },
  {
    kind: "training-step",
    network: { type: "cnn", size: 8, channels: [2, 3], hidden: 7, classes: 4 },
    batch: 3,
  },
  {
    kind: "training-step",
    network: { type: "transformer", layers: 2, width: 8, heads: 2, length: 5, vocabulary: 11 },
    batch: 2,
  },
  ...(["layer-norm", "variance", "argmax", "scan", "sort"] as const).map(
    (kind): Workload => ({ kind, rows: 5, columns: 33 }),
  ),
  { kind: "top-k", rows: 3, columns: 40, k: 5 },
  ...(["uniform", "normal"] as const).map((distribution): Workload => ({ kind: "random", distribution, size: 4096 })),
  ...(["forward", "image gradient", "weight gradient"] as const).map(
    (pass): Workload => ({
      kind: "convolution",
      pass,
      batch: 2,
      channels: 3,
      size: 7,
      outputs: 4,
      window: 3,
      stride: 2,
      groups: 1,
    }),
  ),
  ...(["maximum", "average"] as const).map(
    (name): Workload => ({
      kind: "pool",
      function: name,
      pass: "gradient",
      batch: 2,
      channels: 3,
      size: 8,
      window: 3,
      stride: 2,
    }),
  ),
  { kind: "resize", batch: 1, channels: 2, size: 5, to: 9 },
  { kind: "encoder", layers: 2, width: 12, heads: 3, length: 7, batch: 2 },
];

let millrace: RoofParticipant;
beforeAll(async () => {
  millrace = await openMillrace({ threads: 1, device: "wasm" });
});

const describeWorkload = (workload: Workload): string =>
  workload.kind === "training-step" ? `${workload.kind} of ${workload.network.type}` : JSON.stringify(workload);

test.each(workloads.map((workload) => [describeWorkload(workload), workload] as const))(
  "%s is right, and may be run again and again",
  async (_, workload) => {
    const prepared = await millrace.prepare(workload);
    if (prepared === undefined) throw new Error("our own device cannot do it");
    for (let i = 0; i < 3; i++) await prepared.run();
    expect(findWrongResult(expectationOf(taskOf(workload)), await prepared.output())).toBeUndefined();
    expect(prepared.cost?.flops).toBeGreaterThan(0);
    prepared.dispose();
  },
);

/** LightGBM's loss after as many trees on this table is 0.60328. */
const boosting = { kind: "tabular", rows: 2000, columns: 8, trees: 10, leaves: 7, loss: 0.60328 } as const;
const tables = [
  ...(["boosting bins", "boosting trees", "boosting predict"] as const).map((work) => ({ ...boosting, work })),
  { kind: "tabular", work: "preprocess", rows: 20_000 } as const,
];

test.each(tables.map((workload) => [workload.work, workload] as const))("%s is right", async (_, workload) => {
  const prepared = await millrace.prepare(workload);
  await prepared?.run();
  expect(findWrongResult(expectationOf(taskOf(workload)), (await prepared?.output()) ?? [])).toBeUndefined();
  prepared?.dispose();
});

test("no suite has a kind of work that is not tried here", () => {
  const kinds = new Set([...workloads, ...tables].map(describeKind));
  for (const suite of suites)
    for (const { workload } of suite.cases) expect([...kinds]).toContain(describeKind(workload));
});

const describeKind = (workload: Workload): string =>
  workload.kind === "training-step"
    ? workload.network.type
    : workload.kind === "tabular"
      ? workload.work
      : workload.kind;
