// The tour's own book-keeping: it must notice when anything does not add up.
import { gatherUsage, reconcile } from "@millrace/gateway/tour/bills.ts";
import type { BilledJob, CostReport } from "@millrace/gateway/tour/documents.ts";
import { describe, expect, test } from "vitest";

const line = (activity: "JOB" | "SERVE" | "IDLE" | "DOWN", seconds: number, amount: string) => ({
  activity,
  jobKind: activity === "JOB" ? ("TRAIN" as const) : null,
  seconds,
  amount,
  currency: "USD",
});
const report: CostReport = {
  bookedMicroseconds: 3_000_001,
  machineMicroseconds: 3_000_001,
  differenceMicroseconds: 0,
  lines: [line("JOB", 2.000001, "0.2000001"), line("SERVE", 0.25, "0.025"), line("IDLE", 0.75, "0.075")],
  totals: [{ amount: "0.3000001", currency: "USD" }],
};
const job = (id: string, machineSeconds: number): BilledJob => ({
  id,
  kind: "TRAIN",
  state: "SUCCEEDED",
  bill: { machineSeconds, amount: "0", currency: "USD", storedBytes: 0, estimate: null },
  usage: [],
});
const jobs = [job("a", 1.5), job("b", 0.500001)];

describe("the books", () => {
  test("balance when each microsecond is on one line and each job's time on its bill", () => {
    expect(reconcile(report, jobs)).toEqual([]);
  });

  test.each<[string, Partial<CostReport>, RegExp]>([
    ["a microsecond is missing", { machineMicroseconds: 3_000_002, differenceMicroseconds: 1 }, /differ by 1 micro/],
    ["a line is missing", { lines: report.lines.slice(0, 2) }, /add up to 2250001 of 3000001/],
    ["the amounts do not add up", { totals: [{ amount: "0.3", currency: "USD" }] }, /cost 0.3000001 USD/],
  ])("do not when %s", (_, change, fault) => {
    expect(reconcile({ ...report, ...change }, jobs).join("\n")).toMatch(fault);
  });

  test("do not when a job's bill lacks a microsecond", () => {
    expect(reconcile(report, [job("a", 1.5), job("b", 0.5)])).toEqual([
      "the jobs' bills have 2000000 of 2000001 booked microseconds",
    ]);
  });
});

test("the use of kernels is added up over jobs, by kernel and device, the longest first", () => {
  const use = (kernel: string, seconds: number) => ({ kernel, device: "wasm", calls: 2, flops: 10, bytes: 5, seconds });
  const gathered = gatherUsage([{ usage: [use("map", 1), use("matmul", 2)] }, { usage: [use("map", 4)] }]);
  expect(gathered).toEqual([
    { kernel: "map", device: "wasm", calls: 4, flops: 20, bytes: 10, seconds: 5 },
    { kernel: "matmul", device: "wasm", calls: 2, flops: 10, bytes: 5, seconds: 2 },
  ]);
});
