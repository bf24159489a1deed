// What work costs: the bill of a job, the report over all, the price book.
import type { Row } from "../../data/schema.ts";
import { billOf, type JobBill as JobBillValue } from "../../domain/cost/bill.ts";
import type { EstimateQuality as EstimateQualityValue } from "../../domain/cost/estimate.ts";
import type { CostLine as CostLineValue, CostReport as CostReportValue } from "../../domain/cost/report.ts";
import { builder } from "../builder.ts";
import { Job, JobEstimate, JobKind } from "../job/types.ts";
import { Project } from "../project/types.ts";

const JobBill = builder.objectRef<JobBillValue>("JobBill").implement({
  description: "What a job used and costs; while it runs, what was booked so far.",
  fields: (t) => ({
    machineSeconds: t.exposeFloat("machineSeconds", { description: "The job's share of the machine's time." }),
    amount: t.expose("amount", { type: "Decimal", description: "What the machine time costs, exactly." }),
    currency: t.exposeString("currency", { description: "ISO 4217." }),
    storedBytes: t.expose("storedBytes", { type: "SafeInt", description: "Bytes that it left in the object store." }),
    storageAmountPerMonth: t.expose("storageAmountPerMonth", {
      type: "Decimal",
      description: "What keeping them costs a month: not a part of `amount`.",
    }),
    estimate: t.field({ type: JobEstimate, nullable: true, resolve: (bill) => bill.estimate }),
    estimateDifferenceSeconds: t.float({
      nullable: true,
      description: "Actual less estimated machine seconds, once the job has succeeded.",
      resolve: (bill) => bill.estimateDifferenceSeconds,
    }),
  }),
});

builder.objectField(Job, "bill", (t) =>
  t.field({ type: JobBill, complexity: 5, resolve: (job, _, { services }) => billOf(services.database, job) }),
);

const MachineActivity = builder.enumType("MachineActivity", {
  description: "What a machine did with a stretch of its time.",
  values: {
    JOB: { description: "Jobs." },
    SERVE: { description: "Predictions that came with a request." },
    IDLE: { description: "Nothing." },
    DOWN: { description: "The gateway did not run." },
  },
} as const);

const CostLine = builder.objectRef<CostLineValue>("CostLine").implement({
  description: "Booked time of one activity, project and job kind.",
  fields: (t) => ({
    activity: t.field({ type: MachineActivity, resolve: (line) => line.activity }),
    project: t.field({ type: Project, nullable: true, resolve: (line) => line.projectId }),
    jobKind: t.field({ type: JobKind, nullable: true, resolve: (line) => line.kind }),
    seconds: t.exposeFloat("seconds"),
    amount: t.expose("amount", { type: "Decimal" }),
    currency: t.exposeString("currency"),
  }),
});

const CostTotal = builder.objectRef<CostReportValue["totals"][number]>("CostTotal").implement({
  description: "The sum of all lines of one currency.",
  fields: (t) => ({
    currency: t.exposeString("currency"),
    amount: t.expose("amount", { type: "Decimal" }),
  }),
});

export const CostReport = builder.objectRef<CostReportValue>("CostReport").implement({
  description: "Where the machines' time and money went. Idle and down are lines of their own, so that it all adds up.",
  fields: (t) => ({
    from: t.field({ type: "DateTime", nullable: true, resolve: (report) => report.from }),
    to: t.field({ type: "DateTime", nullable: true, resolve: (report) => report.to }),
    lines: t.field({ type: [CostLine], description: "The longest first.", resolve: (report) => report.lines }),
    totals: t.field({ type: [CostTotal], resolve: (report) => report.totals }),
    bookedMicroseconds: t.expose("bookedMicroseconds", { type: "SafeInt", description: "The sum of all lines." }),
    machineMicroseconds: t.expose("machineMicroseconds", {
      type: "SafeInt",
      description: "The time that passed on all machines between their first and last entry.",
    }),
    differenceMicroseconds: t.expose("differenceMicroseconds", {
      type: "SafeInt",
      description: "Machine time less booked time: 0 when each second was booked once.",
    }),
  }),
});

export const PricedResource = builder.enumType("PricedResource", {
  description: "What a price is for.",
  values: {
    MACHINE_SECOND: { description: "A second of a whole machine." },
    STORED_BYTE_MONTH: { description: "A byte kept for a month." },
  },
} as const);

export const Price = builder.objectRef<Row<"price">>("Price").implement({
  description: "A line of the price book, in force until the next one of its resource and device.",
  fields: (t) => ({
    resource: t.field({ type: PricedResource, resolve: (price) => price.resource }),
    device: t.exposeString("device", { description: "What kind of machine or store." }),
    unitPrice: t.field({ type: "Decimal", resolve: (price) => price.unitPrice }),
    currency: t.exposeString("currency", { description: "ISO 4217." }),
    source: t.exposeString("source", { description: "Where the price comes from." }),
    validFrom: t.expose("validFrom", { type: "DateTime" }),
  }),
});

export const EstimateQuality = builder.objectRef<EstimateQualityValue>("EstimateQuality").implement({
  description: "How good the estimates of one kind of job were.",
  fields: (t) => ({
    jobKind: t.field({ type: JobKind, resolve: (quality) => quality.kind }),
    jobs: t.exposeInt("jobs"),
    medianError: t.exposeFloat("medianError", { description: "Median of |estimated - actual| / actual." }),
    medianRatio: t.exposeFloat("medianRatio", { description: "Median of estimated / actual." }),
  }),
});
