// What the values of each column are like: counts, range, quantiles, histogram, commonest values. Taken from the staged
// rows while they are at hand, and kept with the version.
import type { DuckDBValue } from "@duckdb/node-api";
import { type StagedRows, stagedName } from "../../source/schema.ts";
import type { Session } from "../../source/session.ts";
import type { ColumnProfile, ColumnTypeName, ProfileValue } from "../schema.ts";

/** The fractions at which quantiles are taken. */
export const QUANTILES = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99] as const;
/** Bars of a histogram, all of one width. */
export const HISTOGRAM_BARS = 20;
/** The commonest values that are kept. */
export const TOP_VALUES = 10;
/** The longest text that is kept of a value, in characters. */
const LONGEST_VALUE = 200;
/** Rows that quantiles and distinct values are counted from: all up to here, evenly spread ones of more. */
export const MOST_PROFILED_ROWS = 1_000_000;

/** A column's values as numbers: times are milliseconds since 1970 UTC. Undefined for types that are none. */
const numberOf = (type: ColumnTypeName, column: string): string | undefined => {
  if (type === "INTEGER" || type === "FLOAT") return `${column}::double`;
  return type === "TIMESTAMP" ? `(epoch_us(${column})::double / 1000)` : undefined;
};

const finite = (value: DuckDBValue | undefined): number | null => {
  const number = typeof value === "bigint" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : null;
};

const listOf = (value: DuckDBValue | undefined): readonly DuckDBValue[] =>
  typeof value === "object" && value !== null && "items" in value && Array.isArray(value.items) ? value.items : [];

const numericProfile = async (session: Session, number: string, column: string, sample: string) => {
  const from = `(select ${number} as x from staged where ${column} is not null) where isfinite(x)`;
  const [row = []] = await session.rows(`select min(x), max(x), avg(x), stddev_samp(x) from ${from}`);
  const [minimum = null, maximum = null, mean = null, standardDeviation = null] = row.map(finite);
  const fractions = `[${QUANTILES.join(", ")}]`;
  const [found] = await session.rows(
    `select quantile_cont(x, ${fractions}) from (select ${number} as x from staged where ${column} is not null ${sample}) where isfinite(x)`,
  );
  const values = listOf(found?.[0]).map(finite);
  const quantiles = QUANTILES.flatMap((fraction, index) => {
    const value = values[index];
    return value === undefined || value === null ? [] : [{ fraction, value }];
  });
  const histogram: { from: number; to: number; count: number }[] = [];
  if (minimum !== null && maximum !== null) {
    const bars = minimum === maximum ? 1 : HISTOGRAM_BARS;
    const width = maximum / bars - minimum / bars;
    const place = bars === 1 ? "0" : `least(${bars - 1}, floor((x - ${minimum}) / ${width}))::integer`;
    const counted = await session.rows(`select ${place} as bar, count(*) from ${from} group by bar`);
    const counts = new Map(counted.map(([bar, count]) => [Number(bar), Number(count)]));
    for (let bar = 0; bar < bars; bar++) {
      const end = bar === bars - 1 ? maximum : minimum + (bar + 1) * width;
      histogram.push({ from: minimum + bar * width, to: end, count: counts.get(bar) ?? 0 });
    }
  }
  return { minimum, maximum, mean, standardDeviation, quantiles, histogram };
};

const profiled = (value: DuckDBValue | undefined): ProfileValue => {
  if (typeof value === "bigint") return Number(value);
  return typeof value === "number" || typeof value === "string" || typeof value === "boolean" ? value : null;
};

const topValues = async (session: Session, type: ColumnTypeName, column: string) => {
  if (type === "FLOAT" || type === "TIMESTAMP") return [];
  const value = type === "TEXT" ? `left(${column}, ${LONGEST_VALUE})` : column;
  const rows = await session.rows(
    `select ${value} as value, count(*) as number from staged where ${column} is not null
     group by value order by number desc, value limit ${TOP_VALUES}`,
  );
  return rows.map(([found, count]) => ({ value: profiled(found), count: Number(count) }));
};

/**
 * Profiles the session's table `staged`.
 *
 * Numbers and times have minimum, maximum, mean and sample standard deviation of their finite values, quantiles
 * (interpolated between neighbours, type 7 of Hyndman and Fan, 1996), and a histogram of 20 bars; whole numbers, texts
 * and truth values have their ten commonest values. Quantiles and distinct values of more than a million rows come from
 * evenly spread ones, which `exact` tells.
 */
export const profileStaged = async (
  session: Session,
  { columns, rowCount }: StagedRows,
  progress: (fraction: number) => void = () => {},
): Promise<ColumnProfile[]> => {
  const stride = Math.ceil(rowCount / MOST_PROFILED_ROWS);
  const sample = stride > 1 ? `and rowid % ${stride} = 0` : "";
  const profiles: ColumnProfile[] = [];
  for (const [position, { name, type }] of columns.entries()) {
    const column = stagedName(position);
    const [counts = []] = await session.rows(
      `select count(distinct ${column}) from staged where ${column} is not null ${sample}`,
    );
    const number = numberOf(type, column);
    const shape = number === undefined ? undefined : await numericProfile(session, number, column, sample);
    profiles.push({
      name,
      distinctCount: Number(counts[0] ?? 0),
      exact: stride === 1,
      minimum: shape?.minimum ?? null,
      maximum: shape?.maximum ?? null,
      mean: shape?.mean ?? null,
      standardDeviation: shape?.standardDeviation ?? null,
      quantiles: shape?.quantiles ?? [],
      histogram: shape?.histogram ?? [],
      topValues: await topValues(session, type, column),
    });
    progress((position + 1) / columns.length);
  }
  return profiles;
};
