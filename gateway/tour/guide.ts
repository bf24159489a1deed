// What every part of the tour goes by: the client, the screen, and jobs that are submitted, watched and remembered by
// name, so that each can be found again on the bill.
import { type Client, type Payload, succeed } from "./client.ts";
import {
  type DatasetVersion,
  type JobNews,
  type JobOutcome,
  jobOutcome,
  jobProgress,
  type Metric,
  type ModelVersion,
  metricPoints,
} from "./documents.ts";
import { TourFailed } from "./errors.ts";
import { drawJob, tellJob } from "./job-view.ts";
import type { Screen } from "./screen.ts";

/** How often a running job is drawn again, for its clock. */
const REDRAW_MILLISECONDS = 100;

/** A line of the table of quality. */
export type Quality = { readonly model: string; readonly rows: string; readonly metrics: readonly Metric[] };

/** A job that is over: what came of it, how long it was watched, the loss it told. */
export type WatchedJob = {
  readonly outcome: JobOutcome;
  readonly seconds: number;
  readonly losses: readonly number[];
};

export type Guide = {
  readonly client: Client;
  readonly screen: Screen;
  readonly projectId: string;
  /** What each job was for, by the job's id. */
  readonly names: Map<string, string>;
  readonly qualities: Quality[];
  /** Watches a submitted job to its end. @throws TourFailed when it does not succeed */
  watch(name: string, submitted: Payload<{ readonly job: { readonly id: string } }>): Promise<WatchedJob>;
};

/** A part of an outcome that a job of its kind leaves. */
const made = <Part>(part: Part | null, name: string): Part => {
  if (part === null) throw new TourFailed(`The job "${name}" succeeded and left nothing.`);
  return part;
};
export const datasetOf = ({ outcome }: WatchedJob, name: string): DatasetVersion => made(outcome.datasetVersion, name);
export const modelOf = ({ outcome }: WatchedJob, name: string): ModelVersion => made(outcome.modelVersion, name);

/** The value of a metric beside its base. @throws TourFailed when it was not measured */
export const metricOf = (
  metrics: readonly Metric[],
  name: string,
  part: string,
): { readonly value: number; readonly base: number } => {
  const { value, base } = metrics.find((metric) => metric.name === name && metric.part === part) ?? {};
  if (value === undefined || base === undefined || base === null)
    throw new TourFailed(`The gateway gave no ${name} of the rows ${part}.`);
  return { value, base };
};

/** A guide through a project of a gateway. */
export const createGuide = (client: Client, screen: Screen, projectId: string): Guide => {
  const names = new Map<string, string>();

  const watchJob = async (name: string, job: string): Promise<WatchedJob> => {
    const start = performance.now();
    const seconds = (): number => (performance.now() - start) / 1000;
    const losses: number[] = [];
    let news: JobNews | undefined;
    const live = screen.live();
    const show = (): void => {
      const { progress = 0, message = "" } = news ?? {};
      // The loss is drawn beside the message, which need not say it again.
      const doing = losses.length > 0 ? message.replace(/, loss [\d.]+$/, "") : message;
      const waiting = news === undefined || news.state === "QUEUED" ? "waiting for a place" : doing;
      const view = { title: name, progress, message: waiting, seconds: seconds(), losses };
      live.show({ drawn: drawJob(view, screen.width), told: tellJob(view, screen.width) });
    };
    const followLoss = async (): Promise<void> => {
      for await (const { metricPoints: points } of client.follow(metricPoints, { job, names: ["loss"] })) {
        for (const value of points.values) if (value !== null) losses.push(value);
      }
    };
    const followNews = async (): Promise<void> => {
      for await (const event of client.follow(jobProgress, { job })) news = event.jobProgress.job;
    };
    const timer = setInterval(show, REDRAW_MILLISECONDS);
    try {
      await Promise.all([followNews(), followLoss()]);
    } finally {
      clearInterval(timer);
      live.clear();
    }
    if (news?.state !== "SUCCEEDED") {
      const { code, message } = news?.error ?? { code: news?.state ?? "UNKNOWN", message: "No reason was given." };
      throw new TourFailed(`The job "${name}" ended as ${news?.state ?? "unknown"}: ${code}: ${message}`);
    }
    const { node } = await client.ask(jobOutcome, { job });
    return { outcome: made(node, name), seconds: seconds(), losses };
  };

  return {
    client,
    screen,
    projectId,
    names,
    qualities: [],
    watch(name, submitted) {
      const { job } = succeed(submitted);
      names.set(job.id, name);
      return watchJob(name, job.id);
    },
  };
};
