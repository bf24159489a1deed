import { migrateDatabase } from "@millrace/gateway/data/database.ts";
import { newIdentifier } from "@millrace/gateway/data/identifier.ts";
import { migrations } from "@millrace/gateway/data/migrations/index.ts";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { freshDatabase, insertProject } from "../database.fixture.ts";

test("migrations that have run are not run again", async () => {
  const { database } = await freshDatabase();
  expect(await migrateDatabase(database)).toEqual([]);
});

test("a bigint is read as an exact number and refused beyond 2^53", async () => {
  const { database } = await freshDatabase();
  const read = (value: string) => sql<{ value: number }>`select ${sql.raw(value)}::bigint as value`.execute(database);
  expect((await read("9007199254740991")).rows).toEqual([{ value: 9007199254740991 }]);
  await expect(read("9007199254740993")).rejects.toThrow("beyond 2^53");
});

test("keys inside of jsonb keep their names while columns change theirs", async () => {
  const connection = await freshDatabase();
  const projectId = await insertProject(connection);
  const input = { file_name: "rows.csv", nestedList: [{ some_key: 1 }] };
  const id = newIdentifier();
  await connection.database
    .insertInto("job")
    .values({ id, tenantId: "local", projectId, kind: "IMPORT", state: "QUEUED", input: JSON.stringify(input) })
    .execute();
  const row = await connection.database.selectFrom("job").selectAll().executeTakeFirstOrThrow();
  expect(row.input).toEqual(input);
  expect(row.projectId).toBe(projectId);
});

test("two gateways that migrate one database at once both end with it migrated", async () => {
  const { database } = await freshDatabase();
  await sql`drop schema public cascade`.execute(database);
  await sql`create schema public`.execute(database);
  const ran = await Promise.all([migrateDatabase(database), migrateDatabase(database)]);
  expect(ran.flat()).toEqual(Object.keys(migrations));
});
