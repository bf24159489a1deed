import { readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Worker as NodeWorker, Worker } from "node:worker_threads";
import type { PipelineSpecification } from "@millrace/gateway/domain/pipeline/specification.ts";
import type { FitTask, Report } from "@millrace/gateway/kernel/messages.ts";
import { createKernelThread, KernelThreadLost } from "@millrace/gateway/kernel/thread.ts";
import { expect, onTestFinished, test, vi } from "vitest";
import { failureOf, importContent, importFile, pathTo, store, vega } from "../dataset/import.fixture.ts";

/** Every thread that was started, so that a test can end one as a crash would. */
const started: NodeWorker[] = [];
vi.mock("node:worker_threads", async (original) => {
  const real = await original<typeof import("node:worker_threads")>();
  class Recorded extends real.Worker {
    constructor(...given: ConstructorParameters<typeof Worker>) {
      super(...given);
      started.push(this);
    }
  }
  return { ...real, Worker: Recorded };
});

const numbers = ["Beak Length (mm)", "Beak Depth (mm)", "Flipper Length (mm)", "Body Mass (g)"];

const specification = (epochs: number, width = 16): PipelineSpecification => ({
  features: [
    {
      columns: numbers,
      steps: [
        { kind: "SimpleImputer", strategy: "mean", fillValue: null, addIndicator: false },
        { kind: "StandardScaler", withMean: true, withStd: true },
      ],
    },
  ],
  label: { column: "Species", positiveClass: null },
  estimator: {
    kind: "MLPClassifier",
    hiddenLayerSizes: [width, width],
    activation: "relu",
    l2: 1e-4,
    learningRate: 0.01,
    epochs,
    batchSize: 32,
    patience: null,
    validationFraction: 0.1,
  },
  split: { kind: "HoldOut", fraction: 0.25, stratify: true, seed: 1 },
  metrics: [{ kind: "accuracy" }],
  seed: 1,
});

const penguins = await importFile(vega("penguins.json"));

const fitting = (given: PipelineSpecification, rows = penguins): FitTask => ({
  kind: "fit",
  rows,
  specification: given,
  device: "deterministic",
  resume: undefined,
  provenance: {},
});

const openThread = () => {
  const thread = createKernelThread({ objects: pathTo("objects"), cores: 2, limits: {} });
  onTestFinished(() => thread.close());
  return thread;
};
const silent = { report: () => {} };
const never = new AbortController().signal;

/** Collects reports, and tells when the training has begun. */
const listen = () => {
  const steps: number[] = [];
  let begin = (): void => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const report = ({ points, progress }: Report): void => {
    steps.push(...points.map(([, step]) => step));
    if (steps.length > 0 || (progress?.fraction ?? 0) > 0.3) begin();
  };
  return { steps, begun, report };
};

/** The numbers of a bundle, after the safetensors header (which has the seconds that training took). */
const tensorsOf = (bundle: Uint8Array): Uint8Array => {
  const header = Number(new DataView(bundle.buffer, bundle.byteOffset).getBigUint64(0, true));
  return bundle.subarray(8 + header);
};

test("kernels run beside the event loop: a timer of 5 ms is late by a few of them while a model trains", async () => {
  const thread = openThread();
  const { begun, report } = listen();
  const abort = new AbortController();
  const work = failureOf(thread.run(fitting(specification(100_000, 512)), { report }, abort.signal));
  await begun;
  const lags: number[] = [];
  for (let turn = 0; turn < 100; turn++) {
    const start = performance.now();
    await sleep(5);
    lags.push(performance.now() - start - 5);
  }
  abort.abort(new Error("enough"));
  await work;
  const sorted = lags.sort((left, right) => left - right);
  // Heartbeats come each few seconds and requests within milliseconds; the bound is for a machine that does much else.
  expect(sorted[90]).toBeLessThan(50);
});

test("an abort ends a training within a second, with the signal's own reason, and the thread serves the next task", async () => {
  const thread = openThread();
  const { begun, report } = listen();
  const abort = new AbortController();
  const work = failureOf(thread.run(fitting(specification(100_000, 256)), { report }, abort.signal));
  await begun;
  const before = started.length;
  const reason = new Error("cancelled");
  const start = performance.now();
  abort.abort(reason);
  expect(await work).toBe(reason);
  expect(performance.now() - start).toBeLessThan(1_000);
  const outcome = await thread.run(fitting(specification(20)), silent, never);
  expect(outcome.rows).toEqual({ training: 258, heldOut: 86 });
  expect(started.length).toBe(before);
});

test("a thread that dies fails its task with a typed error, and the next task has a fresh thread", async () => {
  const thread = openThread();
  const { begun, report } = listen();
  const work = failureOf(thread.run(fitting(specification(100_000, 256)), { report }, never));
  await begun;
  await started.at(-1)?.terminate();
  expect(await work).toBeInstanceOf(KernelThreadLost);
  const before = started.length;
  const outcome = await thread.run(fitting(specification(20)), silent, never);
  expect(outcome.kind).toBe("fit");
  expect(started.length).toBe(before + 1);
});

test("a checkpoint that cannot be kept stops the training with the reason", async () => {
  const thread = openThread();
  const full = new Error("no space left");
  const keep = vi.fn(() => Promise.reject(full));
  const work = thread.run(fitting(specification(100_000)), { ...silent, checkpoint: keep }, never);
  expect(await failureOf(work)).toBe(full);
  expect(keep).toHaveBeenCalledTimes(1);
});

test("a training that goes on from a checkpoint in another thread ends with the very bytes of an unbroken one", async () => {
  const long = specification(800, 64);
  const whole = await openThread().run(fitting(long), { ...silent, checkpoint: async () => {} }, never);
  const thread = openThread();
  let state: Uint8Array | undefined;
  const kept = new Error("kept one");
  const broken = thread.run(
    fitting(long),
    {
      ...silent,
      checkpoint: async (_, bytes) => {
        state = bytes;
        throw kept;
      },
    },
    never,
  );
  expect(await failureOf(broken)).toBe(kept);
  await thread.close();
  const { steps, report } = listen();
  const resumed = await openThread().run({ ...fitting(long), resume: state }, { report }, never);
  expect(steps[0]).toBeGreaterThan(1);
  expect(Buffer.compare(tensorsOf(resumed.bundle), tensorsOf(whole.bundle))).toBe(0);
  expect(resumed.figures).toEqual(whole.figures);
});

test("two tasks share a thread, and neither changes the other's numbers", async () => {
  const thread = openThread();
  const [left, right] = await Promise.all([
    thread.run(fitting(specification(40)), silent, never),
    thread.run(fitting(specification(40)), silent, never),
  ]);
  expect(Buffer.compare(tensorsOf(left.bundle), tensorsOf(right.bundle))).toBe(0);
});

test("what core refuses comes out as a typed error with core's code and the column", async () => {
  const thread = openThread();
  const rows = await importContent("one-class.csv", "x,Species\n1,a\n2,a\n3,a\n4,a\n");
  const only: PipelineSpecification = {
    ...specification(1),
    features: [{ columns: ["x"], steps: [{ kind: "StandardScaler", withMean: true, withStd: true }] }],
  };
  expect(await failureOf(thread.run(fitting(only, rows), silent, never))).toMatchObject({
    name: "ComputeRefused",
    code: "LABEL",
    message: expect.stringContaining("Species"),
  });
});

test("predictions come in the order of rows, one chunk after another", async () => {
  const thread = openThread();
  const { bundle, signature } = await thread.run(fitting(specification(60)), silent, never);
  const { hash: bundleHash } = await store.put(bundle);
  const labels: string[] = [];
  const outcome = await thread.run(
    {
      kind: "predict",
      rows: penguins,
      bundleHash,
      device: "deterministic",
      metrics: [{ kind: "accuracy" }],
      positiveClass: null,
    },
    {
      ...silent,
      predicted: async (chunk) => {
        for (const code of chunk.answers.labels) labels.push(String(signature.classes[code]));
      },
    },
    never,
  );
  const rows: { Species: string }[] = JSON.parse(await readFile(path.resolve(vega("penguins.json")), "utf8"));
  const right = rows.filter(({ Species }, row) => labels[row] === Species).length;
  expect(labels.length).toBe(344);
  expect(outcome.judged?.[0]?.value).toBeCloseTo(right / 344, 12);
  expect(right / 344).toBeGreaterThan(0.95);
});
