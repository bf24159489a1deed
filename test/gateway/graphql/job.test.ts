// Jobs over HTTP: followed live, cancelled, billed. The executor here does what a training does to its context.

import { DomainError } from "@millrace/gateway/domain/error.ts";
import type { JobContext, JobExecutor } from "@millrace/gateway/job/executor.ts";
import { describe, expect, test } from "vitest";
import { insertProject } from "../database.fixture.ts";
import { ask, follow, globalId, startTestServer, type TestServer } from "../http/server.fixture.ts";

/** A job that does what the test tells it. */
const scripted = (run: (context: JobContext) => Promise<void>): JobExecutor => ({
  kind: "TRAIN",
  estimate: async () => ({ flops: 1e6, bytes: 1e6, storedBytes: 10 }),
  run: async (context) => {
    await run(context);
    return async () => ({});
  },
});

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const submit = async (server: TestServer): Promise<string> => {
  const projectId = await insertProject(server.connection);
  const job = await server.services.jobs.submit("local", { projectId, kind: "TRAIN", input: {} });
  return globalId("Job", job.id);
};

const progress = `subscription ($id: ID!, $after: String) { jobProgress(jobId: $id, after: $after) {
  cursor job { state progress message error { __typename code message path } } } }`;
type Progress = {
  jobProgress: {
    cursor: string;
    job: { state: string; progress: number; message: string; error: { code: string } | null };
  };
};
const points = `subscription ($id: ID!, $names: [String!], $after: String) {
  metricPoints(jobId: $id, names: $names, after: $after) { name steps values cursor } }`;
type Points = { metricPoints: { name: string; steps: number[]; values: (number | null)[]; cursor: string } };

const collect = async <Value>(values: AsyncIterable<{ data: Value }>): Promise<Value[]> => {
  const all: Value[] = [];
  for await (const { data } of values) all.push(data);
  return all;
};

describe("a job", () => {
  test("that waits is given another priority, and one that is not there or beyond 100 is refused", async () => {
    const server = await startTestServer({ executors: [] });
    const id = await submit(server);
    const set = (priority: number, jobId = id) =>
      ask(
        server,
        `mutation ($jobId: ID!, $priority: Int!) { setJobPriority(input: { jobId: $jobId, priority: $priority }) {
          ... on SetJobPrioritySuccess { job { priority } } ... on Error { code path } } }`,
        { jobId, priority },
      );
    expect((await set(7)).data).toMatchObject({ setJobPriority: { job: { priority: 7 } } });
    expect((await set(101)).data).toMatchObject({ setJobPriority: { code: "INVALID_INPUT", path: ["priority"] } });
    const gone = globalId("Job", "019ab6e2-7d1c-7a41-9f0e-3c5d2b1a0f9e");
    expect((await set(1, gone)).data).toMatchObject({ setJobPriority: { code: "NOT_FOUND" } });
  });

  test("is told from queued to its end, and the stream ends with it", async () => {
    let go = () => {};
    const started = new Promise<void>((resolve) => {
      go = resolve;
    });
    const server = await startTestServer({
      executors: [
        scripted(async (context) => {
          await started;
          context.progress(0.5, "half way");
          await pause(1_000);
        }),
      ],
    });
    const id = await submit(server);
    const told = collect(follow<Progress>(server, progress, { id }));
    await pause(300);
    go();
    const states = (await told).map(({ jobProgress }) => jobProgress.job);
    expect(states.at(-1)).toMatchObject({ state: "SUCCEEDED", progress: 1, error: null });
    expect(states).toContainEqual({ state: "RUNNING", progress: 0.5, message: "half way", error: null });
  });

  test("that is over is told once", async () => {
    const server = await startTestServer({ executors: [scripted(async () => {})] });
    const id = await submit(server);
    await collect(follow<Progress>(server, progress, { id }));
    const again = await collect(follow<Progress>(server, progress, { id }));
    expect(again.map(({ jobProgress }) => jobProgress.job.state)).toEqual(["SUCCEEDED"]);
  });

  test("that fails tells code, message and path, as any failure does", async () => {
    class LabelMissing extends DomainError {
      readonly code = "LABEL_MISSING";
    }
    const server = await startTestServer({
      executors: [
        scripted(async () => {
          throw new LabelMissing("Row 3 has no label.", ["rows", 3]);
        }),
      ],
    });
    const told = await collect(follow<Progress>(server, progress, { id: await submit(server) }));
    expect(told.at(-1)?.jobProgress.job).toMatchObject({
      state: "FAILED",
      error: { __typename: "JobError", code: "LABEL_MISSING", message: "Row 3 has no label.", path: ["rows", "3"] },
    });
  });

  test("that is not there, and a cursor that is none, are told and not masked", async () => {
    const server = await startTestServer();
    const gone = globalId("Job", "019ab6e2-7d1c-7a41-9f0e-3c5d2b1a0f9e");
    for await (const { errors } of follow(server, progress, { id: gone })) {
      expect(errors?.[0]?.extensions.code).toBe("NOT_FOUND");
    }
    for await (const { errors } of follow(server, points, { id: gone, after: "soon" })) {
      expect(errors?.[0]?.extensions.code).toBe("INVALID_CURSOR");
    }
    expect(server.log).toEqual([]);
  });

  test("is cancelled once: a second time there is nothing left to cancel", async () => {
    const server = await startTestServer({
      executors: [
        scripted(async (context) => {
          for (;;) {
            await pause(20);
            await context.breathe();
          }
        }),
      ],
    });
    const id = await submit(server);
    const told = collect(follow<Progress>(server, progress, { id }));
    await pause(500);
    const cancel = `mutation ($id: ID!) { cancelJob(input: { jobId: $id }) {
      __typename ... on CancelJobSuccess { job { cancelRequested } } ... on Error { code path } } }`;
    expect((await ask(server, cancel, { id })).data).toMatchObject({ cancelJob: { job: { cancelRequested: true } } });
    expect((await told).at(-1)?.jobProgress.job.state).toBe("CANCELLED");
    expect((await ask(server, cancel, { id })).data).toMatchObject({
      cancelJob: { code: "JOB_OVER", path: ["jobId"] },
    });
  });

  test("is billed for its machine time and its kernels, and the report adds up to the microsecond", async () => {
    const server = await startTestServer({
      executors: [
        scripted(async (context) => {
          context.usage.add("matmul", "wasm", { calls: 3, flops: 6e9, bytes: 1e6, seconds: 0.25 });
          await pause(300);
        }),
      ],
    });
    const id = await submit(server);
    await collect(follow<Progress>(server, progress, { id }));
    const { data, errors } = await ask<{ job: { bill: { machineSeconds: number } }; costReport: { lines: object[] } }>(
      server,
      `query ($id: ID!) {
        job: node(id: $id) { ... on Job { kind attempt estimate { flops seconds basis }
          usage { kernel device calls flops seconds } bill { machineSeconds amount currency estimateDifferenceSeconds } } }
        costReport { differenceMicroseconds bookedMicroseconds machineMicroseconds totals { currency } lines { activity jobKind project { name } seconds amount } }
        priceBook { resource unitPrice currency }
        machines { cores current flopsPerSecond } }`,
      { id },
    );
    expect(errors).toBeUndefined();
    expect(data).toMatchObject({
      job: {
        kind: "TRAIN",
        attempt: 1,
        estimate: { flops: 1e6, basis: "SEED" },
        usage: [{ kernel: "matmul", device: "wasm", calls: 3, flops: 6e9, seconds: 0.25 }],
        bill: { currency: "USD" },
      },
      costReport: { differenceMicroseconds: 0, totals: [{ currency: "USD" }] },
      machines: [{ cores: 2, current: true }],
    });
    expect(data.job.bill.machineSeconds).toBeGreaterThan(0.3);
    expect(data.costReport.lines).toContainEqual(
      expect.objectContaining({ activity: "JOB", jobKind: "TRAIN", project: { name: "test" } }),
    );
    expect(data.costReport.lines).toContainEqual(expect.objectContaining({ activity: "IDLE", jobKind: null }));
  });
});

describe("curves", () => {
  const training = scripted(async (context) => {
    for (let step = 0; step < 60; step++) {
      context.metrics.append("loss", step, step === 7 ? Number.NaN : 1 / (step + 1));
      context.metrics.append("accuracy", step, step / 60);
      if (step % 20 === 19) await context.checkpoint.commit({ position: { step } });
    }
  });
  const stepsOf = (all: Points[], name: string) =>
    all.filter(({ metricPoints }) => metricPoints.name === name).flatMap(({ metricPoints }) => metricPoints.steps);

  test("are told whole, once and in order, while the job runs and after it, and the stream ends", async () => {
    const server = await startTestServer({ executors: [training] });
    const id = await submit(server);
    const live = await collect(follow<Points>(server, points, { id }));
    const after = await collect(follow<Points>(server, points, { id }));
    const steps = Array.from({ length: 60 }, (_, step) => step);
    expect(stepsOf(live, "loss")).toEqual(steps);
    expect(stepsOf(after, "accuracy")).toEqual(steps);
    const loss = after.flatMap(({ metricPoints }) => (metricPoints.name === "loss" ? metricPoints.values : []));
    expect(loss[3]).toBe(0.25);
    expect(loss[7]).toBeNull();
  });

  test("go on from a cursor without a gap or a double, of the names asked for", async () => {
    const server = await startTestServer({ executors: [training] });
    const id = await submit(server);
    await collect(follow<Progress>(server, progress, { id }));
    const [first] = await collect(follow<Points>(server, points, { id, names: ["loss"] }));
    const rest = await collect(
      follow<Points>(server, points, { id, names: ["loss"], after: first?.metricPoints.cursor }),
    );
    expect(rest.every(({ metricPoints }) => metricPoints.name === "loss")).toBe(true);
    expect([...(first?.metricPoints.steps ?? []), ...stepsOf(rest, "loss")]).toEqual(
      Array.from({ length: 60 }, (_, step) => step),
    );
  });

  test("are read with their newest point beside the job", async () => {
    const server = await startTestServer({ executors: [training] });
    const id = await submit(server);
    await collect(follow<Progress>(server, progress, { id }));
    const { data } = await ask(
      server,
      "query ($id: ID!) { node(id: $id) { ... on Job { metrics { name pointCount lastStep lastValue } } } }",
      { id },
    );
    expect(data).toMatchObject({
      node: {
        metrics: [
          { name: "accuracy", pointCount: 60, lastStep: 59, lastValue: 59 / 60 },
          { name: "loss", pointCount: 60, lastStep: 59, lastValue: 1 / 60 },
        ],
      },
    });
  });
});

describe("a client that leaves", () => {
  test("leaves nothing that listens: twenty streams, each given up, are each ended at the server", async () => {
    let open = 0;
    let closed = 0;
    const server = await startTestServer({
      executors: [scripted((context) => new Promise((_, reject) => context.signal.addEventListener("abort", reject)))],
    });
    const { feed } = server.services;
    const listen = feed.listen.bind(feed);
    feed.listen = async function* (...parameters) {
      open++;
      try {
        yield* listen(...parameters);
      } finally {
        closed++;
      }
    };
    const id = await submit(server);
    const leave = new AbortController();
    const streams = Array.from({ length: 20 }, (_, index) =>
      collect(follow(server, index % 2 === 0 ? progress : points, { id }, leave.signal)).catch(() => []),
    );
    for (let wait = 0; wait < 50 && open < 20; wait++) await pause(100);
    leave.abort();
    await Promise.all(streams);
    for (let wait = 0; wait < 50 && closed < open; wait++) await pause(100);
    expect(open).toBeGreaterThanOrEqual(20);
    expect(closed).toBe(open);
  });

  test("and a server that closes ends its streams at once", async () => {
    const server = await startTestServer({
      executors: [scripted((context) => new Promise((_, reject) => context.signal.addEventListener("abort", reject)))],
    });
    const told = collect(follow(server, progress, { id: await submit(server) })).catch(() => []);
    await pause(500);
    const begin = performance.now();
    await server.close();
    await told;
    expect(performance.now() - begin).toBeLessThan(2_500);
  });
});
