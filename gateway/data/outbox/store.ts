// The outbox: events written in the transaction of what they tell of, read in the order of their commit.
import { sql } from "kysely";
import type { Database, DatabaseTransaction } from "../database.ts";
import { type JsonObject, toJson } from "../json.ts";

/** An event to write. Topics: `job/<id>`, `metric/<id of the job>`, `project/<id>`. */
export type NewEvent = { readonly topic: string; readonly payload: JsonObject };
/** An event as it was written. The position is the cursor that a subscription goes on from. */
export type OutboxEvent = NewEvent & { readonly position: number; readonly createdAt: Date };

/**
 * Writes events. A lock per topic is held to the end of the transaction: positions of a topic are then in the order in
 * which they become visible, and a reader that has seen one has missed none below it.
 */
export async function appendEvents(
  transaction: DatabaseTransaction,
  tenantId: string,
  events: readonly NewEvent[],
): Promise<void> {
  for (const topic of [...new Set(events.map((event) => event.topic))].sort()) {
    const key = `${tenantId}/${topic}`;
    await sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0)), pg_notify('millrace_outbox', ${key})`.execute(
      transaction,
    );
  }
  if (events.length === 0) return;
  await transaction
    .insertInto("outbox")
    .values(events.map(({ topic, payload }) => ({ tenantId, topic, payload: toJson(payload) })))
    .execute();
}

/** Events of a topic after a position, oldest first. */
export function selectEvents(
  database: Database,
  tenantId: string,
  topic: string,
  after: number,
  limit: number,
): Promise<OutboxEvent[]> {
  return database
    .selectFrom("outbox")
    .select(["position", "topic", "payload", "createdAt"])
    .where("tenantId", "=", tenantId)
    .where("topic", "=", topic)
    .where("position", ">", after)
    .orderBy("position")
    .limit(limit)
    .execute();
}

/** The position of the newest event of a topic: what a subscription to news alone starts after. */
export async function latestPosition(database: Database, tenantId: string, topic: string): Promise<number> {
  const row = await database
    .selectFrom("outbox")
    .select((expression) => expression.fn.max("position").as("position"))
    .where("tenantId", "=", tenantId)
    .where("topic", "=", topic)
    .executeTakeFirst();
  return row?.position ?? 0;
}
