// The command line of `npm run bench`, checked before anything starts.
import { parseArgs } from "node:util";
import { suites } from "./suites/index.ts";

export interface BenchmarkArguments {
  /** Suites to run, in order. */
  readonly only: readonly string[];
  /** Run the cases whose name has one of these in it; all when there are none. */
  readonly caseFilters: readonly string[];
  readonly device: "wasm" | "webgpu";
  /** Thread counts to run at, one after the other. */
  readonly threads: readonly number[];
  /** Take a GPU in software too. */
  readonly software: boolean;
  readonly peers: boolean;
  /** An interpreter of Python that has LightGBM and scikit-learn, if any. */
  readonly python: string | undefined;
  /** Keep what Python's libraries did under benchmarks/recorded/. */
  readonly recordPython: boolean;
  /** Turns that each participant gets in a case. */
  readonly rounds: number;
  /** Length of one turn. */
  readonly milliseconds: number;
  /** File for the rows as JSON, if any. */
  readonly json: string | undefined;
  /** A recorded run to hold this one against, if any. */
  readonly compare: string | undefined;
  /** Instead of a run: where the time goes in the cases whose suite and name have this in them. */
  readonly profile: string | undefined;
  /** Keep the run under benchmarks/results/. */
  readonly record: boolean;
}

/** What is wrong with a command line, in a sentence. */
export class UsageError extends Error {}

/** Every suite's name. "load" opens pages and has no cases, so that it comes last and apart. */
const suiteNames: readonly string[] = [...suites.map((suite) => suite.name), "load"];

export const usage = `npm run bench -- [options]
  --only SUITE[,SUITE]  suites to run: ${suiteNames.join(", ")} (all)
  --case TEXT           only cases with TEXT in their name; again for more
  --device wasm|webgpu  our device (wasm)
  --software            on webgpu: a GPU in software will do (SwiftShader from npm on Linux)
  --threads N           run with N threads (1, and then as many as the machine has cores)
  --python FILE         an interpreter with LightGBM and scikit-learn, to run beside us; else their recorded figures
                        are shown, scaled by the roofs of then and now
  --record-python       keep what they did under benchmarks/recorded/
  --no-peers            our own values and roofs alone
  --rounds N            turns that each participant gets in a case (7)
  --milliseconds N      length of a turn (100)
  --json FILE           write the rows as JSON
  --compare FILE        hold the run against one that --json or --record has written on this machine; a regression
                        beyond the noise of both is an exit code of 1
  --profile TEXT        instead of a run: the time by kernel of the cases with TEXT in "suite case"
  --record              keep the run under benchmarks/results/
  --help                this text`;

/**
 * Reads the options.
 * @throws UsageError that names the option, what came and what would do
 */
export const parseArguments = (argv: readonly string[], cores: number): BenchmarkArguments | "help" => {
  const read = () => {
    try {
      return parseArgs({
        args: [...argv],
        options: {
          only: { type: "string" },
          case: { type: "string", multiple: true },
          device: { type: "string" },
          threads: { type: "string" },
          software: { type: "boolean" },
          "no-peers": { type: "boolean" },
          rounds: { type: "string" },
          milliseconds: { type: "string" },
          json: { type: "string" },
          compare: { type: "string" },
          profile: { type: "string" },
          record: { type: "boolean" },
          python: { type: "string" },
          "record-python": { type: "boolean" },
          help: { type: "boolean" },
        },
      }).values;
    } catch (error) {
      throw new UsageError(error instanceof Error ? error.message : String(error));
    }
  };
  const values = read();
  if (values.help) return "help";
  const count = (name: string, text: string | undefined, absent: number, most: number): number => {
    if (text === undefined) return absent;
    const value = Number(text);
    if (!Number.isInteger(value) || value < 1 || value > most)
      throw new UsageError(`--${name} takes a whole number from 1 to ${most}, not "${text}"`);
    return value;
  };
  const known = suiteNames;
  const only = values.only?.split(",").map((name) => name.trim()) ?? known;
  for (const name of only)
    if (!known.includes(name)) throw new UsageError(`--only knows no suite "${name}"; there are ${known.join(", ")}`);
  if (values["record-python"] && !values.python) throw new UsageError("--record-python takes --python FILE beside it");
  const device = values.device ?? "wasm";
  if (device !== "wasm" && device !== "webgpu") throw new UsageError(`--device takes wasm or webgpu, not "${device}"`);
  const threads = values.threads === undefined ? [...new Set([1, cores])] : [count("threads", values.threads, 1, 256)];
  return {
    only,
    caseFilters: values.case ?? [],
    device,
    threads: device === "webgpu" ? [1] : threads,
    software: values.software ?? false,
    peers: !values["no-peers"],
    python: values.python,
    recordPython: values["record-python"] ?? false,
    rounds: count("rounds", values.rounds, 7, 1000),
    milliseconds: count("milliseconds", values.milliseconds, 100, 60_000),
    json: values.json,
    compare: values.compare,
    profile: values.profile,
    record: values.record ?? false,
  };
};
