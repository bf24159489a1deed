import { packPoints, unpackPoints } from "@millrace/gateway/data/metric/packing.ts";
import { downsample } from "@millrace/gateway/domain/metric/downsample.ts";
import { followPoints, listSeries, readPoints } from "@millrace/gateway/domain/metric/service.ts";
import { defineExecutor } from "@millrace/gateway/job/executor.ts";
import { createRecorder } from "@millrace/gateway/job/recorder.ts";
import { describe, expect, test } from "vitest";
import { startWorkplace, TENANT } from "../workplace.fixture.ts";

describe("packed points", () => {
  test("are little-endian int32 and float64, as IEEE 754 lays them out", () => {
    const { steps, values } = packPoints({ steps: [1, -2], values: [1, -0.5] });
    expect(steps.toString("hex")).toBe("01000000feffffff");
    expect(values.toString("hex")).toBe("000000000000f03f000000000000e0bf");
  });

  test("come back as they were, with NaN, infinities and the last bit", () => {
    const points = {
      steps: [-(2 ** 31), 0, 1, 2, 3, 2 ** 31 - 1],
      values: [Number.NaN, Infinity, -Infinity, -0, 0.1, Number.MIN_VALUE],
    };
    expect(unpackPoints(packPoints(points))).toEqual(points);
    // A view into a larger buffer, as a driver hands them out.
    const { steps, values } = packPoints(points);
    const shifted = Buffer.concat([Buffer.from([9]), steps, values]);
    const views = { steps: shifted.subarray(1, 25), values: shifted.subarray(25) };
    expect(unpackPoints(views)).toEqual(points);
  });
});

describe("a curve thinned out", () => {
  test("keeps its first and last point and its peak", () => {
    const steps = Array.from({ length: 10_000 }, (_, index) => index);
    const values = steps.map((step) => (step === 4321 ? 100 : Math.sin(step / 500)));
    const thin = downsample({ steps, values }, 100);
    expect(thin.steps.length).toBe(100);
    expect(thin.steps[0]).toBe(0);
    expect(thin.steps.at(-1)).toBe(9999);
    expect(thin.steps).toContain(4321);
    expect(new Set(thin.steps).size).toBe(100);
    thin.steps.forEach((step, index) => {
      expect(thin.values[index]).toBe(values[step]);
    });
  });

  test("is the curve itself when it has no more points", () => {
    const points = { steps: [1, 2, 3], values: [1, Number.NaN, 3] };
    expect(downsample(points, 3)).toEqual(points);
  });

  test("bears values that are not finite", () => {
    const steps = Array.from({ length: 1000 }, (_, index) => index);
    const values = steps.map((step) => (step % 2 === 0 ? Number.NaN : step));
    expect(downsample({ steps, values }, 10).steps.length).toBe(10);
  });
});

test("steps that do not grow, or do not fit 32 bits, are refused where they are appended", () => {
  const recorder = createRecorder(new Map([["loss", 10]]));
  recorder.append("loss", 11, 1);
  expect(() => recorder.append("loss", 11, 1)).toThrow("comes after 11");
  expect(() => recorder.append("other", 2 ** 31, 1)).toThrow("32-bit");
  expect(() => recorder.append("other", 0.5, 1)).toThrow("32-bit");
});

test("points show with each checkpoint and at the end, and a follower gets each once from any cursor", async () => {
  const { promise: proceed, resolve: goOn } = Promise.withResolvers<void>();
  const training = defineExecutor({
    kind: "TRAIN",
    parse: (input) => input,
    async run(_, { metrics, checkpoint }) {
      metrics.append("loss", 1, 1);
      metrics.append("loss", 2, Number.NaN);
      await checkpoint.commit({ position: { step: 2 } });
      metrics.append("loss", 3, Number.POSITIVE_INFINITY);
      metrics.append("accuracy", 3, 0.5);
      await proceed;
      return async () => ({});
    },
  });
  const { engine, projectId, until, connection, feed } = await startWorkplace([training]);
  const { database } = connection;
  const { id } = await engine.submit(TENANT, { projectId, kind: "TRAIN", input: {} });
  const leave = new AbortController();
  const seen: { series: string; steps: number[]; values: number[]; cursor: number }[] = [];
  const following = (async () => {
    for await (const points of followPoints(database, feed, TENANT, id, 0, leave.signal)) seen.push(points);
  })();
  while (seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  const [early] = await listSeries(database, TENANT, id);
  expect(early).toMatchObject({ name: "loss", pointCount: 2, lastStep: 2, lastValue: Number.NaN });
  goOn();
  await until(id);
  while (seen.length < 3) await new Promise((resolve) => setTimeout(resolve, 10));
  leave.abort();
  await following;
  expect(seen.map(({ series, steps, values }) => ({ series, steps, values }))).toEqual([
    { series: "loss", steps: [1, 2], values: [1, Number.NaN] },
    { series: "loss", steps: [3], values: [Number.POSITIVE_INFINITY] },
    { series: "accuracy", steps: [3], values: [0.5] },
  ]);

  const again = new AbortController();
  const rest: number[][] = [];
  for await (const points of followPoints(database, feed, TENANT, id, seen[0]?.cursor ?? 0, again.signal)) {
    rest.push(points.steps);
    if (rest.length === 2) again.abort();
  }
  expect(rest).toEqual([[3], [3]]);

  const series = await listSeries(database, TENANT, id);
  const loss = series.find(({ name }) => name === "loss")?.id ?? "";
  expect(await readPoints(database, TENANT, loss, { afterStep: 1 })).toEqual({
    steps: [2, 3],
    values: [Number.NaN, Number.POSITIVE_INFINITY],
  });
  await expect(readPoints(database, TENANT, loss, { maximumPoints: 2 })).rejects.toMatchObject({
    code: "INVALID_INPUT",
  });
  expect(await readPoints(database, "another tenant", loss)).toEqual({ steps: [], values: [] });
});
