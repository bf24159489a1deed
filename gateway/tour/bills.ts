// What everything cost: each job's bill beside its estimate, the kernels that did the training, and the machine's time,
// of which every microsecond must be on one line.
import { addAmounts } from "../domain/cost/money.ts";
import { bar } from "./bar.ts";
import { type BilledJob, bills, type CostReport, costs, type KernelUsage, prices } from "./documents.ts";
import { TourFailed } from "./errors.ts";
import { amount, byteSize, grouped, percent, work } from "./figures.ts";
import type { Guide } from "./guide.ts";
import type { TableColumn } from "./table.ts";

const right = (head: string): TableColumn => ({ head, right: true });
const microseconds = (seconds: number): number => Math.round(seconds * 1e6);
const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

const metricNames: Readonly<Record<string, string>> = {
  ACCURACY: "accuracy",
  PRECISION: "precision",
  RECALL: "recall",
  F1: "F1",
  ROC_AUC: "ROC AUC",
  LOG_LOSS: "log loss",
};

/** Every held-out metric of every model, beside what no model would get. */
export const sayQuality = ({ screen, qualities }: Guide): void => {
  screen.step("Quality: what the models are worth");
  screen.table({
    columns: [{ head: "model" }, { head: "rows" }, { head: "metric" }, right("value"), right("base")],
    rows: qualities.flatMap(({ model, rows, metrics }) =>
      metrics.map(({ name, value, base }, index) => [
        index === 0 ? model : "",
        index === 0 ? rows : "",
        metricNames[name] ?? name,
        value.toFixed(4),
        base?.toFixed(4) ?? "",
      ]),
    ),
  });
  screen.say("Base: what always giving the most frequent class, or its share, gets on the same rows.");
};

const sayJobs = ({ screen, names }: Guide, jobs: readonly BilledJob[]): void => {
  const currency = jobs[0]?.bill.currency ?? "USD";
  screen.table({
    columns: [
      { head: "job" },
      { head: "name" },
      right("estimate s"),
      right("machine s"),
      right(currency),
      right("kept"),
    ],
    rows: jobs.map(({ id, kind, bill }) => [
      kind.toLowerCase(),
      names.get(id) ?? "",
      bill.estimate === null ? "" : bill.estimate.seconds.toFixed(2),
      bill.machineSeconds.toFixed(2),
      amount(bill.amount),
      byteSize(bill.storedBytes),
    ]),
    sum: [
      "sum",
      "",
      total(jobs.map(({ bill }) => bill.estimate?.seconds ?? 0)).toFixed(2),
      total(jobs.map(({ bill }) => bill.machineSeconds)).toFixed(2),
      amount(addAmounts(jobs.map(({ bill }) => bill.amount))),
      byteSize(total(jobs.map(({ bill }) => bill.storedBytes))),
    ],
  });
};

/** The use of kernels by several jobs, added up by kernel, the longest first. */
export const gatherUsage = (jobs: readonly { readonly usage: readonly KernelUsage[] }[]): KernelUsage[] => {
  const byKernel = new Map<string, KernelUsage>();
  for (const use of jobs.flatMap(({ usage }) => usage)) {
    const key = `${use.kernel}\n${use.device}`;
    const sum = byKernel.get(key);
    byKernel.set(key, {
      kernel: use.kernel,
      device: use.device,
      calls: use.calls + (sum?.calls ?? 0),
      flops: use.flops + (sum?.flops ?? 0),
      bytes: use.bytes + (sum?.bytes ?? 0),
      seconds: use.seconds + (sum?.seconds ?? 0),
    });
  }
  return [...byKernel.values()].sort((left, other) => other.seconds - left.seconds);
};

/** Kernels below this share of the time are left out. */
const LEAST_SHARE = 0.01;

const sayKernels = ({ screen }: Guide, jobs: readonly BilledJob[]): void => {
  const usage = gatherUsage(jobs.filter(({ kind }) => kind === "TRAIN"));
  const seconds = total(usage.map((use) => use.seconds));
  const devices = [...new Set(usage.map(({ device }) => device))].join(", ");
  screen.say(`Where the training's time went, by kernel, on ${devices}. Host is reading, encoding and judging rows.`);
  screen.table({
    columns: [
      { head: "kernel" },
      right("calls"),
      right("work"),
      right("moved"),
      right("s"),
      right("share"),
      { head: "" },
    ],
    rows: usage
      .filter((use) => use.seconds >= LEAST_SHARE * seconds)
      .map((use) => [
        use.kernel,
        grouped(use.calls),
        work(use.flops),
        byteSize(use.bytes),
        use.seconds.toFixed(2),
        percent(use.seconds / seconds),
        bar(use.seconds / seconds, 10),
      ]),
  });
};

const activities = [
  ["JOB", "jobs"],
  ["SERVE", "requests served"],
  ["IDLE", "idle"],
  ["DOWN", "down"],
] as const;

/**
 * Compares the ledger with the machine's time and the jobs' bills with the ledger.
 *
 * @returns the faults as sentences; none when every microsecond was booked once
 */
export const reconcile = (report: CostReport, jobs: readonly BilledJob[]): string[] => {
  const { bookedMicroseconds, machineMicroseconds, differenceMicroseconds, lines, totals } = report;
  const faults: string[] = [];
  const sum = total(lines.map((line) => microseconds(line.seconds)));
  if (differenceMicroseconds !== 0 || bookedMicroseconds !== machineMicroseconds) {
    faults.push(`the ledger and the machine's time differ by ${differenceMicroseconds} microseconds`);
  }
  if (sum !== machineMicroseconds) faults.push(`the lines add up to ${sum} of ${machineMicroseconds} microseconds`);
  const billed = total(jobs.map(({ bill }) => microseconds(bill.machineSeconds)));
  const booked = total(lines.filter(({ activity }) => activity === "JOB").map(({ seconds }) => microseconds(seconds)));
  if (billed !== booked) faults.push(`the jobs' bills have ${billed} of ${booked} booked microseconds`);
  for (const { currency, amount: stated } of totals) {
    const added = addAmounts(lines.filter((line) => line.currency === currency).map((line) => line.amount));
    if (added !== stated) faults.push(`the lines cost ${added} ${currency} and the report says ${stated}`);
  }
  return faults;
};

const sayMachine = ({ screen }: Guide, report: CostReport): void => {
  const { lines, totals, machineMicroseconds, differenceMicroseconds } = report;
  const rows = activities.map(([activity, name]) => {
    const own = lines.filter((line) => line.activity === activity);
    const seconds = total(own.map((line) => microseconds(line.seconds))) / 1e6;
    const share = machineMicroseconds === 0 ? 0 : (seconds * 1e6) / machineMicroseconds;
    return [name, seconds.toFixed(6), amount(addAmounts(own.map((line) => line.amount))), bar(share, 20, " ")];
  });
  const [{ currency, amount: paid } = { currency: "USD", amount: "0" }] = totals;
  screen.say("The machine's time, each microsecond on one line:");
  screen.table({
    columns: [{ head: "activity" }, right("s"), right(currency), { head: "share" }],
    rows,
    sum: ["sum", (report.bookedMicroseconds / 1e6).toFixed(6), amount(paid)],
  });
  screen.lines([
    `the machine's own clock  ${(machineMicroseconds / 1e6).toFixed(6)} s`,
    `difference               ${differenceMicroseconds} microseconds`,
  ]);
};

const sayPrice = async ({ client, screen }: Guide): Promise<void> => {
  const { machines, priceBook } = await client.ask(prices, {});
  const cores = machines.find(({ current }) => current)?.cores ?? 0;
  const price = priceBook.find(({ resource }) => resource === "MACHINE_SECOND");
  if (price === undefined) return;
  const { unitPrice, currency, source } = price;
  screen.say(
    `A second of this machine (${cores} cores) is booked at ${unitPrice} ${currency} (${source}). Put your own price into the book with addPrice.`,
  );
};

/**
 * Says what the tour cost.
 *
 * @throws TourFailed when the bills, the ledger and the machine's time do not agree to the microsecond
 */
export const sayCosts = async (guide: Guide): Promise<void> => {
  const { client, screen, names } = guide;
  screen.step("Costs: the bill of every job beside its estimate");
  await sayPrice(guide);
  const order = [...names.keys()];
  const { jobs } = await client.ask(bills, {});
  const nodes = jobs.nodes.toSorted((left, other) => order.indexOf(left.id) - order.indexOf(other.id));
  sayJobs(guide, nodes);
  sayKernels(guide, nodes);
  const { costReport } = await client.ask(costs, {});
  sayMachine(guide, costReport);
  const faults = reconcile(costReport, nodes);
  if (faults.length > 0) throw new TourFailed(`The books do not balance: ${faults.join("; ")}.`);
  screen.say("");
  screen.done("the jobs' bills, the ledger and the machine's time agree to the microsecond");
};
