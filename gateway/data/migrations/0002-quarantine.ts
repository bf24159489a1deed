// Rows that an import set aside: one file beside the version's own.
import { type Kysely, sql } from "kysely";

/** Adds the file of quarantined rows to dataset versions. */
export async function up(database: Kysely<unknown>): Promise<void> {
  await sql`alter table dataset_version add column quarantine jsonb`.execute(database);
}
