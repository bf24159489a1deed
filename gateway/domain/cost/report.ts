// Where the machines' time and money went. The lines add up to the machines' time, with idle and down as lines of
// their own; the report says so itself, with the difference, so that nobody has to believe it.
import { type LedgerLine, selectCoverage, sumLedger } from "../../data/cost/store.ts";
import type { Database } from "../../data/database.ts";
import type { JobKind, MachineActivity } from "../../data/schema.ts";
import { InvalidInput } from "../error.ts";
import { addAmounts } from "./money.ts";

/** A sum of booked time. */
export type CostLine = {
  readonly activity: MachineActivity;
  readonly projectId: string | undefined;
  readonly kind: JobKind | undefined;
  readonly seconds: number;
  readonly amount: string;
  readonly currency: string;
};

/** Costs of a stretch of time. */
export type CostReport = {
  /** The first and the last moment that entries in the range cover. Undefined when there are none. */
  readonly from: Date | undefined;
  readonly to: Date | undefined;
  /** By activity, project and job kind, most seconds first. */
  readonly lines: readonly CostLine[];
  /** By currency, lines of the same currency added up. */
  readonly totals: readonly { currency: string; amount: string }[];
  readonly bookedMicroseconds: number;
  /** The time that passed on all machines from their first to their last entry in the range. */
  readonly machineMicroseconds: number;
  /** Machine time less booked time: 0. */
  readonly differenceMicroseconds: number;
};

function gather(lines: readonly LedgerLine[]): CostLine[] {
  const groups = new Map<string, { line: LedgerLine; microseconds: number; amounts: string[] }>();
  for (const line of lines) {
    const key = [line.activity, line.projectId, line.kind, line.currency].join("\n");
    const group = groups.get(key) ?? { line, microseconds: 0, amounts: [] };
    group.microseconds += line.microseconds;
    group.amounts.push(line.amount);
    groups.set(key, group);
  }
  return [...groups.values()]
    .sort((left, right) => right.microseconds - left.microseconds)
    .map(({ line, microseconds, amounts }) => ({
      activity: line.activity,
      projectId: line.projectId ?? undefined,
      kind: line.kind ?? undefined,
      seconds: microseconds / 1e6,
      amount: addAmounts(amounts),
      currency: line.currency,
    }));
}

/**
 * Reports the costs of entries that begin in [from, to): everything when neither is given. Book first
 * (`meter.flush()`), so that the report reaches up to now.
 *
 * @throws InvalidInput when the range ends before it begins
 */
export async function reportCosts(
  database: Database,
  tenantId: string,
  range: { from?: Date | undefined; to?: Date | undefined } = {},
): Promise<CostReport> {
  const fromMicrosecond = range.from === undefined ? 0 : range.from.getTime() * 1000;
  const toMicrosecond = range.to === undefined ? Number.MAX_SAFE_INTEGER : range.to.getTime() * 1000;
  if (toMicrosecond < fromMicrosecond) throw new InvalidInput("The range ends before it begins.", ["to"]);
  const microseconds = { fromMicrosecond, toMicrosecond };
  // One snapshot, so that lines and coverage speak of the same entries.
  const [entries, coverage] = await database
    .transaction()
    .setIsolationLevel("repeatable read")
    .setAccessMode("read only")
    .execute(
      async (transaction) =>
        [
          await sumLedger(transaction, tenantId, microseconds),
          await selectCoverage(transaction, tenantId, microseconds),
        ] as const,
    );
  const lines = gather(entries);
  const booked = coverage.reduce((sum, machine) => sum + machine.bookedMicroseconds, 0);
  const passed = coverage.reduce((sum, machine) => sum + machine.toMicrosecond - machine.fromMicrosecond, 0);
  const currencies = [...new Set(lines.map((line) => line.currency))].sort();
  const first = Math.min(...coverage.map((machine) => machine.fromMicrosecond));
  const last = Math.max(...coverage.map((machine) => machine.toMicrosecond));
  return {
    from: coverage.length === 0 ? undefined : new Date(first / 1000),
    to: coverage.length === 0 ? undefined : new Date(last / 1000),
    lines,
    totals: currencies.map((currency) => ({
      currency,
      amount: addAmounts(lines.filter((line) => line.currency === currency).map((line) => line.amount)),
    })),
    bookedMicroseconds: booked,
    machineMicroseconds: passed,
    differenceMicroseconds: passed - booked,
  };
}
