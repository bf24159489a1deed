// Following a job through the API: progress and curves by subscription, taken up again at the cursor when a stream
// breaks, and what the job left when it is over.
import { type Client, type Refusal, TourFailed } from "./client.ts";
import { drawCurve, type Screen } from "./screen.ts";

/** Streams that break in a row before the tour gives up. */
const MOST_BREAKS = 5;

export type Estimate = { readonly seconds: number; readonly amount: string; readonly basis: "SEED" | "MEASURED" };

export type Metric = { readonly name: string; readonly value: number; readonly base: number };

export type FinishedJob = {
  readonly id: string;
  readonly title: string;
  readonly kind: string;
  readonly estimate: Estimate | null;
  readonly bill: { readonly machineSeconds: number; readonly amount: string; readonly currency: string };
  readonly datasetVersion: { readonly id: string; readonly rowCount: number; readonly contentHash: string } | null;
  readonly modelVersion: {
    readonly id: string;
    readonly bundlePath: string;
    readonly metrics: readonly Metric[];
    readonly split: { readonly trainRowCount: number; readonly heldOutRowCount: number };
  } | null;
  readonly predictionSet: { readonly id: string; readonly rowCount: number; readonly metrics: readonly Metric[] } | null;
};

type Progress = {
  readonly jobProgress: {
    readonly cursor: string;
    readonly job: {
      readonly state: string;
      readonly progress: number;
      readonly message: string;
      readonly error: Refusal | null;
    };
  };
};
type Points = {
  readonly metricPoints: { readonly cursor: string; readonly name: string; readonly values: readonly (number | null)[] };
};

const PROGRESS = `subscription Progress($job: ID!, $after: String) {
  jobProgress(jobId: $job, after: $after) { cursor job { state progress message error { code message path } } }
}`;
const POINTS = `subscription Points($job: ID!, $after: String) {
  metricPoints(jobId: $job, after: $after, names: ["loss"]) { cursor name values }
}`;
const FINISHED = `query Finished($job: ID!) {
  node(id: $job) {
    ... on Job {
      id
      kind
      estimate { seconds amount basis }
      bill { machineSeconds amount currency }
      datasetVersion { id rowCount contentHash }
      modelVersion { id bundlePath metrics { name value base } split { trainRowCount heldOutRowCount } }
      predictionSet { id rowCount metrics { name value base } }
    }
  }
}`;

const final = new Set(["SUCCEEDED", "FAILED", "CANCELLED"]);

/** Follows a stream to its end; when it breaks, goes on from the last event's cursor. */
async function* followFromCursor<Data>(
  client: Client,
  document: string,
  job: string,
  cursorOf: (data: Data) => string,
): AsyncGenerator<Data, void, void> {
  let after: string | undefined;
  for (let breaks = 0; ; breaks++) {
    try {
      for await (const data of client.follow<Data>(document, { job, after })) {
        after = cursorOf(data);
        breaks = 0;
        yield data;
      }
      return;
    } catch (error) {
      if (error instanceof TourFailed || breaks >= MOST_BREAKS) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200 * 2 ** breaks));
    }
  }
}

/**
 * Shows a job until it is over and gives what it left.
 *
 * @throws TourFailed when it did not succeed, with its code, message and path
 */
export async function followJob(client: Client, screen: Screen, id: string, title: string): Promise<FinishedJob> {
  const bar = screen.bar(title);
  const start = performance.now();
  const loss: number[] = [];
  let state: Progress["jobProgress"]["job"] | undefined;
  const show = (): void => {
    if (state === undefined) return;
    const curve = loss.length > 1 ? `  ${drawCurve(loss, 16)}` : "";
    bar.update(state.progress, `${state.message || state.state.toLowerCase()}${curve}`);
  };
  // Without an event for a while, the time that passes is still shown.
  const timer = setInterval(show, 500);
  const points = (async () => {
    for await (const { metricPoints } of followFromCursor<Points>(
      client,
      POINTS,
      id,
      ({ metricPoints }) => metricPoints.cursor,
    )) {
      loss.push(...metricPoints.values.flatMap((value) => (value === null ? [] : [value])));
      show();
    }
  })();
  try {
    for await (const { jobProgress } of followFromCursor<Progress>(
      client,
      PROGRESS,
      id,
      ({ jobProgress }) => jobProgress.cursor,
    )) {
      state = jobProgress.job;
      show();
    }
    await points;
  } finally {
    clearInterval(timer);
    points.catch(() => {});
  }
  if (state === undefined || !final.has(state.state)) throw new TourFailed(`The news of "${title}" stopped.`);
  if (state.state !== "SUCCEEDED") {
    const why = state.error ? `${state.error.code}: ${state.error.message}` : state.state.toLowerCase();
    bar.end(why);
    throw new TourFailed(`The job "${title}" did not succeed. ${why}`);
  }
  const { node } = await client.ask<{ node: Omit<FinishedJob, "title"> }>(FINISHED, { job: id });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const rows = node.datasetVersion?.rowCount ?? node.predictionSet?.rowCount;
  const what = rows === undefined ? "" : `, ${rows.toLocaleString("en")} rows`;
  const curve = loss.length > 1 ? `, loss ${drawCurve(loss)} ${loss.at(-1)?.toFixed(4)}` : "";
  bar.end(`done in ${seconds} s${what}${curve}`);
  return { ...node, title };
}
