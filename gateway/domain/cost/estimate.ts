// What a job will take, said before it runs: counts of work turned into seconds by the machine's rates, corrected by
// what jobs of its kind and about its size took here before. After the job the difference is kept, and is the next estimate's correction.
import { insertOutcome, selectOutcomes, selectPrice, sumJobTime } from "../../data/cost/store.ts";
import type { Database, DatabaseTransaction } from "../../data/database.ts";
import type { JsonObject } from "../../data/json.ts";
import type { JobEstimate, JobKind, Row } from "../../data/schema.ts";
import { costOfMicroseconds } from "./money.ts";
import { deviceOf } from "./prices.ts";

/** Work counted before a job runs. */
export type WorkCount = { readonly flops: number; readonly bytes: number; readonly storedBytes: number };

/** What starting and ending a job takes when it has no work at all. */
const OVERHEAD_SECONDS = 0.05;
/** How far a first estimate may be off, either way, before anything was measured here. */
const SEED_SPREAD = 5;
/** Jobs of a kind that are looked back at, and how many of them may speak. */
const LOOK_BACK = 200;
const MOST_WITNESSES = 20;
/** Only jobs whose raw seconds are within this factor speak: a job of milliseconds tells nothing of one of minutes. */
const SIMILAR = 8;

function rate(calibration: JsonObject, name: string, otherwise: number): number {
  const value = calibration[name];
  return typeof value === "number" && value > 0 ? value : otherwise;
}

/** Seconds by the machine's rates alone: the larger of computing and moving, as a roofline has it. */
export function rawSeconds(work: WorkCount, calibration: JsonObject): number {
  const computing = work.flops / rate(calibration, "flopsPerSecond", 4e9);
  const moving = work.bytes / rate(calibration, "bytesPerSecond", 4e9);
  return OVERHEAD_SECONDS + Math.max(computing, moving);
}

function quantile(sorted: readonly number[], share: number): number {
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)] ?? 1;
  const above = sorted[Math.ceil(position)] ?? below;
  return below + (above - below) * (position - Math.floor(position));
}

/** How many times the raw seconds jobs took: the median, and the middle nine tenths of them widened for few jobs. */
export function correction(ratios: readonly number[]): { factor: number; low: number; high: number } {
  if (ratios.length === 0) return { factor: 1, low: 1 / SEED_SPREAD, high: SEED_SPREAD };
  const sorted = [...ratios].sort((left, right) => left - right);
  const factor = quantile(sorted, 0.5);
  const widening = 1 + (SEED_SPREAD - 1) / (sorted.length + 1);
  return {
    factor,
    low: Math.min(quantile(sorted, 0.05), factor / widening),
    high: Math.max(quantile(sorted, 0.95), factor * widening),
  };
}

/**
 * Estimates a job of a kind on a machine.
 *
 * @returns seconds of machine time with the range they are likely in, and their price now
 */
export async function estimateJob(
  database: Database,
  tenantId: string,
  machine: Row<"machine">,
  kind: JobKind,
  work: WorkCount,
): Promise<JobEstimate> {
  const raw = rawSeconds(work, machine.calibration);
  const outcomes = (await selectOutcomes(database, tenantId, { kind, machineId: machine.id }, LOOK_BACK))
    .filter((outcome) => Math.max(outcome.rawSeconds / raw, raw / outcome.rawSeconds) <= SIMILAR)
    .slice(0, MOST_WITNESSES);
  const { factor, low, high } = correction(outcomes.map((outcome) => outcome.actualSeconds / outcome.rawSeconds));
  const price = await selectPrice(database, machine.tenantId, "MACHINE_SECOND", deviceOf(machine), new Date());
  return {
    ...work,
    rawSeconds: raw,
    seconds: raw * factor,
    lowSeconds: raw * low,
    highSeconds: raw * high,
    amount: price === undefined ? "0" : costOfMicroseconds(Math.round(raw * factor * 1e6), price.unitPrice),
    currency: price?.currency ?? "USD",
    basis: outcomes.length === 0 ? "SEED" : "MEASURED",
  };
}

/** Keeps what a job took beside its estimate, once all its time is booked. A job without an estimate teaches nothing. */
export async function recordOutcome(transaction: DatabaseTransaction, job: Row<"job">): Promise<void> {
  if (job.estimate === null || job.machineId === null) return;
  const time = await sumJobTime(transaction, job.tenantId, job.id);
  const microseconds = time.reduce((sum, line) => sum + line.microseconds, 0);
  await insertOutcome(transaction, job.tenantId, {
    jobId: job.id,
    machineId: job.machineId,
    kind: job.kind,
    rawSeconds: job.estimate.rawSeconds,
    estimatedSeconds: job.estimate.seconds,
    actualSeconds: microseconds / 1e6,
  });
}

/** How good past estimates were. */
export type EstimateQuality = {
  readonly kind: JobKind;
  readonly jobs: number;
  /** The median of |estimated - actual| / actual. */
  readonly medianError: number;
  /** The median of estimated / actual: above 1, estimates are too high. */
  readonly medianRatio: number;
};

/** How good the estimates of each kind were, over the newest jobs of all machines. */
export async function estimateQuality(database: Database, tenantId: string, limit = 200): Promise<EstimateQuality[]> {
  const outcomes = (await selectOutcomes(database, tenantId, {}, limit)).filter((outcome) => outcome.actualSeconds > 0);
  const kinds = [...new Set(outcomes.map((outcome) => outcome.kind))].sort();
  return kinds.map((kind) => {
    const ratios = outcomes
      .filter((outcome) => outcome.kind === kind)
      .map((outcome) => outcome.estimatedSeconds / outcome.actualSeconds)
      .sort((left, right) => left - right);
    const errors = ratios.map((ratio) => Math.abs(ratio - 1)).sort((left, right) => left - right);
    return { kind, jobs: ratios.length, medianError: quantile(errors, 0.5), medianRatio: quantile(ratios, 0.5) };
  });
}
