// What a zone's clocks are ahead of UTC. Intl.DateTimeFormat takes microseconds a call, so a day of one offset is asked for
// once; in a day of two, the moment of change is found by halving, and all of its rows are compared with it.
import { ArgumentError } from "@millrace/kernels";

const day = 86_400_000;
/** Before 1800 every zone kept local mean time, and ICU's calendar turns Julian. */
const earliest = Date.UTC(1800, 0, 1);

const formatOf = (timeZone: string): Intl.DateTimeFormat => {
  try {
    const numeric = "numeric";
    return new Intl.DateTimeFormat("en-US", {
      timeZone,
      calendar: "gregory",
      numberingSystem: "latn",
      hourCycle: "h23",
      year: numeric,
      month: numeric,
      day: numeric,
      hour: numeric,
      minute: numeric,
      second: numeric,
    });
  } catch {
    throw new ArgumentError(`there is no time zone "${timeZone}"; give an IANA name such as "America/New_York"`);
  }
};

/** A day's offset; where it changes within the day, the moment from which it is `after`. */
interface DayOffset {
  readonly before: number;
  readonly change: number;
  readonly after: number;
}

/**
 * The offset of a zone from UTC in milliseconds at an instant (milliseconds since 1970), as the zone's history says.
 * @throws ArgumentError for a zone that is not known
 * @example offsetOf("America/New_York")(Date.UTC(2024, 6, 1)) // -14400000
 */
export const offsetOf = (timeZone: string): ((instant: number) => number) => {
  const format = formatOf(timeZone);
  const ask = (instant: number): number => {
    const second = Math.floor(instant / 1000) * 1000;
    const part: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(second)) part[type] = Number(value);
    const { year = 0, month = 1, day: date = 1, hour = 0, minute = 0, second: seconds = 0 } = part;
    return Date.UTC(year, month - 1, date, hour, minute, seconds) - second;
  };
  const days = new Map<number, DayOffset>();
  const offsetsOf = (index: number): DayOffset => {
    let [low, high] = [index * day, (index + 1) * day];
    const [before, after] = [ask(low), ask(high)];
    if (before === after) return { before, change: high, after };
    while (high - low > 1000) {
      const middle = Math.floor((low + high) / 2000) * 1000;
      if (ask(middle) === before) low = middle;
      else high = middle;
    }
    return { before, change: high, after };
  };
  return (instant) => {
    const index = Math.floor(Math.max(instant, earliest) / day);
    let own = days.get(index);
    if (!own) {
      own = offsetsOf(index);
      days.set(index, own);
    }
    return instant < own.change ? own.before : own.after;
  };
};
