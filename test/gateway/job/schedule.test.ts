// Schedules: each time makes one job, whoever looks and however often; what was missed makes one, what overlaps none.

import { InvalidInput } from "@millrace/gateway/domain/error.ts";
import { createSchedule, nextTime, removeSchedule, runSchedules } from "@millrace/gateway/domain/schedule/service.ts";
import { defineExecutor } from "@millrace/gateway/job/executor.ts";
import { startScheduler } from "@millrace/gateway/job/scheduler.ts";
import { expect, test } from "vitest";
import { startWorkplace, TENANT } from "../workplace.fixture.ts";

const at = (text: string) => new Date(`2026-03-28T${text}Z`);

/** An importer that is refused at the door while `refuses` is true, and is not over while `waits` stands. */
const start = async () => {
  const door = { refuses: false, waits: Promise.resolve() };
  const importer = defineExecutor({
    kind: "IMPORT",
    parse: (input) => input,
    async estimate() {
      if (door.refuses) throw new InvalidInput("The file is away.", ["source", "path"]);
      return undefined;
    },
    async run() {
      await door.waits;
      return async () => ({});
    },
  });
  const work = await startWorkplace([importer]);
  const { database } = work.connection;
  const base = {
    projectId: work.projectId,
    kind: "IMPORT",
    input: { name: "rows" },
    timeZone: "UTC",
    priority: 4,
  } as const;
  const create = (name: string, cron: string, now: Date) =>
    createSchedule(database, TENANT, { ...base, name, cron }, now);
  const run = (now: Date) => runSchedules(database, work.engine.submit, now);
  const jobs = () => database.selectFrom("job").selectAll().orderBy("id").execute();
  const schedule = (id: string) =>
    database.selectFrom("schedule").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
  const settle = async () => {
    for (const { id } of await jobs()) await work.until(id);
  };
  return { ...work, database, base, door, create, run, jobs, schedule, settle };
};

test("a time makes one job, of two who look at once too, and the next is told", async () => {
  const { create, run, jobs, schedule, settle } = await start();
  const { id, nextAt } = await create("each hour", "0 * * * *", at("10:30"));
  expect(nextAt).toEqual(at("11:00"));
  expect(await run(at("10:59"))).toBe(0);
  await Promise.all([run(at("11:00")), run(at("11:00"))]);
  await run(at("11:01"));
  expect(await jobs()).toMatchObject([{ kind: "IMPORT", input: { name: "rows" }, priority: 4 }]);
  expect(await schedule(id)).toMatchObject({ nextAt: at("12:00"), lastJobId: (await jobs())[0]?.id, lastError: null });
  await settle();
  expect(await run(at("12:00"))).toBe(1);
});

test("times that were missed make one job, and a time while the job before is not over makes none", async () => {
  const { create, run, jobs, schedule, settle, door } = await start();
  const { promise, resolve } = Promise.withResolvers<void>();
  door.waits = promise;
  const { id } = await create("often", "*/10 * * * *", at("10:00"));
  expect(await run(at("14:05"))).toBe(1);
  expect(await schedule(id)).toMatchObject({ nextAt: at("14:10") });
  expect(await run(at("14:10"))).toBe(0);
  expect(await jobs()).toHaveLength(1);
  expect(await schedule(id)).toMatchObject({ nextAt: at("14:20") });
  resolve();
  await settle();
  expect(await run(at("14:20"))).toBe(1);
});

test("what refuses a job is kept with the schedule, and is gone when one is taken", async () => {
  const { create, run, schedule, door, jobs } = await start();
  const { id } = await create("refused", "0 * * * *", at("10:30"));
  door.refuses = true;
  expect(await run(at("11:00"))).toBe(0);
  expect(await schedule(id)).toMatchObject({
    nextAt: at("12:00"),
    lastError: { code: "INVALID_INPUT", path: ["source", "path"] },
  });
  door.refuses = false;
  expect(await run(at("12:00"))).toBe(1);
  expect(await schedule(id)).toMatchObject({ lastError: null });
  expect(await jobs()).toHaveLength(1);
});

test("a schedule runs by itself, and ends when it is removed", async () => {
  const { create, database, engine, jobs, workplace } = await start();
  const { id } = await create("each second", "* * * * * *", new Date());
  const scheduler = startScheduler(database, engine, workplace.log);
  for (const end = Date.now() + 10_000; (await jobs()).length < 2; ) {
    if (Date.now() > end) throw new Error("No two jobs came.");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await scheduler.close();
  await removeSchedule(database, TENANT, id);
  await expect(removeSchedule(database, TENANT, id)).rejects.toMatchObject({ code: "NOT_FOUND", path: ["scheduleId"] });
});

test("times are those of the zone, also where its clock is put on", () => {
  // Oslo puts its clock from 2:00 to 3:00 on 29 March 2026: 6:00 is 5:00 UTC the day before, and 4:00 that day.
  const oslo = { cron: "0 6 * * *", timeZone: "Europe/Oslo" };
  expect(nextTime(oslo, at("00:00"))).toEqual(at("05:00"));
  expect(nextTime(oslo, at("12:00"))).toEqual(new Date("2026-03-29T04:00Z"));
});

test("a cron expression, a zone, a name or a priority that is none is refused by its field", async () => {
  const { base, database, create } = await start();
  const sound = { ...base, name: "sound", cron: "0 * * * *" };
  await create("taken", "0 * * * *", at("10:00"));
  for (const [change, code, field] of [
    [{ cron: "every day" }, "INVALID_INPUT", "cron"],
    [{ cron: "61 * * * *" }, "INVALID_INPUT", "cron"],
    [{ timeZone: "Mars/Olympus" }, "INVALID_INPUT", "timeZone"],
    [{ name: "../x" }, "INVALID_INPUT", "name"],
    [{ name: "taken" }, "NAME_TAKEN", "name"],
    [{ priority: 101 }, "INVALID_INPUT", "priority"],
  ] as const) {
    await expect(createSchedule(database, TENANT, { ...sound, ...change }), field).rejects.toMatchObject({
      code,
      path: [field],
    });
  }
});
