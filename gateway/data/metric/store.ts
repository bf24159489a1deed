// Metric series and their chunks in SQL.
import type { Database, DatabaseTransaction } from "../database.ts";
import { newIdentifier } from "../identifier.ts";
import type { Row } from "../schema.ts";
import { type Points, packPoints } from "./packing.ts";

/** A job's series, by name. */
export function selectSeries(database: Database, tenantId: string, jobId: string): Promise<Row<"metricSeries">[]> {
  return database
    .selectFrom("metricSeries")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("jobId", "=", jobId)
    .orderBy("name")
    .execute();
}

/** The series of many jobs, for loaders. */
export function selectSeriesOfJobs(
  database: Database,
  tenantId: string,
  jobIds: readonly string[],
): Promise<Row<"metricSeries">[]> {
  return database
    .selectFrom("metricSeries")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("jobId", "in", jobIds)
    .orderBy("name")
    .execute();
}

/** Chunks of a series that hold points after a step (all, when none is given), in order. */
export function selectChunks(
  database: Database,
  tenantId: string,
  seriesId: string,
  afterStep?: number,
): Promise<Row<"metricChunk">[]> {
  const query = database
    .selectFrom("metricChunk")
    .innerJoin("metricSeries", "metricSeries.id", "metricChunk.seriesId")
    .selectAll("metricChunk")
    .where("metricSeries.tenantId", "=", tenantId)
    .where("metricChunk.seriesId", "=", seriesId)
    .orderBy("metricChunk.firstStep");
  return (afterStep === undefined ? query : query.where("metricChunk.lastStep", ">", afterStep)).execute();
}

/** One chunk by its series and first step. */
export function selectChunk(
  database: Database,
  tenantId: string,
  seriesId: string,
  firstStep: number,
): Promise<Row<"metricChunk"> | undefined> {
  return database
    .selectFrom("metricChunk")
    .innerJoin("metricSeries", "metricSeries.id", "metricChunk.seriesId")
    .selectAll("metricChunk")
    .where("metricSeries.tenantId", "=", tenantId)
    .where("metricChunk.seriesId", "=", seriesId)
    .where("metricChunk.firstStep", "=", firstStep)
    .executeTakeFirst();
}

/** Adds a run of points to a job's series, which is made at its first points. Returns the series' id. */
export async function appendPoints(
  transaction: DatabaseTransaction,
  tenantId: string,
  jobId: string,
  name: string,
  points: Points,
): Promise<string> {
  const firstStep = points.steps[0];
  const lastStep = points.steps.at(-1);
  const lastValue = points.values.at(-1);
  if (firstStep === undefined || lastStep === undefined || lastValue === undefined) {
    throw new RangeError(`No points came for the series "${name}".`);
  }
  const series = await transaction
    .insertInto("metricSeries")
    .values({ id: newIdentifier(), tenantId, jobId, name, pointCount: points.steps.length, lastStep, lastValue })
    .onConflict((conflict) =>
      conflict.columns(["jobId", "name"]).doUpdateSet((expression) => ({
        pointCount: expression("metricSeries.pointCount", "+", points.steps.length),
        lastStep,
        lastValue,
      })),
    )
    .returning("id")
    .executeTakeFirstOrThrow();
  await transaction
    .insertInto("metricChunk")
    .values({ seriesId: series.id, firstStep, lastStep, pointCount: points.steps.length, ...packPoints(points) })
    .execute();
  return series.id;
}
