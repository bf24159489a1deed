// A timestamp column as the numbers of DateFeatures, in float64, at the door: sine and cosine too, so that the graph has
// numbers alone.
import type { TimestampColumn } from "../frame/column.ts";
import { isValid } from "../frame/column.ts";
import type { DateFeature, DateFeatures } from "./encoding-specification.ts";
import { InvalidValueError } from "./error.ts";
import { offsetOf } from "./time-zone.ts";

const day = 86_400_000;
/** The range of Date, less two days for offsets. */
const furthest = 8.64e15 - 2 * day;

/** A value, where its period begins, and how long that is; 0: it has none. */
type Reading = readonly [value: number, first: number, period: number];

const readings: Readonly<Record<DateFeature, (local: Date, instant: number) => Reading>> = {
  year: (local) => [local.getUTCFullYear(), 0, 0],
  month: (local) => [local.getUTCMonth() + 1, 1, 12],
  day: (local) => [
    local.getUTCDate(),
    1,
    // Day 0 of the next month; a year of four digits, since Date.UTC reads those below 100 as 19..
    new Date(Date.UTC(2000 + (local.getUTCFullYear() % 400), local.getUTCMonth() + 1, 0)).getUTCDate(),
  ],
  hour: (local) => [local.getUTCHours(), 0, 24],
  minute: (local) => [local.getUTCMinutes(), 0, 60],
  dayOfWeek: (local) => [(local.getUTCDay() + 6) % 7, 0, 7],
  dayOfYear: (local) => {
    const start = new Date(local).setUTCMonth(0, 1);
    const next = new Date(start).setUTCFullYear(local.getUTCFullYear() + 1);
    return [Math.floor((local.getTime() - start) / day + 1e-9) + 1, 1, Math.round((next - start) / day)];
  },
  isWeekend: (local) => [Number((local.getUTCDay() + 6) % 7 > 4), 0, 0],
  elapsedDays: (_, instant) => [instant / day, 0, 0],
};

/** Names of the features that there are. */
export const dateFeatureNames: readonly string[] = Object.keys(readings);

const cycles: ReadonlySet<DateFeature> = new Set(["month", "day", "hour", "minute", "dayOfWeek", "dayOfYear"]);
const usual: readonly DateFeature[] = ["year", "month", "day", "hour", "dayOfWeek", "dayOfYear", "isWeekend"];

/** Names of the numbers of a column: `pickup_year`, `pickup_hour_sin`, ... */
export const derivedNames = (column: string, { features = usual, cyclic = false }: DateFeatures): string[] =>
  features.flatMap((feature) =>
    cyclic && cycles.has(feature) ? [`${column}_${feature}_sin`, `${column}_${feature}_cos`] : [`${column}_${feature}`],
  );

/**
 * The numbers of a timestamp column, one array a derived name; NaN where the row has no value.
 * @throws InvalidValueError for a moment past the range of Date, ArgumentError for an unknown zone
 */
export const deriveDates = (
  name: string,
  column: TimestampColumn,
  step: DateFeatures,
  rowOf: (row: number) => number = (row) => row,
): Float64Array<ArrayBuffer>[] => {
  const { features = usual, cyclic = false, timeZone = "UTC" } = step;
  const offset = offsetOf(timeZone);
  const derived = derivedNames("", step).map(() => new Float64Array(column.length).fill(Number.NaN));
  for (let row = 0; row < column.length; row++) {
    const instant = column.values[row] ?? Number.NaN;
    if (Number.isNaN(instant) || !isValid(column, row)) continue;
    if (Math.abs(instant) > furthest)
      throw new InvalidValueError(name, rowOf(row), `holds ${instant} ms since 1970, which is past the range of dates`);
    const local = new Date(instant + offset(instant));
    let at = 0;
    const put = (value: number): void => {
      const own = derived[at++];
      if (own) own[row] = value;
    };
    for (const feature of features) {
      const [value, first, period] = readings[feature](local, instant);
      if (!cyclic || period === 0) put(value);
      else {
        const angle = (2 * Math.PI * (value - first)) / period;
        put(Math.sin(angle));
        put(Math.cos(angle));
      }
    }
  }
  return derived;
};
