// Jobs and their curves as they happen. Events come from the outbox: a client that was away goes on from the cursor of
// the last event it had, and misses none. The streams end by themselves when the job is over.
import { GraphQLError } from "graphql";
import { latestPosition } from "../../data/outbox/store.ts";
import { jobTopic } from "../../domain/job/events.ts";
import { followJob, type JobNews } from "../../domain/job/service.ts";
import type { LivePoints } from "../../domain/metric/service.ts";
import { builder } from "../builder.ts";
import { pointsUntilOver } from "./points.ts";
import { Job } from "./types.ts";

builder.subscriptionType({
  description: "Streams over server-sent events. Each event carries the cursor to go on after.",
});

const toPosition = (cursor: string): number => {
  const position = Number(cursor);
  if (/^\d{1,15}$/.test(cursor)) return position;
  throw new GraphQLError(`after: "${cursor.slice(0, 80)}" is not a cursor: use the one that an event gave.`, {
    extensions: { code: "INVALID_CURSOR" },
  });
};

const JobProgress = builder.objectRef<JobNews>("JobProgress").implement({
  description: "How a job stands. Changes that come faster than they are read are told once, by the last of them.",
  fields: (t) => ({
    job: t.field({ type: Job, resolve: (news) => news.job }),
    cursor: t.string({ resolve: (news) => String(news.cursor) }),
  }),
});

const MetricPoints = builder.objectRef<LivePoints>("MetricPoints").implement({
  description: "A run of points of one curve, in the order of their steps.",
  fields: (t) => ({
    name: t.string({ description: "The curve.", resolve: (points) => points.series }),
    steps: t.intList({ resolve: (points) => points.steps }),
    values: t.field({
      type: ["Float"],
      nullable: { list: false, items: true },
      description: "One a step; null where the value is not a finite number.",
      resolve: (points) => points.values.map((value) => (Number.isFinite(value) ? value : null)),
    }),
    cursor: t.string({ resolve: (points) => String(points.cursor) }),
  }),
});

const after = "The cursor of the last event that the client has.";

builder.subscriptionFields((t) => ({
  jobProgress: t.field({
    type: JobProgress,
    description: "How a job stands now, then each change, until it is over.",
    args: {
      jobId: t.arg.globalID({ required: true, for: Job }),
      after: t.arg.string({ description: after }),
    },
    subscribe: async (_, args, { tenantId, services, signal }) => {
      const { database, feed } = services;
      const jobId = args.jobId.id;
      const cursor = args.after ? toPosition(args.after) : await latestPosition(database, tenantId, jobTopic(jobId));
      return followJob(database, feed, tenantId, jobId, cursor, signal);
    },
    resolve: (news) => news,
  }),
  metricPoints: t.field({
    type: MetricPoints,
    description: "Every point of a job's curves after the cursor (all of them without one), until the job is over.",
    args: {
      jobId: t.arg.globalID({ required: true, for: Job }),
      names: t.arg.stringList({ description: "The curves to follow; all when left out." }),
      after: t.arg.string({ description: after }),
    },
    subscribe: async function* (_, args, { tenantId, services, signal }) {
      const { database, feed } = services;
      const source = { database, feed, tenantId, jobId: args.jobId.id };
      for await (const points of pointsUntilOver(source, args.after ? toPosition(args.after) : 0, signal)) {
        if (!args.names || args.names.includes(points.series)) yield points;
      }
    },
    resolve: (points) => points,
  }),
}));
