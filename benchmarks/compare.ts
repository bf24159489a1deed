// A run held against a recorded one of the same machine. Values are not compared, since machines drift from day to day: what
// is, is our ratio to what ran beside us, turn by turn, in each of the two runs: the roof, and the peers of both.
import { readFileSync } from "node:fs";
import { median } from "./measure.ts";
import type { Row } from "./row.ts";

/** How one case did in two runs. */
export interface Comparison {
  readonly suite: string;
  readonly case: string;
  readonly threads: number;
  /** What both runs measured beside us: "roof", and peers by name. */
  readonly yardsticks: readonly string[];
  /** Median over the yardsticks of our ratio now over our ratio then, less 1: below 0 we fell behind. */
  readonly change: number;
  /** By how much the change may be off by chance, as the turns of both runs were spread. */
  readonly noise: number;
  readonly regressed: boolean;
}

/** However steady the turns of both runs were, a smaller change is not believed. */
const leastNoise = 0.02;

interface Yardstick {
  readonly ratio: number;
  readonly spread: number;
}

const yardsticksOf = (row: Row): ReadonlyMap<string, Yardstick> =>
  new Map([
    ["roof", { ratio: row.shareOfRoof, spread: row.roofSpread ?? 0 }],
    ...row.peers.map(({ name, ratio, spread }): [string, Yardstick] => [name, { ratio, spread }]),
  ]);

/** A device's kind and threads, without the words that change with a driver or a build. */
const keyOf = (row: Row): string => [row.suite, row.case, row.device.split(" ")[0], row.threads].join(", ");

const compareRow = (before: Row, after: Row): Comparison => {
  const then = yardsticksOf(before);
  const pairs = [...yardsticksOf(after)].flatMap(([name, now]) => {
    const own = then.get(name);
    return own ? [{ name, change: now.ratio / own.ratio - 1, spread: Math.hypot(now.spread, own.spread) }] : [];
  });
  const change = median(pairs.map((pair) => pair.change));
  // Spreads are half the distance between quartiles of about seven turns: twice that is about three standard errors of a
  // median, and errors that know nothing of each other add up in squares.
  const noise = Math.max(
    leastNoise,
    2 * Math.hypot(before.spread, after.spread, median(pairs.map((pair) => pair.spread))),
  );
  return {
    suite: after.suite,
    case: after.case,
    threads: after.threads,
    yardsticks: pairs.map((pair) => pair.name),
    change,
    noise,
    regressed: change < -noise,
  };
};

/** The cases that both runs have, in the order of the later one. */
export const compareRuns = (before: readonly Row[], after: readonly Row[]): Comparison[] => {
  const known = new Map(before.map((row) => [keyOf(row), row]));
  return after.flatMap((row) => {
    const own = known.get(keyOf(row));
    return own ? [compareRow(own, row)] : [];
  });
};

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

const isRow = (value: unknown): value is Row =>
  isObject(value) &&
  ["suite", "case", "device"].every((name) => typeof value[name] === "string") &&
  ["threads", "value", "spread", "shareOfRoof"].every((name) => typeof value[name] === "number") &&
  Array.isArray(value.peers);

/** A run as --json or --record left it. */
export interface RecordedRun {
  readonly rows: readonly Row[];
  /** Processor and cores, where the file says so. */
  readonly machine: { readonly cpu: unknown; readonly cores: unknown } | undefined;
}

/** @throws Error that names the file when it is none, or holds something else */
export const readRun = (file: string): RecordedRun => {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`${file} cannot be read as a run: ${error instanceof Error ? error.message : error}`);
  }
  const rows = isObject(content) && "rows" in content ? content.rows : content;
  if (!Array.isArray(rows) || !rows.every(isRow))
    throw new Error(`${file} holds no run; give a file that --record or --json has written`);
  const machine = isObject(content) && isObject(content.machine) ? content.machine : undefined;
  return { rows, machine: machine && { cpu: machine.cpu, cores: machine.cores } };
};
