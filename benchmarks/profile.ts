// Where the time of a case goes: its runs step by step, summed up by kernel.
import { describeProfile, profiled } from "@millrace/core";
import { openDeviceFor, prepareOn } from "./millrace-prepare.ts";
import type { ParticipantOptions } from "./participant.ts";
import type { BenchmarkCase } from "./suites/suite.ts";

/** Runs of a case that are summed up; one before them is not, so that compilers are warm. */
const runs = 3;

/** The table of one case on our device. */
export const profileCase = async ({ workload }: BenchmarkCase, options: ParticipantOptions): Promise<string> => {
  const device = await openDeviceFor(options);
  const prepared = await prepareOn(device, workload);
  const run = async (): Promise<void> => {
    await prepared.run();
    await prepared.finish?.();
  };
  await run();
  const profile = await profiled(device, async () => {
    for (let i = 0; i < runs; i++) await run();
  });
  prepared.dispose();
  return describeProfile(profile);
};
