// Which job goes first, and what a derived version was made from, so that the same is not made twice.
import { type Kysely, sql } from "kysely";

const statements = [
  `alter table job add column priority integer not null default 0 check (priority between -100 and 100)`,
  `alter table dataset_version add column made_from text`,
];

/** Adds priorities and the fingerprints of derivations. */
export async function up(database: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(database);
}
