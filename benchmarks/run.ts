// npm run bench: every suite asked for, each participant in its own process.
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join, resolve } from "node:path";
import { measureRoof, openDevice } from "@millrace/core";
import { useSoftwareGPU } from "../test/software-gpu.ts";
import { type BenchmarkArguments, parseArguments, UsageError, usage } from "./arguments.ts";
import { compareRuns, type RecordedRun, readRun } from "./compare.ts";
import { installPeers, installTablePeers } from "./install-peers.ts";
import type { LoadFigures } from "./load.ts";
import { describeMachine, type Machine, resultName } from "./machine.ts";
import { peerNames, startParticipant } from "./participants.ts";
import { profileCase } from "./profile.ts";
import { pythonModules, startPython } from "./python-participant.ts";
import { readRecordedPeers, recordedFile, recordedPeerOf, withRecordedPeers } from "./recorded-peers.ts";
import type { RemoteParticipant } from "./remote-participant.ts";
import { comparisonTable, describeRun, table } from "./report.ts";
import type { Row } from "./row.ts";
import { runCase } from "./run-case.ts";
import { suites } from "./suites/index.ts";
import type { Suite } from "./suites/suite.ts";
import { type Expectation, expectationOf } from "./workloads/check.ts";
import { taskOf, type Workload } from "./workloads/index.ts";

const say = (line: string): void => console.error(line);

/** Computed once, although a case runs at more than one number of threads: some take seconds. */
const expectations = new Map<Workload, Expectation>();
const expectationFor = (workload: Workload): Expectation => {
  const known = expectations.get(workload) ?? expectationOf(taskOf(workload));
  expectations.set(workload, known);
  return known;
};

const isWanted = (name: string, filters: readonly string[]): boolean =>
  filters.length === 0 || filters.some((text) => name.includes(text));

const runAll = async (options: BenchmarkArguments): Promise<Row[]> => {
  const rows: Row[] = [];
  const { device, software, only } = options;
  if (!suites.some(({ name }) => only.includes(name))) return rows;
  for (const threads of options.threads) {
    const started: RemoteParticipant[] = [];
    try {
      const ours = await startParticipant("millrace", { threads, device, software });
      started.push(ours);
      const peers = new Map<string, RemoteParticipant>();
      /** Started when a suite first wants them. */
      const peerOf = async (name: string, start: () => Promise<RemoteParticipant>): Promise<RemoteParticipant> => {
        const peer = peers.get(name) ?? (await start());
        if (!peers.has(name)) started.push(peer);
        peers.set(name, peer);
        return peer;
      };
      const peersOf = async ({ peers: libraries, scripts = [] }: Suite): Promise<RemoteParticipant[]> => {
        const all: RemoteParticipant[] = [];
        const { python } = options;
        if (!options.peers) return all;
        for (const name of libraries ? scripts : peerNames[device])
          all.push(await peerOf(name, () => startParticipant(name, { threads, device, software })));
        if (libraries && python)
          for (const library of libraries) all.push(await peerOf(library, () => startPython(python, library, threads)));
        return all;
      };
      const recorded = options.peers ? readRecordedPeers() : [];
      for (const name of options.only) {
        const suite = suites.find((candidate) => candidate.name === name);
        const cases = suite?.cases.filter((candidate) => isWanted(candidate.name, options.caseFilters)) ?? [];
        if (suite === undefined || cases.length === 0) continue;
        const beside = await peersOf(suite);
        const own: Row[] = [];
        for (const [i, one] of cases.entries()) {
          if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${name} ${i + 1}/${cases.length} ${one.name}`);
          const expectation = expectationFor(one.workload);
          const { rounds, milliseconds } = options;
          const caseOptions = { suite: name, threads, rounds, milliseconds, expectation, say };
          own.push(withRecordedPeers(await runCase(ours, beside, one, caseOptions), recorded));
        }
        if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
        console.log(
          `\n${name}: ${suite.about}\n${ours.device}\n${table(own, suite.peers ? [...suite.peers, ...(suite.scripts ?? [])] : beside.map((peer) => peer.name))}`,
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

/** Time to first result in a page, at each number of threads. */
const measureLoads = async (threads: readonly number[]): Promise<LoadFigures[]> => {
  const { describeLoad, measureLoad } = await import("./load.ts");
  const all: LoadFigures[] = [];
  console.log("\nload: from a page's import to its first numbers, in Chromium");
  for (const count of threads) {
    const figures = await measureLoad({ threads: count });
    console.log(describeLoad(figures));
    all.push(figures);
  }
  return all;
};

/** Keeps what Python's libraries did in this run. */
const recordPython = async (rows: readonly Row[], machine: Machine): Promise<void> => {
  using device = await openDevice("wasm", { threads: 1 });
  const roof = await measureRoof(device);
  if (!roof) throw new Error(`${device.name} has no roof`);
  const before = readRecordedPeers();
  for (const name of Object.keys(pythonModules)) {
    const peer = recordedPeerOf(
      name,
      rows,
      machine,
      roof,
      before.find((one) => one.name === name),
    );
    if (peer) write(recordedFile(name), peer);
  }
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
  const wanted = suites.filter(({ name }) => options.only.includes(name));
  if (options.peers && wanted.some(({ peers }) => peers === undefined)) installPeers(say);
  if (options.peers && wanted.some(({ scripts }) => scripts !== undefined)) installTablePeers(say);
  const machine = describeMachine();
  console.log(describeRun(machine, options.rounds, options.milliseconds));
  const rows = await runAll(options);
  const wantsLoad = options.only.includes("load") && options.caseFilters.length === 0 && options.device === "wasm";
  const load = wantsLoad ? await measureLoads(options.threads) : [];
  if (rows.length === 0 && load.length === 0)
    throw new UsageError(
      `no case of ${options.only.join(", ")} has ${options.caseFilters.map((text) => `"${text}"`).join(" or ")} in its name`,
    );
  if (options.recordPython) await recordPython(rows, machine);
  if (options.json !== undefined) write(resolve(options.json), rows);
  if (recorded) compareWith(recorded, machine, rows);
  if (options.record)
    write(join(import.meta.dirname, "results", resultName(machine, new Date())), { machine, rows, load });
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
