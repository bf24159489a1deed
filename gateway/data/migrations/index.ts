// Every migration by name, in order. A migration that was released is never edited: a change is a new one.
import type { Migration } from "kysely/migration";
import * as foundation from "./0001-foundation.ts";
import * as quarantine from "./0002-quarantine.ts";
import * as datasetLife from "./0003-dataset-life.ts";
import * as jobPriority from "./0004-job-priority.ts";
import * as schedule from "./0005-schedule.ts";

export const migrations: Record<string, Migration> = {
  "0001-foundation": foundation,
  "0002-quarantine": quarantine,
  "0003-dataset-life": datasetLife,
  "0004-job-priority": jobPriority,
  "0005-schedule": schedule,
};
