import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openDatabase } from "@millrace/gateway/data/database.ts";
import { openNotifications } from "@millrace/gateway/data/notifications.ts";
import { createEventFeed } from "@millrace/gateway/data/outbox/feed.ts";
import { reportCosts } from "@millrace/gateway/domain/cost/report.ts";
import { followPoints, listSeries, readPoints } from "@millrace/gateway/domain/metric/service.ts";
import { openFolderStore } from "@millrace/gateway/store/folder.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startChild } from "./child.fixture.ts";

const STEPS = 300;
const TENANT = "local";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "millrace-job-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What a subscriber has, who comes back with the last cursor after each break. */
type Subscriber = { cursor: number; steps: number[] };

async function subscribe(url: string, jobId: string, subscriber: Subscriber, signal: AbortSignal): Promise<void> {
  const connection = openDatabase(url, 2);
  try {
    const notifications = await openNotifications(connection);
    const feed = createEventFeed(connection.database, notifications);
    try {
      const { database } = connection;
      for await (const points of followPoints(database, feed, TENANT, jobId, subscriber.cursor, signal)) {
        subscriber.cursor = points.cursor;
        if (points.series === "sum") subscriber.steps.push(...points.steps);
      }
    } finally {
      await notifications.close();
    }
  } catch {
    // The server went away: the next life is subscribed to from the cursor.
  } finally {
    await connection.close();
  }
}

test("a job whose gateway is killed again and again ends as if nothing had happened", async () => {
  const subscriber: Subscriber = { cursor: 0, steps: [] };
  const pickUps: number[] = [];
  let kills = 0;
  for (let life = 0; ; life++) {
    const child = startChild("worker.child.ts", [folder]);
    const started = await child.read();
    const url = String(started?.url);
    const jobId = String(started?.jobId);
    const leave = new AbortController();
    const following = subscribe(url, jobId, subscriber, leave.signal);
    const connection = openDatabase(url, 2);
    const job = () => connection.database.selectFrom("job").selectAll().executeTakeFirstOrThrow();
    // Each life is let run a little longer, so that kills fall at all stages and the job gets to its end.
    const deadline = Date.now() + 200 + life * 40;
    const ready = Date.now();
    let row = await job();
    let picked = false;
    while (row.state !== "SUCCEEDED" && Date.now() < deadline) {
      if (!picked && row.state === "RUNNING" && row.attempt > life) {
        picked = true;
        pickUps.push(Date.now() - ready);
      }
      await sleep(10);
      row = await job();
    }
    if (row.state !== "SUCCEEDED") {
      await connection.close();
      // Every second time the database is killed with it.
      await child.end("SIGKILL");
      if (life % 2 === 1) process.kill(Number(started?.pid), "SIGKILL");
      leave.abort();
      await following;
      kills++;
      expect(kills).toBeLessThan(30);
      continue;
    }

    expect(row.output).toMatchObject({ hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
    // One effect.
    expect((await connection.database.selectFrom("model").select("name").execute()).length).toBe(1);
    // No gap and no double in the curves, and values that only an unbroken state gives.
    for (const series of await listSeries(connection.database, TENANT, jobId)) {
      const points = await readPoints(connection.database, TENANT, series.id);
      expect(points.steps).toEqual(Array.from({ length: STEPS }, (_, index) => index + 1));
      expect(series.pointCount).toBe(STEPS);
      const value = (step: number) => (series.name === "sum" ? (step * (step + 1)) / 2 : step / 2);
      expect(points.values).toEqual(points.steps.map(value));
    }
    // The subscriber, broken off as often, got each point once.
    for (const end = Date.now() + 5000; subscriber.steps.length < STEPS && Date.now() < end; ) await sleep(20);
    expect(subscriber.steps).toEqual(Array.from({ length: STEPS }, (_, index) => index + 1));
    leave.abort();
    await following;
    await connection.close();
    expect(await child.end("SIGTERM")).toBe(0);
    break;
  }
  expect(kills).toBeGreaterThan(3);

  // The last life: nothing runs, the ledger has each microsecond since the first start once.
  const child = startChild("worker.child.ts", [folder]);
  const started = await child.read();
  const connection = openDatabase(String(started?.url), 2);
  const { database } = connection;
  const machine = await database.selectFrom("machine").selectAll().executeTakeFirstOrThrow();
  const entries = await database.selectFrom("ledgerEntry").selectAll().orderBy("fromMicrosecond").execute();
  let end = machine.startedMicrosecond;
  for (const from of new Set(entries.map((entry) => entry.fromMicrosecond))) {
    const segment = entries.filter((entry) => entry.fromMicrosecond === from);
    expect(from).toBe(end);
    end = segment[0]?.toMicrosecond ?? 0;
    expect(segment.reduce((sum, entry) => sum + entry.quantityMicroseconds, 0)).toBe(end - from);
  }
  expect(end).toBe(machine.markMicrosecond);
  expect(entries.filter((entry) => entry.activity === "DOWN").length).toBeGreaterThanOrEqual(kills);
  expect((await reportCosts(database, TENANT)).differenceMicroseconds).toBe(0);
  // What the job stored is there, and none of its checkpoints, those that kills left in mid-commit included.
  const store = await openFolderStore(path.join(folder, "objects"));
  const objects: string[] = [];
  for await (const { hash } of store.list()) objects.push(hash);
  const job = await database.selectFrom("job").selectAll().executeTakeFirstOrThrow();
  expect(objects).toEqual([job.output?.hash]);
  expect(await database.selectFrom("checkpoint").selectAll().execute()).toEqual([]);
  await connection.close();
  expect(await child.end("SIGTERM")).toBe(0);
  process.stdout.write(`${kills} kills; taken up again after ${pickUps.slice(1).join(", ")} ms\n`);
  // The first is the submission; the others were taken up from a dead worker within seconds.
  for (const pickUp of pickUps) expect(pickUp).toBeLessThan(5000);
});
