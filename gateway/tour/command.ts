// The command `millrace tour`: its flags, its signals, its exit code.
import path from "node:path";
import { parseArgs } from "node:util";
import { ConfigurationInvalid } from "../configuration/configuration.ts";
import { TourStopped } from "./errors.ts";
import { runTour } from "./tour.ts";

/** As shells report a program that SIGINT ended. */
const INTERRUPTED = 130;

/** A name that sorts by time and that every file system takes: tour-20261123-140506. */
const folderName = (now: Date): string =>
  `tour-${now.toISOString().slice(0, 19).replace(/[-:]/g, "").replace("T", "-")}`;

const parseFlags = (given: readonly string[]): { data?: string | undefined; cores?: string | undefined } => {
  try {
    const options = { data: { type: "string" }, cores: { type: "string" } } as const;
    return parseArgs({ args: [...given], options, allowPositionals: false }).values;
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split(". ")[0] ?? "") : String(cause);
    throw new ConfigurationInvalid(`${reason}. The flags of tour are --data and --cores.`, [], { cause });
  }
};

/**
 * Runs the tour on standard output and gives the exit code: 0, or 130 when SIGINT or SIGTERM stopped it. A second signal
 * ends the process at once.
 *
 * @throws ConfigurationInvalid for wrong flags, and what runTour throws
 */
export const tourCommand = async (given: readonly string[]): Promise<number> => {
  const { data, cores } = parseFlags(given);
  const dataFolder = path.resolve(data ?? path.join(".millrace", folderName(new Date())));
  const stop = new AbortController();
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(INTERRUPTED);
    stop.abort(new TourStopped());
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, onSignal);
  try {
    await runTour({ dataFolder, output: process.stdout, signal: stop.signal, cores });
    return 0;
  } catch (error) {
    if (!(error instanceof TourStopped)) throw error;
    process.stderr.write(`\nThe tour was stopped. What it had done is kept in ${dataFolder}.\n`);
    return INTERRUPTED;
  }
};
