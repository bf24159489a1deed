import { setTimeout as sleep } from "node:timers/promises";
import { insertPrice } from "@millrace/gateway/data/cost/store.ts";
import { newIdentifier } from "@millrace/gateway/data/identifier.ts";
import { billOf } from "@millrace/gateway/domain/cost/bill.ts";
import { costOfMicroseconds } from "@millrace/gateway/domain/cost/money.ts";
import { addPrice, listPrices } from "@millrace/gateway/domain/cost/prices.ts";
import { reportCosts } from "@millrace/gateway/domain/cost/report.ts";
import { findJob } from "@millrace/gateway/domain/job/service.ts";
import { defineExecutor } from "@millrace/gateway/job/executor.ts";
import { MachineClash } from "@millrace/gateway/job/meter.ts";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { startWorkplace, TENANT } from "../workplace.fixture.ts";

const sleeper = (milliseconds: number) =>
  defineExecutor({
    kind: "TRAIN",
    parse: (input) => input,
    async run(_, context) {
      await sleep(milliseconds);
      context.usage.add("matmul", "wasm", { calls: 1, flops: 1e9, bytes: 1e6, seconds: milliseconds / 1000 });
      await context.put(new Uint8Array(1000));
      return async () => ({});
    },
  });

test("the ledger's sum is the machine's time to the microsecond, with two jobs at once, requests and a restart", async () => {
  const first = await startWorkplace([sleeper(400)]);
  const { connection, dataFolder, projectId } = first;
  const { database } = connection;
  const jobs = await Promise.all(
    [1, 2].map(() => first.engine.submit(TENANT, { projectId, kind: "TRAIN", input: {} })),
  );
  const endServe = first.workplace.meter.beginServe();
  await sleep(50);
  endServe();
  for (const job of jobs) await first.until(job.id);
  await first.close();
  await sleep(200);
  const second = await startWorkplace([], { connection, dataFolder, projectId });
  await second.workplace.meter.flush();

  const machine = await database.selectFrom("machine").selectAll().executeTakeFirstOrThrow();
  const entries = await database.selectFrom("ledgerEntry").selectAll().orderBy("fromMicrosecond").execute();
  const total = entries.reduce((sum, entry) => sum + entry.quantityMicroseconds, 0);
  expect(total).toBe(machine.markMicrosecond - machine.startedMicrosecond);
  expect(new Set(entries.map((entry) => entry.activity))).toEqual(new Set(["IDLE", "JOB", "SERVE", "DOWN"]));

  // Segments follow each other without a gap or an overlap.
  const segments = [...new Set(entries.map((entry) => `${entry.fromMicrosecond} ${entry.toMicrosecond}`))].map((text) =>
    text.split(" ").map(Number),
  );
  expect(segments[0]?.[0]).toBe(machine.startedMicrosecond);
  for (const [index, [from]] of segments.entries()) if (index > 0) expect(from).toBe(segments[index - 1]?.[1]);

  const report = await reportCosts(database, TENANT);
  expect(report.differenceMicroseconds).toBe(0);
  expect(report.machineMicroseconds).toBe(total);
  expect(report.lines.map((line) => line.activity).sort()).toEqual(["DOWN", "IDLE", "JOB", "SERVE"]);
  expect(report.lines.find((line) => line.activity === "JOB")).toMatchObject({
    projectId,
    kind: "TRAIN",
    currency: "USD",
  });
  expect(report.lines.find((line) => line.activity === "DOWN")).toMatchObject({ amount: "0" });
});

test("a job's bill is its share of the machine's time at the book's price, and does not change after its end", async () => {
  const { engine, projectId, until, connection, workplace } = await startWorkplace([sleeper(300)]);
  const { id } = await engine.submit(TENANT, { projectId, kind: "TRAIN", input: {} });
  const job = await until(id);
  const bill = await billOf(connection.database, job);
  expect(bill.machineSeconds).toBeGreaterThan(0.29);
  expect(bill.machineSeconds).toBeLessThan(3);
  // EC2 c7i.large at USD 0.08925 an hour is the machine of two cores: 2 x 0.0000123959 a second.
  expect(bill.amount).toBe(costOfMicroseconds(Math.round(bill.machineSeconds * 1e6), "0.0000247918"));
  expect(bill.usage).toEqual([{ kernel: "matmul", device: "wasm", calls: 1, flops: 1e9, bytes: 1e6, seconds: 0.3 }]);
  expect(bill.storedBytes).toBe(1000);
  expect(bill.storageAmountPerMonth).toBe("0.0000000214205");
  await sleep(1200);
  await workplace.meter.flush();
  expect(await billOf(connection.database, await findJob(connection.database, TENANT, id))).toEqual(bill);
});

test("a ledger entry can be neither changed nor removed", async () => {
  const { connection, workplace } = await startWorkplace([]);
  await workplace.meter.flush();
  const { database } = connection;
  for (const statement of ["update ledger_entry set amount = 0", "delete from ledger_entry", "truncate ledger_entry"]) {
    await expect(sql.raw(statement).execute(database)).rejects.toThrow("append-only");
  }
  expect((await database.selectFrom("ledgerEntry").select("id").execute()).length).toBeGreaterThan(0);
});

test("time is priced by the line of the book that is in force, and a past line cannot be added", async () => {
  const { connection, workplace } = await startWorkplace([]);
  const { database } = connection;
  await workplace.meter.flush();
  await insertPrice(database, TENANT, {
    id: newIdentifier(),
    resource: "MACHINE_SECOND",
    device: "cpu-2",
    unitPrice: "1",
    currency: "EUR",
    source: "contract",
    validFrom: new Date(),
  });
  await sleep(100);
  await workplace.meter.flush();
  const entries = await database.selectFrom("ledgerEntry").selectAll().orderBy("fromMicrosecond").execute();
  expect(entries.at(0)).toMatchObject({ currency: "USD" });
  const last = entries.at(-1);
  expect(last?.currency).toBe("EUR");
  expect(Number(last?.amount)).toBe((last?.quantityMicroseconds ?? 0) / 1e6);
  expect((await listPrices(database, TENANT)).map((price) => price.unitPrice)).toContain("1");
  const price = { resource: "MACHINE_SECOND", device: "cpu-2", currency: "USD", source: "list" } as const;
  await expect(addPrice(database, TENANT, { ...price, unitPrice: "2", validFrom: new Date(0) })).rejects.toMatchObject({
    code: "PRICE_NOT_CHANGEABLE",
  });
  await expect(
    addPrice(database, TENANT, { ...price, unitPrice: "-2", validFrom: new Date(Date.now() + 1e6) }),
  ).rejects.toMatchObject({ code: "INVALID_INPUT", path: ["input", "unitPrice"] });
});

test("a transaction that fails books nothing, and its time is in the next booking", async () => {
  const { connection, workplace } = await startWorkplace([]);
  const { database } = connection;
  const { meter } = workplace;
  const failing = meter.transact(async (_, book) => {
    await book();
    throw new Error("no");
  });
  await expect(failing).rejects.toThrow("no");
  await meter.flush();
  const machine = await database.selectFrom("machine").selectAll().executeTakeFirstOrThrow();
  const { total } = await database
    .selectFrom("ledgerEntry")
    .select(sql<number>`sum(quantity_microseconds)::bigint`.as("total"))
    .executeTakeFirstOrThrow();
  expect(total).toBe(machine.markMicrosecond - machine.startedMicrosecond);
});

test("a second process that books the same machine is found out instead of booking a second twice", async () => {
  const { connection, workplace } = await startWorkplace([]);
  await sql`update machine set mark_microsecond = mark_microsecond + 1000000`.execute(connection.database);
  await expect(workplace.meter.flush()).rejects.toBeInstanceOf(MachineClash);
  await sql`update machine set mark_microsecond = mark_microsecond - 1000000`.execute(connection.database);
  await workplace.meter.flush();
});

test("a second worker on the data folder is refused", async () => {
  const { connection, dataFolder, projectId } = await startWorkplace([]);
  await expect(startWorkplace([], { connection, dataFolder, projectId })).rejects.toMatchObject({
    code: "MACHINE_IN_USE",
  });
});

test("an estimate learns from what jobs of its kind took, and the difference can be asked for", async () => {
  const estimated = defineExecutor({
    ...{ kind: "TRAIN", parse: (input) => input },
    estimate: async () => ({ flops: 0, bytes: 0, storedBytes: 7 }),
    async run() {
      await sleep(300);
      return async () => ({});
    },
  });
  const { engine, projectId, until, connection } = await startWorkplace([estimated], { places: 1 });
  const run = async () => until((await engine.submit(TENANT, { projectId, kind: "TRAIN", input: {} })).id);
  const first = await run();
  expect(first.estimate).toMatchObject({ basis: "SEED", storedBytes: 7, currency: "USD" });
  await run();
  await run();
  const last = await run();
  const bill = await billOf(connection.database, last);
  expect(last.estimate?.basis).toBe("MEASURED");
  expect(bill.machineSeconds).toBeGreaterThan(last.estimate?.lowSeconds ?? Number.NaN);
  expect(bill.machineSeconds).toBeLessThan(last.estimate?.highSeconds ?? Number.NaN);
  expect(bill.estimateDifferenceSeconds).toBeCloseTo(bill.machineSeconds - (last.estimate?.seconds ?? 0), 9);
});
