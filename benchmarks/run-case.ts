// One case: everybody is built and checked, then each gets its turn in every round, the roof among them. What a machine's
// other work takes away is taken from all of them alike.
import { median, spreadOf } from "./measure.ts";
import type { RemoteParticipant } from "./remote-participant.ts";
import { type PeerResult, type Row, roofOf, speedOf } from "./row.ts";
import type { BenchmarkCase } from "./suites/suite.ts";
import type { Expectation } from "./workloads/check.ts";
import { taskOf } from "./workloads/index.ts";

/** Rounds beyond those asked for are not run once a case has taken this long; five are run, or one where they are long. */
const caseMilliseconds = 25_000;
const longMilliseconds = 100_000;

export interface CaseOptions {
  readonly suite: string;
  readonly threads: number;
  readonly rounds: number;
  readonly milliseconds: number;
  readonly expectation: Expectation;
  /** Told of a peer's failure: it has no value in the row, and the run goes on. */
  readonly say: (line: string) => void;
}

/** @throws when our own device fails, or gives a wrong result */
export const runCase = async (
  ours: RemoteParticipant,
  peers: readonly RemoteParticipant[],
  { name, workload }: BenchmarkCase,
  { suite, threads, expectation, say, ...options }: CaseOptions,
): Promise<Row> => {
  const { measure } = taskOf(workload);
  const built = await ours.prepare(workload, expectation, options.milliseconds);
  if (!built) throw new Error(`our own device cannot do ${suite} ${name}`);
  const roofAmount = await ours.prepareRoof(measure, options.milliseconds);
  const able: RemoteParticipant[] = [];
  for (const peer of peers) {
    try {
      if (await peer.prepare(workload, expectation, options.milliseconds)) able.push(peer);
    } catch (error) {
      say(`${suite} ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const turns = new Map<RemoteParticipant | "roof", number[]>([ours, ...able, "roof" as const].map((who) => [who, []]));
  const order = [...turns];
  const start = performance.now();
  // Round 0 is not counted: code that was still being compiled when its warm-up ended has been replaced by then.
  for (let round = 0; round <= options.rounds; round++) {
    const elapsed = performance.now() - start;
    if (elapsed > caseMilliseconds && round > (elapsed > longMilliseconds ? 1 : 5)) break;
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
