// Predicts rows of requests: bundles are loaded once and the few used last stay on the device, so that the second request
// of a model costs its kernels alone. Requests take turns: a compiled graph reuses its buffers.
import { type Bundle, loadBundle } from "@millrace/core";
import type { PredictionColumn } from "../domain/model/prediction.ts";
import type { RowsOutcome, RowsTask } from "./messages.ts";
import type { TaskRoom } from "./worker.ts";

/** Models kept at hand. */
const MOST_BUNDLES = 8;

// In the order of use: the first is the one to go.
const bundles = new Map<string, Bundle>();
let turn: Promise<unknown> = Promise.resolve();

const toRows = (columns: readonly PredictionColumn[]): Record<string, unknown>[] =>
  Array.from({ length: columns[0]?.values.length ?? 0 }, (_, row) =>
    Object.fromEntries(columns.map(({ name, values }) => [name, values[row]])),
  );

const openBundle = async (hash: string, room: TaskRoom): Promise<Bundle> => {
  const bundle = bundles.get(hash) ?? loadBundle(await room.store.read(hash));
  bundles.delete(hash);
  bundles.set(hash, bundle);
  for (const [oldest, unused] of bundles) {
    if (bundles.size <= MOST_BUNDLES) break;
    bundles.delete(oldest);
    unused[Symbol.dispose]();
  }
  return bundle;
};

const predict = async (task: RowsTask, room: TaskRoom): Promise<RowsOutcome> => {
  const bundle = await openBundle(task.bundleHash, room);
  const { device, signal } = room;
  const { labels, probabilities, prediction, cluster, score } = await bundle.predict(toRows(task.columns), {
    device,
    signal,
  });
  return { kind: "rows", answers: { labels, probabilities, prediction, cluster, score } };
};

export const rowsTask = (task: RowsTask, room: TaskRoom): Promise<RowsOutcome> => {
  const result = turn.then(() => predict(task, room));
  turn = result.catch(() => {});
  return result;
};
