// A workplace on a fresh database with executors made up by the test: everything real but the work.
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { DatabaseConnection } from "@millrace/gateway/data/database.ts";
import { createEventFeed, type EventFeed } from "@millrace/gateway/data/outbox/feed.ts";
import type { JobState, Row } from "@millrace/gateway/data/schema.ts";
import { findJob } from "@millrace/gateway/domain/job/service.ts";
import type { LogEntry } from "@millrace/gateway/http/log.ts";
import { type JobEngine, startEngine, type Workplace } from "@millrace/gateway/job/engine.ts";
import type { JobExecutor } from "@millrace/gateway/job/executor.ts";
import { openWorkplace } from "@millrace/gateway/job/workplace.ts";
import { onTestFinished } from "vitest";
import { freshDatabase, insertProject } from "./database.fixture.ts";

export const TENANT = "local";

export type TestWorkplace = {
  connection: DatabaseConnection;
  workplace: Workplace;
  engine: JobEngine;
  feed: EventFeed;
  projectId: string;
  dataFolder: string;
  log: LogEntry[];
  /** Waits until a job is in a state (any final one when none is named). */
  until(jobId: string, ...states: JobState[]): Promise<Row<"job">>;
  close(): Promise<void>;
};

/** Opens a workplace with an engine; closed with the test. */
export async function startWorkplace(
  executors: readonly JobExecutor[],
  options: {
    places?: number;
    connection?: DatabaseConnection;
    dataFolder?: string;
    projectId?: string;
    objects?: string;
  } = {},
): Promise<TestWorkplace> {
  const connection = options.connection ?? (await freshDatabase());
  const dataFolder = options.dataFolder ?? (await mkdtemp(path.join(os.tmpdir(), "millrace-work-")));
  const projectId = options.projectId ?? (await insertProject(connection));
  const log: LogEntry[] = [];
  const { workplace, close } = await openWorkplace(connection, {
    dataFolder,
    ...(options.objects === undefined ? {} : { objects: options.objects }),
    cores: 2,
    log: (entry) => log.push(entry),
  });
  const engine = await startEngine(workplace, executors, options.places ?? 2);
  let closed = false;
  const shut = async () => {
    if (closed) return;
    closed = true;
    await engine.close();
    await close();
  };
  onTestFinished(async () => {
    await shut();
    if (options.dataFolder === undefined) await rm(dataFolder, { recursive: true, force: true });
  });
  const final: JobState[] = ["SUCCEEDED", "FAILED", "CANCELLED"];
  const until = async (jobId: string, ...states: JobState[]) => {
    const wanted = states.length === 0 ? final : states;
    for (const end = Date.now() + 30_000; ; await new Promise((resolve) => setTimeout(resolve, 20))) {
      const job = await findJob(connection.database, TENANT, jobId);
      if (wanted.includes(job.state)) return job;
      if (Date.now() > end) throw new Error(`The job is ${job.state} and not ${wanted}: ${JSON.stringify(log)}`);
    }
  };
  const feed = createEventFeed(connection.database, workplace.notifications);
  return { connection, workplace, engine, feed, projectId, dataFolder, log, until, close: shut };
}
