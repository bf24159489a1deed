// Writes of schedules.
import { type ImportSource, parseReadOptions } from "../../domain/dataset/import.ts";
import { parseCollect } from "../../domain/dataset/life.ts";
import { importJobInput } from "../../domain/dataset/service.ts";
import { InvalidInput, NameTaken, NotFound } from "../../domain/error.ts";
import { getProject } from "../../domain/project/service.ts";
import { createSchedule, removeSchedule } from "../../domain/schedule/service.ts";
import { builder } from "../builder.ts";
import { FileFormat, IncrementInput, QuerySourceInput, ReadOptionsInput } from "../dataset/mutations.ts";
import { Project } from "../project/types.ts";
import { Schedule } from "./types.ts";

const ScheduledSourceInput = builder.inputType("ScheduledSourceInput", {
  isOneOf: true,
  description: "Where the rows are each time.",
  fields: (t) => ({
    path: t.string({ description: "A file on the gateway's machine, in a folder that it may read." }),
    url: t.string({ description: "A file at http://, https:// or s3://bucket/key." }),
    query: t.field({ type: QuerySourceInput }),
  }),
});
const ScheduledImportInput = builder.inputType("ScheduledImportInput", {
  description: "An import, as importDataset takes it.",
  fields: (t) => ({
    name: t.string({ required: true, description: "The dataset's." }),
    source: t.field({ type: ScheduledSourceInput, required: true }),
    format: t.field({ type: FileFormat }),
    options: t.field({ type: ReadOptionsInput }),
    increment: t.field({ type: IncrementInput, description: "Without it, each time makes a version of its own." }),
  }),
});
const ScheduledCollectInput = builder.inputType("ScheduledCollectInput", {
  description: "A collection, as collectDatasets takes it.",
  fields: (t) => ({
    keepVersions: t.int({ required: true, defaultValue: 3 }),
    keepSeconds: t.field({ type: "SafeInt", required: true, defaultValue: 30 * 24 * 3600 }),
    graceSeconds: t.field({ type: "SafeInt", required: true, defaultValue: 3600 }),
  }),
});
const ScheduledWorkInput = builder.inputType("ScheduledWorkInput", {
  isOneOf: true,
  description: "What is done each time.",
  fields: (t) => ({
    import: t.field({ type: ScheduledImportInput }),
    collect: t.field({ type: ScheduledCollectInput }),
  }),
});

const sourceOf = ({ path, url, query }: typeof ScheduledSourceInput.$inferInput): ImportSource => {
  if (query) return { query };
  return url ? { url } : { path: path ?? "" };
};

const workOf = ({ import: rows, collect }: typeof ScheduledWorkInput.$inferInput) => {
  if (collect) return { kind: "COLLECT" as const, input: { ...parseCollect({ ...collect }, ["work", "collect"]) } };
  if (!rows) throw new InvalidInput("A schedule has work to do.", ["work"]);
  const input = importJobInput(
    {
      name: rows.name,
      source: sourceOf(rows.source),
      format: rows.format ?? undefined,
      options: parseReadOptions(rows.options && { ...rows.options }, ["work", "import", "options"]),
      increment: rows.increment
        ? { key: rows.increment.key, watermark: rows.increment.watermark ?? undefined }
        : undefined,
    },
    ["work", "import"],
  );
  return { kind: "IMPORT" as const, input };
};

builder.mutationField("createSchedule", (t) =>
  t.fieldWithInput({
    type: Schedule,
    description: "Has a job made at the times of a cron expression.",
    errors: { types: [NotFound, NameTaken], dataField: { name: "schedule" } },
    input: {
      projectId: t.input.globalID({ required: true, for: Project }),
      name: t.input.string({ required: true }),
      cron: t.input.string({
        required: true,
        description: "Minute, hour, day, month, day of the week, and seconds before them if there are six.",
      }),
      timeZone: t.input.string({ required: true, defaultValue: "UTC", description: "Of IANA: Europe/Oslo." }),
      priority: t.input.int({ required: true, defaultValue: 0, description: "Of its jobs, -100 to 100." }),
      work: t.input.field({ type: ScheduledWorkInput, required: true }),
    },
    resolve: async (_, { input }, { tenantId, services }) => {
      const { projectId, work, ...rest } = input;
      await getProject(services.database, tenantId, projectId.id, ["projectId"]);
      return createSchedule(services.database, tenantId, { ...rest, projectId: projectId.id, ...workOf(work) });
    },
  }),
);

builder.mutationField("deleteSchedule", (t) =>
  t.fieldWithInput({
    type: "Boolean",
    description: "Removes a schedule. Jobs that it made stay.",
    errors: { types: [NotFound], dataField: { name: "deleted" } },
    input: { scheduleId: t.input.globalID({ required: true, for: Schedule }) },
    resolve: async (_, { input }, { tenantId, services }) => {
      await removeSchedule(services.database, tenantId, input.scheduleId.id);
      return true;
    },
  }),
);
