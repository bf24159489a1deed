// npm run bench: every suite asked for, each participant in its own process, turn by turn, and the roof among them. What a
// machine's other work takes away is taken from all of them alike.
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join, resolve } from "node:path";
import { useSoftwareGPU } from "../test/software-gpu.ts";
import { type BenchmarkArguments, parseArguments, UsageError, usage } from "./arguments.ts";
import { compareRuns, type RecordedRun, readRun } from "./compare.ts";
import { installPeers } from "./install-peers.ts";
import { describeMachine, type Machine, resultName } from "./machine.ts";
import { median, spreadOf } from "./measure.ts";
import { peerNames, type RemoteParticipant, startParticipant } from "./participants.ts";
import { profileCase } from "./profile.ts";
import { comparisonTable, describeRun, table } from "./report.ts";
import { type PeerResult, type Row, roofOf, speedOf } from "./row.ts";
import { suites } from "./suites/index.ts";
import type { BenchmarkCase } from "./suites/suite.ts";
import { type Expectation, expectationOf } from "./workloads/check.ts";
import { taskOf, type Workload } from "./workloads/index.ts";

/** Computed once, although a case runs at more than one number of threads: some take seconds. */
const expectations = new Map<Workload, Expectation>();
const expectationFor = (workload: Workload): Expectation => {
  const known = expectations.get(workload) ?? expectationOf(taskOf(workload));
  expectations.set(workload, known);
  return known;
};

const say = (line: string): void => console.error(line);

/** Rounds beyond those asked for are not run once a case has taken this long; five are run in any case. */
const caseMilliseconds = 25_000;

/** Runs one case: everybody is built and checked, then each gets its turn in every round. */
const runCase = async (
  ours: RemoteParticipant,
  peers: readonly RemoteParticipant[],
  suite: string,
  { name, workload }: BenchmarkCase,
  threads: number,
  options: BenchmarkArguments,
): Promise<Row> => {
  const task = taskOf(workload);
  const { measure } = task;
  const expectation = expectationFor(workload);
  const built = await ours.prepare(workload, expectation, options.milliseconds);
  if (!built) throw new Error(`our own device cannot do ${suite} ${name}`);
  const roofAmount = await ours.prepareRoof(measure, options.milliseconds);
  const able: RemoteParticipant[] = [];
  for (const peer of peers) {
    try {
      if (await peer.prepare(workload, expectation, options.milliseconds)) able.push(peer);
    } catch (error) {
      // A peer's failure is the peer's: it has no value in this row, and the reason is told.
      say(`${suite} ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const turns = new Map<RemoteParticipant | "roof", number[]>([ours, ...able, "roof" as const].map((who) => [who, []]));
  const order = [...turns];
  const start = performance.now();
  // Round 0 is not counted: code that was still being compiled when its warm-up ended has been replaced by then.
  for (let round = 0; round <= options.rounds; round++) {
    if (round > 5 && performance.now() - start > caseMilliseconds) break;
    // Each round starts with the next one, so that nobody always runs behind the same neighbour.
    for (let i = 0; i < order.length; i++) {
      const [who, times] = order[(i + round) % order.length] ?? [];
      if (who === undefined || times === undefined) continue;
      const seconds =
        who === "roof"
          ? await ours.slice("roof", options.milliseconds)
          : await who.slice("workload", options.milliseconds);
      if (round > 0) times.push(seconds);
    }
  }
  const own = speedOf(turns.get(ours) ?? [], measure);
  const roof = roofOf(turns.get("roof") ?? [], roofAmount, measure);
  const { flops, bytes } = built.cost ?? {};
  return {
    suite,
    case: name,
    device: ours.device,
    threads,
    unit: measure.unit,
    ...own,
    roof,
    roofSpread: spreadOf(turns.get("roof") ?? []),
    shareOfRoof: own.value / roof,
    seconds: median(turns.get(ours) ?? []),
    ...(flops === undefined ? {} : { flops }),
    ...(bytes === undefined ? {} : { bytes }),
    peers: able.map((peer): PeerResult => {
      const { value, spread } = speedOf(turns.get(peer) ?? [], measure);
      return { name: peer.name, version: peer.version, value, spread, ratio: own.value / value };
    }),
  };
};

const isWanted = (name: string, filters: readonly string[]): boolean =>
  filters.length === 0 || filters.some((text) => name.includes(text));

const runAll = async (options: BenchmarkArguments): Promise<Row[]> => {
  const rows: Row[] = [];
  const { device, software } = options;
  for (const threads of options.threads) {
    const started: RemoteParticipant[] = [];
    try {
      const ours = await startParticipant("millrace", { threads, device, software });
      started.push(ours);
      const peers: RemoteParticipant[] = [];
      for (const name of options.peers ? peerNames[device] : []) {
        const peer = await startParticipant(name, { threads, device, software });
        started.push(peer);
        peers.push(peer);
      }
      for (const name of options.only) {
        const suite = suites.find((candidate) => candidate.name === name);
        const cases = suite?.cases.filter((candidate) => isWanted(candidate.name, options.caseFilters)) ?? [];
        if (suite === undefined || cases.length === 0) continue;
        const own: Row[] = [];
        for (const [i, one] of cases.entries()) {
          if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${name} ${i + 1}/${cases.length} ${one.name}`);
          own.push(await runCase(ours, peers, name, one, threads, options));
        }
        if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
        console.log(
          `\n${name}: ${suite.about}\n${ours.device}\n${table(
            own,
            peers.map((peer) => peer.name),
          )}`,
        );
        rows.push(...own);
      }
    } finally {
      for (const participant of started) participant[Symbol.dispose]();
    }
  }
  return rows;
};

const write = (file: string, value: unknown): void => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
  say(`wrote ${file}`);
};

/** Prints how the cases of both runs compare; a regression beyond the noise of both is an exit code of 1. */
const compareWith = (recorded: RecordedRun, machine: Machine, rows: readonly Row[]): void => {
  const { cpu, cores } = recorded.machine ?? machine;
  if (cpu !== machine.cpu || cores !== machine.cores)
    throw new Error(
      `the recorded run is of ${cpu} with ${cores} cores, this machine has ${machine.cpu} with ${machine.cores}`,
    );
  const comparisons = compareRuns(recorded.rows, rows);
  if (comparisons.length === 0) throw new Error("the recorded run has none of the cases that were run now");
  console.log(`\n${comparisonTable(comparisons)}`);
  if (comparisons.some(({ regressed }) => regressed)) process.exitCode = 1;
};

/** Tables by kernel of the cases asked for, on our device alone. */
const profileCases = async ({ device, software, threads, only }: BenchmarkArguments, text: string): Promise<void> => {
  const cases = suites
    .filter((suite) => only.includes(suite.name))
    .flatMap((suite) => suite.cases.filter(({ name }) => `${suite.name} ${name}`.includes(text)));
  if (cases.length === 0) throw new UsageError(`--profile: no case has "${text}" in its suite's name and its own`);
  if (software) await useSoftwareGPU();
  for (const one of cases)
    for (const count of threads) {
      console.log(`\n${one.name}`);
      console.log(await profileCase(one, { threads: count, device, software }));
    }
};

const main = async (): Promise<void> => {
  const options = parseArguments(process.argv.slice(2), cpus().length);
  if (options === "help") {
    console.log(usage);
    return;
  }
  if (options.profile !== undefined) {
    await profileCases(options, options.profile);
    // Dawn would keep the process.
    process.exit();
  }
  const recorded = options.compare === undefined ? undefined : readRun(options.compare);
  if (options.peers) installPeers(say);
  const machine = describeMachine();
  console.log(describeRun(machine, options.rounds, options.milliseconds));
  const rows = await runAll(options);
  if (rows.length === 0)
    throw new UsageError(
      `no case of ${options.only.join(", ")} has ${options.caseFilters.map((text) => `"${text}"`).join(" or ")} in its name`,
    );
  if (options.json !== undefined) write(resolve(options.json), rows);
  if (recorded) compareWith(recorded, machine, rows);
  if (options.record) write(join(import.meta.dirname, "results", resultName(machine, new Date())), { machine, rows });
};

try {
  await main();
} catch (error) {
  if (error instanceof UsageError) {
    say(`${error.message}\n\n${usage}`);
    process.exit(2);
  }
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exit(1);
}
