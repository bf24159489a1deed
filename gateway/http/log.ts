// One line of JSON for each thing that an operator may have to look into. Requests that went well are not logged.

/** Something that happened: an `event` in plain words and whatever tells it apart. */
export type LogEntry = { level: "info" | "warning" | "error"; event: string; [field: string]: unknown };
export type Log = (entry: LogEntry) => void;

const printable = (_: string, value: unknown): unknown => {
  if (value instanceof Error)
    return { name: value.name, message: value.message, stack: value.stack, cause: value.cause };
  return typeof value === "bigint" ? value.toString() : value;
};

/** Writes each entry to standard error as one line of JSON with its time. */
export const logToStandardError: Log = (entry) => {
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), ...entry }, printable)}\n`);
};
