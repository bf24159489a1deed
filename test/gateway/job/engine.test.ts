import { setTimeout as sleep } from "node:timers/promises";
import { InvalidInput } from "@millrace/gateway/domain/error.ts";
import { IdempotencyKeyReused, JobOver } from "@millrace/gateway/domain/job/errors.ts";
import { listSeries, readPoints } from "@millrace/gateway/domain/metric/service.ts";
import { defineExecutor, type JobContext } from "@millrace/gateway/job/executor.ts";
import { describe, expect, test } from "vitest";
import { startWorkplace, TENANT } from "../workplace.fixture.ts";

const executor = (run: (context: JobContext) => Promise<unknown>) =>
  defineExecutor({
    kind: "TRAIN",
    parse: (input) => input,
    run: async (_, context) => {
      await run(context);
      return async () => ({ done: true });
    },
  });

describe("a job that succeeds", () => {
  test("leaves output, curve, use, files and the effect's rows together", async () => {
    const training = defineExecutor({
      kind: "TRAIN",
      parse: (input) => ({ name: String(input.name) }),
      async run({ name }, context) {
        for (let step = 1; step <= 5; step++) {
          context.metrics.append("loss", step, 1 / step);
          context.usage.add("matmul", "wasm", { calls: 2, flops: 100, bytes: 10, seconds: 0.001 });
          context.progress(step / 5, `step ${step}`);
        }
        const { hash } = await context.put(new TextEncoder().encode("weights"));
        return async (transaction) => {
          await transaction
            .insertInto("model")
            .values({ id: name, tenantId: TENANT, projectId: context.projectId, name })
            .execute();
          return { hash };
        };
      },
    });
    const { engine, projectId, until, connection } = await startWorkplace([training]);
    const job = await engine.submit(TENANT, { projectId, kind: "TRAIN", input: { name: "penguins" } });
    expect(job.state).toBe("QUEUED");
    const ended = await until(job.id);
    expect(ended).toMatchObject({
      state: "SUCCEEDED",
      progress: 1,
      progressMessage: "step 5",
      attempt: 1,
      lease: null,
      // sha256sum of "weights".
      output: { hash: "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c" },
    });
    expect(await connection.database.selectFrom("model").select("name").execute()).toEqual([{ name: "penguins" }]);
    const [series] = await listSeries(connection.database, TENANT, job.id);
    expect(series).toMatchObject({ name: "loss", pointCount: 5, lastStep: 5, lastValue: 0.2 });
    expect(await readPoints(connection.database, TENANT, series?.id ?? "")).toEqual({
      steps: [1, 2, 3, 4, 5],
      values: [1, 1 / 2, 1 / 3, 1 / 4, 1 / 5],
    });
    const usage = await connection.database.selectFrom("jobUsage").selectAll().execute();
    expect(usage).toMatchObject([{ kernel: "matmul", device: "wasm", calls: 10, flops: 500, bytes: 50, attempt: 1 }]);
    const stored = await connection.database.selectFrom("jobStorage").selectAll().execute();
    expect(stored).toMatchObject([{ byteCount: 7 }]);
  });

  test("is billed for all it used and stored, however long its ending takes", async () => {
    const slow = defineExecutor({
      kind: "TRAIN",
      parse: (input) => input,
      async run(_, context) {
        context.usage.add("matmul", "wasm", { calls: 2, flops: 100, bytes: 10, seconds: 0.001 });
        await context.put(new TextEncoder().encode("weights"));
        return async () => {
          // Longer than use is left unwritten while a job runs.
          await sleep(5_000);
          return { done: true };
        };
      },
    });
    const { engine, projectId, until, connection } = await startWorkplace([slow]);
    const job = await engine.submit(TENANT, { projectId, kind: "TRAIN", input: {} });
    expect(await until(job.id)).toMatchObject({ state: "SUCCEEDED" });
    const usage = await connection.database.selectFrom("jobUsage").selectAll().execute();
    expect(usage).toMatchObject([{ kernel: "matmul", calls: 2, flops: 100, bytes: 10 }]);
    const stored = await connection.database.selectFrom("jobStorage").selectAll().execute();
    expect(stored).toMatchObject([{ byteCount: 7 }]);
  });

  test("starts and ends within a second on an idle engine", async () => {
    const { engine, projectId, until } = await startWorkplace([executor(async () => {})]);
    await sleep(300);
    const times = [];
    for (let count = 0; count < 5; count++) {
      const before = performance.now();
      const job = await engine.submit(TENANT, { projectId, kind: "TRAIN", input: {} });
      await until(job.id);
      times.push(performance.now() - before);
    }
    expect(times.sort((left, right) => left - right)[2]).toBeLessThan(1000);
  });
});

describe("a job that fails", () => {
  test("with an expected error fails at once with its code, message and path", async () => {
    const { engine, projectId, until } = await startWorkplace([
      executor(async () => {
        throw new InvalidInput("The column x is not there.", ["input", "columns", 2]);
      }),
    ]);
    const job = await engine.submit(TENANT, { projectId, kind: "TRAIN", input: {} });
    expect(await until(job.id)).toMatchObject({
      state: "FAILED",
      attempt: 1,
      error: { code: "INVALID_INPUT", message: "The column x is not there.", path: ["input", "columns", "2"] },
    });
  });

  test("with an unexpected error is tried again, and goes on from its checkpoint", async () => {
    const seen: unknown[] = [];
    const { engine, projectId, until, log } = await startWorkplace([
      executor(async ({ checkpoint, metrics }) => {
        const found = await checkpoint.load();
        seen.push(found?.position, found?.state && new TextDecoder().decode(found.state));
        if (found === undefined) {
          metrics.append("loss", 1, 1);
          await checkpoint.commit({ position: { step: 1 }, state: new TextEncoder().encode("state 1") });
          metrics.append("loss", 2, Number.NaN);
          throw new Error("out of luck");
        }
        metrics.append("loss", 2, 0.5);
      }),
    ]);
    const job = await engine.submit(TENANT, { projectId, kind: "TRAIN", input: {} });
    expect(await until(job.id)).toMatchObject({ state: "SUCCEEDED", attempt: 2 });
    expect(seen).toEqual([undefined, undefined, { step: 1 }, "state 1"]);
    expect(log.map((entry) => entry.event)).toEqual(["job crashed"]);
  });

  test("leaves nothing of its effect when the effect fails", async () => {
    const failing = defineExecutor({
      kind: "TRAIN",
      parse: (input) => input,
      run: async (_, context) => async (transaction) => {
        const id = "half";
        await transaction
          .insertInto("model")
          .values({ id, tenantId: TENANT, projectId: context.projectId, name: id })
          .execute();
        throw new InvalidInput("No.");
      },
    });
    const { engine, projectId, until, connection } = await startWorkplace([failing]);
    const job = await engine.submit(TENANT, { projectId, kind: "TRAIN", input: {} });
    expect(await until(job.id)).toMatchObject({ state: "FAILED", error: { code: "INVALID_INPUT" } });
    expect(await connection.database.selectFrom("model").selectAll().execute()).toEqual([]);
  });
});

describe("a cancel", () => {
  test("of a queued job ends it at once and it never runs", async () => {
    const { engine, projectId, until, connection } = await startWorkplace([executor(async () => {})], { places: 0 });
    const job = await engine.submit(TENANT, { projectId, kind: "TRAIN", input: {} });
    expect(await engine.cancel(TENANT, job.id)).toMatchObject({ state: "CANCELLED", attempt: 0 });
    await expect(engine.cancel(TENANT, job.id)).rejects.toBeInstanceOf(JobOver);
    await until(job.id, "CANCELLED");
    expect(await connection.database.selectFrom("job").select("endedAt").executeTakeFirst()).not.toEqual({
      endedAt: null,
    });
  });

  test("of a running job aborts its signal within a second and keeps its points", async () => {
    let abortedAfter = Number.NaN;
    const { engine, projectId, until, connection } = await startWorkplace([
      executor(async ({ signal, metrics }) => {
        metrics.append("loss", 1, 1);
        const start = performance.now();
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        abortedAfter = performance.now() - start;
        signal.throwIfAborted();
      }),
    ]);
    const job = await engine.submit(TENANT, { projectId, kind: "TRAIN", input: {} });
    await until(job.id, "RUNNING");
    await engine.cancel(TENANT, job.id);
    expect(await until(job.id)).toMatchObject({ state: "CANCELLED", output: null, error: null });
    expect(abortedAfter).toBeLessThan(1000);
    expect(await listSeries(connection.database, TENANT, job.id)).toMatchObject([{ name: "loss", pointCount: 1 }]);
  });

  test("ends a job whose executor does not heed it, and shuts the executor out", async () => {
    let late: unknown;
    let finished = false;
    const { engine, projectId, until } = await startWorkplace([
      executor(async ({ checkpoint }) => {
        await sleep(4000);
        late = await checkpoint.commit({ position: {} }).catch((error: unknown) => error);
        finished = true;
      }),
    ]);
    const job = await engine.submit(TENANT, { projectId, kind: "TRAIN", input: {} });
    await until(job.id, "RUNNING");
    await engine.cancel(TENANT, job.id);
    await until(job.id, "CANCELLED");
    expect(finished).toBe(false);
    for (const end = Date.now() + 5000; !finished && Date.now() < end; ) await sleep(50);
    expect(String(late)).toContain("lease");
  });
});

test("the same idempotency key gives the same job, and another input is refused", async () => {
  const { engine, projectId } = await startWorkplace([executor(async () => {})], { places: 0 });
  const submission = { projectId, kind: "TRAIN", input: { a: 1, b: { c: 2, d: 3 } }, idempotencyKey: "k" } as const;
  const first = await engine.submit(TENANT, submission);
  const again = await engine.submit(TENANT, { ...submission, input: { b: { d: 3, c: 2 }, a: 1 } });
  expect(again.id).toBe(first.id);
  await expect(engine.submit(TENANT, { ...submission, input: { a: 2 } })).rejects.toBeInstanceOf(IdempotencyKeyReused);
});

test("a stop gives a running job back and the next engine goes on from its checkpoint, crash or not counted", async () => {
  const counting = executor(async ({ checkpoint, signal, metrics, breathe }) => {
    const from = (await checkpoint.load())?.position.step;
    for (let step = typeof from === "number" ? from + 1 : 1; step <= 40; step++) {
      metrics.append("step", step, step);
      await sleep(20);
      if (step % 5 === 0) await checkpoint.commit({ position: { step } });
      await breathe();
    }
    signal.throwIfAborted();
  });
  const first = await startWorkplace([counting]);
  const job = await first.engine.submit(TENANT, { projectId: first.projectId, kind: "TRAIN", input: {} });
  await first.until(job.id, "RUNNING");
  await sleep(400);
  await first.close();
  const { connection, dataFolder, projectId } = first;
  const between = await connection.database.selectFrom("job").selectAll().executeTakeFirstOrThrow();
  expect(between).toMatchObject({ state: "QUEUED", crashes: 0, lease: null });
  const second = await startWorkplace([counting], { connection, dataFolder, projectId });
  expect(await second.until(job.id)).toMatchObject({ state: "SUCCEEDED", attempt: 2, crashes: 0 });
  const [series] = await listSeries(connection.database, TENANT, job.id);
  const points = await readPoints(connection.database, TENANT, series?.id ?? "");
  expect(points.steps).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
});

test("of jobs that wait the greatest priority goes first, then the oldest, and a priority can be changed until they start", async () => {
  const order: string[] = [];
  const { promise: free, resolve: release } = Promise.withResolvers<void>();
  const { engine, projectId, until, connection } = await startWorkplace(
    [
      executor(async ({ job }) => {
        if (order.push(String(job.input.name)) === 1) await free;
      }),
    ],
    { places: 1 },
  );
  const submit = async (name: string, priority?: number) =>
    (await engine.submit(TENANT, { projectId, kind: "TRAIN", input: { name }, priority })).id;
  const blocking = await submit("blocking");
  await until(blocking, "RUNNING");
  const waiting = [await submit("first"), await submit("second"), await submit("low", -5), await submit("high", 5)];
  const raised = await submit("raised");
  expect(await engine.prioritise(TENANT, raised, 100)).toMatchObject({ priority: 100 });
  await expect(engine.prioritise(TENANT, blocking, 1)).rejects.toMatchObject({ code: "JOB_STARTED" });
  await expect(engine.prioritise(TENANT, raised, 101)).rejects.toMatchObject({ path: ["priority"] });
  await expect(submit("beyond", 1.5)).rejects.toMatchObject({ code: "INVALID_INPUT", path: ["priority"] });
  release();
  for (const id of [blocking, raised, ...waiting]) await until(id, "SUCCEEDED");
  expect(order).toEqual(["blocking", "raised", "high", "first", "second", "low"]);
  expect(await connection.database.selectFrom("job").select("id").execute()).toHaveLength(6);
});

test("as many jobs run at once as there are places, and no more", async () => {
  let now = 0;
  let most = 0;
  const { promise: three, resolve } = Promise.withResolvers<void>();
  const { engine, projectId, until } = await startWorkplace(
    [
      executor(async () => {
        most = Math.max(most, ++now);
        if (now === 3) resolve();
        await three;
        await sleep(5);
        now--;
      }),
    ],
    { places: 3 },
  );
  const jobs = await Promise.all(
    Array.from({ length: 10 }, () => engine.submit(TENANT, { projectId, kind: "TRAIN", input: {} })),
  );
  for (const job of jobs) await until(job.id);
  expect(most).toBe(3);
});
