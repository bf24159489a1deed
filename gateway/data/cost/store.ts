// Machines, prices, ledger, usage and estimates in SQL.
import { type SqlBool, sql } from "kysely";
import type { Database, DatabaseTransaction } from "../database.ts";
import { type JsonObject, toJson } from "../json.ts";
import type { JobKind, MachineActivity, NewRow, PricedResource, Row } from "../schema.ts";

/** The machine of an id, locked to the end of the transaction. */
export function lockMachine(
  transaction: DatabaseTransaction,
  tenantId: string,
  machineId: string,
): Promise<Row<"machine"> | undefined> {
  return transaction
    .selectFrom("machine")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("id", "=", machineId)
    .forUpdate()
    .executeTakeFirst();
}

/** Adds a machine whose timeline starts now. */
export function insertMachine(
  transaction: DatabaseTransaction,
  tenantId: string,
  machine: { id: string; name: string; cores: number; calibration: JsonObject; startedMicrosecond: number },
): Promise<Row<"machine">> {
  return transaction
    .insertInto("machine")
    .values({
      ...machine,
      tenantId,
      calibration: toJson(machine.calibration),
      markMicrosecond: machine.startedMicrosecond,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Moves the mark up to which a machine's time is booked; false when somebody else moved it meanwhile. */
export async function moveMark(
  transaction: DatabaseTransaction,
  tenantId: string,
  machineId: string,
  from: number,
  to: number,
): Promise<boolean> {
  const { numUpdatedRows } = await transaction
    .updateTable("machine")
    .set({ markMicrosecond: to })
    .where("tenantId", "=", tenantId)
    .where("id", "=", machineId)
    .where("markMicrosecond", "=", from)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** A tenant's machines, oldest first. */
export function selectMachines(database: Database, tenantId: string): Promise<Row<"machine">[]> {
  return database.selectFrom("machine").selectAll().where("tenantId", "=", tenantId).orderBy("id").execute();
}

/** Adds ledger entries. A key that is there already is left as it is, so that a booking can be tried again. */
export async function insertEntries(
  transaction: DatabaseTransaction,
  entries: readonly NewRow<"ledgerEntry">[],
): Promise<void> {
  if (entries.length === 0) return;
  await transaction
    .insertInto("ledgerEntry")
    .values([...entries])
    .onConflict((conflict) => conflict.column("key").doNothing())
    .execute();
}

/** The price of a resource that is in force at a time. */
export function selectPrice(
  database: Database,
  tenantId: string,
  resource: PricedResource,
  device: string,
  at: Date,
): Promise<Row<"price"> | undefined> {
  return database
    .selectFrom("price")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("resource", "=", resource)
    .where("device", "=", device)
    .where("validFrom", "<=", at)
    .orderBy("validFrom", "desc")
    .limit(1)
    .executeTakeFirst();
}

/** The whole price book, newest line of each resource first. */
export function selectPrices(database: Database, tenantId: string): Promise<Row<"price">[]> {
  return database
    .selectFrom("price")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .orderBy("resource")
    .orderBy("device")
    .orderBy("validFrom", "desc")
    .execute();
}

/** Adds a line to the price book; undefined when its resource and device have one from that very time. */
export function insertPrice(
  database: Database,
  tenantId: string,
  price: Omit<NewRow<"price">, "tenantId" | "createdAt">,
): Promise<Row<"price"> | undefined> {
  return database
    .insertInto("price")
    .values({ ...price, tenantId })
    .onConflict((conflict) => conflict.columns(["tenantId", "resource", "device", "validFrom"]).doNothing())
    .returningAll()
    .executeTakeFirst();
}

/** What an attempt used of one kernel on one device. */
export type Usage = { kernel: string; device: string; calls: number; flops: number; bytes: number; seconds: number };

/** Adds to what an attempt used. */
export async function addUsage(
  transaction: DatabaseTransaction,
  tenantId: string,
  jobId: string,
  attempt: number,
  usage: readonly Usage[],
): Promise<void> {
  if (usage.length === 0) return;
  await transaction
    .insertInto("jobUsage")
    .values(usage.map((use) => ({ ...use, tenantId, jobId, attempt })))
    .onConflict((conflict) =>
      conflict.columns(["jobId", "attempt", "kernel", "device"]).doUpdateSet((expression) => ({
        calls: sql<number>`${expression.ref("jobUsage.calls")} + ${expression.ref("excluded.calls")}`,
        flops: sql<number>`${expression.ref("jobUsage.flops")} + ${expression.ref("excluded.flops")}`,
        bytes: sql<number>`${expression.ref("jobUsage.bytes")} + ${expression.ref("excluded.bytes")}`,
        seconds: sql<number>`${expression.ref("jobUsage.seconds")} + ${expression.ref("excluded.seconds")}`,
      })),
    )
    .execute();
}

/** What a job used over all its attempts, most seconds first. */
export function selectUsage(database: Database, tenantId: string, jobId: string): Promise<Usage[]> {
  return database
    .selectFrom("jobUsage")
    .select(["kernel", "device"])
    .select(({ fn }) => [
      sql<number>`sum(calls)::bigint`.as("calls"),
      fn.sum<number>("flops").as("flops"),
      fn.sum<number>("bytes").as("bytes"),
      fn.sum<number>("seconds").as("seconds"),
    ])
    .where("tenantId", "=", tenantId)
    .where("jobId", "=", jobId)
    .groupBy(["kernel", "device"])
    .orderBy("seconds", "desc")
    .execute();
}

/** Notes files that a job stored; one stored twice is billed once. */
export async function insertStorage(
  transaction: DatabaseTransaction,
  tenantId: string,
  jobId: string,
  objects: readonly { hash: string; byteCount: number }[],
): Promise<void> {
  if (objects.length === 0) return;
  await transaction
    .insertInto("jobStorage")
    .values(objects.map(({ hash, byteCount }) => ({ jobId, tenantId, hash, byteCount })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** How many bytes a job's stored files have. */
export async function sumStorage(database: Database, tenantId: string, jobId: string): Promise<number> {
  const row = await database
    .selectFrom("jobStorage")
    .select(sql<number>`coalesce(sum(byte_count), 0)::bigint`.as("bytes"))
    .where("tenantId", "=", tenantId)
    .where("jobId", "=", jobId)
    .executeTakeFirstOrThrow();
  return row.bytes;
}

/** A sum of ledger entries. */
export type LedgerSum = { microseconds: number; amount: string; currency: string };

/** The machine time of a job, a line for each currency it was priced in (one, unless the price book changed it). */
export function sumJobTime(database: Database, tenantId: string, jobId: string): Promise<LedgerSum[]> {
  return database
    .selectFrom("ledgerEntry")
    .select([
      sql<number>`sum(quantity_microseconds)::bigint`.as("microseconds"),
      sql<string>`sum(amount)`.as("amount"),
      "currency",
    ])
    .where("tenantId", "=", tenantId)
    .where("jobId", "=", jobId)
    .groupBy("currency")
    .execute();
}

/** A line of a cost report. */
export type LedgerLine = LedgerSum & {
  activity: MachineActivity;
  projectId: string | null;
  kind: JobKind | null;
  machineId: string;
};

/** Ledger entries of a tenant that begin in [from, to), summed by machine, activity, project and job kind. */
export function sumLedger(
  database: Database,
  tenantId: string,
  range: { fromMicrosecond: number; toMicrosecond: number },
): Promise<LedgerLine[]> {
  return database
    .selectFrom("ledgerEntry")
    .leftJoin("job", "job.id", "ledgerEntry.jobId")
    .select([
      "ledgerEntry.machineId",
      "ledgerEntry.activity",
      "ledgerEntry.projectId",
      "job.kind",
      "ledgerEntry.currency",
      sql<number>`sum(ledger_entry.quantity_microseconds)::bigint`.as("microseconds"),
      sql<string>`sum(ledger_entry.amount)`.as("amount"),
    ])
    .where("ledgerEntry.tenantId", "=", tenantId)
    .where("ledgerEntry.fromMicrosecond", ">=", range.fromMicrosecond)
    .where("ledgerEntry.fromMicrosecond", "<", range.toMicrosecond)
    .groupBy([
      "ledgerEntry.machineId",
      "ledgerEntry.activity",
      "ledgerEntry.projectId",
      "job.kind",
      "ledgerEntry.currency",
    ])
    .orderBy("ledgerEntry.machineId")
    .orderBy("ledgerEntry.activity")
    .execute();
}

/** The stretch of time that the entries of each machine in [from, to) cover, whoever they are booked to. */
export function selectCoverage(
  database: Database,
  tenantId: string,
  range: { fromMicrosecond: number; toMicrosecond: number },
): Promise<{ machineId: string; fromMicrosecond: number; toMicrosecond: number; bookedMicroseconds: number }[]> {
  return database
    .selectFrom("ledgerEntry")
    .innerJoin("machine", "machine.id", "ledgerEntry.machineId")
    .select([
      "ledgerEntry.machineId",
      sql<number>`min(ledger_entry.from_microsecond)`.as("fromMicrosecond"),
      sql<number>`max(ledger_entry.to_microsecond)`.as("toMicrosecond"),
      sql<number>`sum(ledger_entry.quantity_microseconds)::bigint`.as("bookedMicroseconds"),
    ])
    .where("machine.tenantId", "=", tenantId)
    .where(sql<SqlBool>`ledger_entry.from_microsecond >= ${range.fromMicrosecond}`)
    .where(sql<SqlBool>`ledger_entry.from_microsecond < ${range.toMicrosecond}`)
    .groupBy("ledgerEntry.machineId")
    .orderBy("ledgerEntry.machineId")
    .execute();
}

/** Keeps what a job was estimated to take beside what it took. */
export async function insertOutcome(
  transaction: DatabaseTransaction,
  tenantId: string,
  outcome: Omit<NewRow<"estimateOutcome">, "tenantId" | "createdAt">,
): Promise<void> {
  await transaction
    .insertInto("estimateOutcome")
    .values({ ...outcome, tenantId })
    .onConflict((conflict) => conflict.column("jobId").doNothing())
    .execute();
}

/** The newest outcomes of a kind on a machine (of any machine when none is given). */
export function selectOutcomes(
  database: Database,
  tenantId: string,
  filter: { kind?: JobKind; machineId?: string },
  limit: number,
): Promise<Row<"estimateOutcome">[]> {
  let query = database.selectFrom("estimateOutcome").selectAll().where("tenantId", "=", tenantId);
  if (filter.kind !== undefined) query = query.where("kind", "=", filter.kind);
  if (filter.machineId !== undefined) query = query.where("machineId", "=", filter.machineId);
  return query.orderBy("createdAt", "desc").limit(limit).execute();
}

/** What a job was estimated to take beside what it took. */
export function selectOutcome(
  database: Database,
  tenantId: string,
  jobId: string,
): Promise<Row<"estimateOutcome"> | undefined> {
  return database
    .selectFrom("estimateOutcome")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("jobId", "=", jobId)
    .executeTakeFirst();
}
