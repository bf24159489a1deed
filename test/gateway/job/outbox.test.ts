import { setTimeout as sleep } from "node:timers/promises";
import type { Database } from "@millrace/gateway/data/database.ts";
import { openNotifications } from "@millrace/gateway/data/notifications.ts";
import { createEventFeed } from "@millrace/gateway/data/outbox/feed.ts";
import { appendEvents, latestPosition } from "@millrace/gateway/data/outbox/store.ts";
import { sql } from "kysely";
import { expect, onTestFinished, test } from "vitest";
import { freshDatabase } from "../database.fixture.ts";

const TENANT = "local";

const append = (database: Database, topic: string, ...numbers: number[]) =>
  database.transaction().execute((transaction) =>
    appendEvents(
      transaction,
      TENANT,
      numbers.map((number) => ({ topic, payload: { number } })),
    ),
  );

async function open() {
  const connection = await freshDatabase();
  const notifications = await openNotifications(connection);
  onTestFinished(() => notifications.close());
  return { connection, database: connection.database, feed: createEventFeed(connection.database, notifications) };
}

test("a listener gets what was there, then what comes, each once and in order, of its topic alone", async () => {
  const { database, feed } = await open();
  await append(database, "a", 1, 2);
  await append(database, "b", 99);
  const leave = new AbortController();
  const seen: unknown[] = [];
  const listening = (async () => {
    for await (const event of feed.listen(TENANT, "a", 0, leave.signal)) {
      seen.push(event.payload.number);
      if (seen.length === 5) leave.abort();
    }
  })();
  await sleep(50);
  await append(database, "a", 3);
  await append(database, "b", 98);
  await append(database, "a", 4, 5);
  await listening;
  expect(seen).toEqual([1, 2, 3, 4, 5]);
});

test("an event whose transaction commits late is not stepped over by one that began after it", async () => {
  const { database, feed } = await open();
  const leave = new AbortController();
  const seen: unknown[] = [];
  const listening = (async () => {
    for await (const event of feed.listen(TENANT, "a", 0, leave.signal)) {
      seen.push(event.payload.number);
      if (seen.length === 2) leave.abort();
    }
  })();
  const slow = database.transaction().execute(async (transaction) => {
    await appendEvents(transaction, TENANT, [{ topic: "a", payload: { number: 1 } }]);
    await sleep(400);
  });
  await sleep(100);
  await append(database, "a", 2);
  await slow;
  await listening;
  expect(seen).toEqual([1, 2]);
});

test("an event of a transaction that is rolled back is never seen", async () => {
  const { database } = await open();
  const failing = database.transaction().execute(async (transaction) => {
    await appendEvents(transaction, TENANT, [{ topic: "a", payload: { number: 1 } }]);
    throw new Error("no");
  });
  await expect(failing).rejects.toThrow("no");
  expect(await latestPosition(database, TENANT, "a")).toBe(0);
});

test("a listener that waits ends at once when its signal aborts, and leaves nothing behind", async () => {
  const { feed } = await open();
  for (let round = 0; round < 20; round++) {
    const leave = new AbortController();
    const waiting = feed.listen(TENANT, "a", 0, leave.signal).next();
    await sleep(5);
    const start = performance.now();
    leave.abort();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(performance.now() - start).toBeLessThan(500);
  }
});

test("events are not lost when the session that hints at them is broken off", async () => {
  const { database, feed } = await open();
  const leave = new AbortController();
  const seen: unknown[] = [];
  const listening = (async () => {
    for await (const event of feed.listen(TENANT, "a", 0, leave.signal)) {
      seen.push(event.payload.number);
      if (seen.length === 3) leave.abort();
    }
  })();
  await append(database, "a", 1);
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen%'`.execute(database);
  await append(database, "a", 2);
  await sleep(1000);
  await append(database, "a", 3);
  await listening;
  expect(seen).toEqual([1, 2, 3]);
});

test("many writers of one topic and a slow reader: every event once, in the order of positions", async () => {
  const { database, feed } = await open();
  const writers = Array.from({ length: 8 }, (_, writer) =>
    (async () => {
      for (let count = 0; count < 50; count++) await append(database, "a", writer * 50 + count);
    })(),
  );
  const leave = new AbortController();
  const seen: unknown[] = [];
  let position = 0;
  for await (const event of feed.listen(TENANT, "a", 0, leave.signal)) {
    expect(event.position).toBeGreaterThan(position);
    position = event.position;
    seen.push(event.payload.number);
    if (seen.length % 100 === 0) await sleep(20);
    if (seen.length === 400) leave.abort();
  }
  await Promise.all(writers);
  expect(seen.map(Number).sort((left, right) => left - right)).toEqual(
    Array.from({ length: 400 }, (_, index) => index),
  );
});
