// The points of a job's curves as they come, up to the last one: a stream of points knows no end by itself, the job
// does, and the points that came with its end are told before the stream is.
import type { Database } from "../../data/database.ts";
import type { EventFeed } from "../../data/outbox/feed.ts";
import { latestPosition } from "../../data/outbox/store.ts";
import { jobTopic, metricTopic } from "../../domain/job/events.ts";
import { findJob, followJob } from "../../domain/job/service.ts";
import { followPoints, type LivePoints } from "../../domain/metric/service.ts";

/**
 * Follows the curves of a job after a cursor, each point once and in order, and ends when the job has and every point
 * was given.
 *
 * @throws NotFound when there is no such job
 */
export async function* pointsUntilOver(
  source: { database: Database; feed: EventFeed; tenantId: string; jobId: string },
  after: number,
  signal: AbortSignal,
): AsyncGenerator<LivePoints, void, void> {
  const { database, feed, tenantId, jobId } = source;
  await findJob(database, tenantId, jobId);
  const end = new AbortController();
  const either = AbortSignal.any([signal, end.signal]);
  let seen = after;
  let last = Number.POSITIVE_INFINITY;

  const watchJob = async (): Promise<void> => {
    const now = await latestPosition(database, tenantId, jobTopic(jobId));
    for await (const _ of followJob(database, feed, tenantId, jobId, now, either)) {
      // Only the end of this loop matters: it is the end of the job.
    }
    last = await latestPosition(database, tenantId, metricTopic(jobId));
    if (seen >= last) end.abort();
  };
  const watching = watchJob().catch((error: unknown) => end.abort(error));
  try {
    for await (const points of followPoints(database, feed, tenantId, jobId, after, either)) {
      yield points;
      seen = points.cursor;
      if (seen >= last) return;
    }
  } finally {
    end.abort();
    await watching;
  }
}
