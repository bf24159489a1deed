// The curves of a job: read whole or thinned out, and followed live without a gap or a double.
import type { Database } from "../../data/database.ts";
import { unpackPoints } from "../../data/metric/packing.ts";
import { selectChunk, selectChunks, selectSeries } from "../../data/metric/store.ts";
import type { EventFeed } from "../../data/outbox/feed.ts";
import type { Row } from "../../data/schema.ts";
import { InvalidInput } from "../error.ts";
import { metricTopic } from "../job/events.ts";
import { downsample } from "./downsample.ts";

const FEWEST_POINTS = 3;

/** The curves of a job with their latest points. */
export function listSeries(database: Database, tenantId: string, jobId: string): Promise<Row<"metricSeries">[]> {
  return selectSeries(database, tenantId, jobId);
}

/**
 * The points of a curve after a step, thinned out to `maximumPoints` when there are more.
 *
 * @throws InvalidInput when fewer than 3 points are asked for
 */
export async function readPoints(
  database: Database,
  tenantId: string,
  seriesId: string,
  options: { afterStep?: number | undefined; maximumPoints?: number | undefined } = {},
): Promise<{ steps: number[]; values: number[] }> {
  const { afterStep, maximumPoints } = options;
  if (maximumPoints !== undefined && maximumPoints < FEWEST_POINTS) {
    throw new InvalidInput(`A curve of ${maximumPoints} points was asked for: ask for at least ${FEWEST_POINTS}.`, [
      "maximumPoints",
    ]);
  }
  const chunks = await selectChunks(database, tenantId, seriesId, afterStep);
  const steps: number[] = [];
  const values: number[] = [];
  for (const chunk of chunks) {
    const points = unpackPoints(chunk);
    points.steps.forEach((step, index) => {
      if (afterStep !== undefined && step <= afterStep) return;
      steps.push(step);
      values.push(points.values[index] ?? Number.NaN);
    });
  }
  return maximumPoints === undefined ? { steps, values } : downsample({ steps, values }, maximumPoints);
}

/** A run of points as a subscription gets it. The cursor is where to go on from. */
export type LivePoints = {
  readonly series: string;
  readonly seriesId: string;
  readonly steps: number[];
  readonly values: number[];
  readonly cursor: number;
};

/**
 * Follows the curves of a job: every point after the cursor once and in order, then those that come. From cursor 0 it
 * begins at the first point. Does not end with the job; the signal ends it.
 */
export async function* followPoints(
  database: Database,
  feed: EventFeed,
  tenantId: string,
  jobId: string,
  cursor: number,
  signal: AbortSignal,
): AsyncGenerator<LivePoints, void, void> {
  for await (const { payload, position } of feed.listen(tenantId, metricTopic(jobId), cursor, signal)) {
    const { series, seriesId, firstStep } = payload;
    if (typeof series !== "string" || typeof seriesId !== "string" || typeof firstStep !== "number") continue;
    const chunk = await selectChunk(database, tenantId, seriesId, firstStep);
    if (chunk !== undefined) yield { series, seriesId, ...unpackPoints(chunk), cursor: position };
  }
}
