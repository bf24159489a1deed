// Predicts a dataset version in a kernel thread, a chunk of rows after another.
import { type Bundle, loadBundle } from "@millrace/core";
import { datasetSource } from "../data/dataset/read.ts";
import { createJudge } from "./judge-rows.ts";
import type { PredictOutcome, PredictTask } from "./messages.ts";
import type { TaskRoom } from "./worker.ts";

const CHUNK_ROWS = 65_536;

/** Tells the use of kernels: counts from the plans that ran, the measured seconds shared by their work. */
const meter = (bundle: Bundle, room: TaskRoom, seconds: number): void => {
  const work = bundle.work(room.device).flatMap(({ cost, runs }) =>
    [...cost.byKernel].map(([kernel, { calls, flops, bytes }]) => ({
      kernel,
      calls: calls * runs,
      flops: flops * runs,
      bytes: bytes * runs,
    })),
  );
  const total = work.reduce((sum, { flops, bytes }) => sum + flops + bytes, 0);
  for (const use of work)
    room.use({
      ...use,
      device: room.device.name,
      seconds: total > 0 ? (seconds * (use.flops + use.bytes)) / total : 0,
    });
};

export const predictTask = async (task: PredictTask, room: TaskRoom): Promise<PredictOutcome> => {
  using bundle = loadBundle(await room.store.read(task.bundleHash));
  const source = datasetSource(room.store, task.rows, { limits: room.settings.limits, signal: room.signal });
  const { label, inputs } = bundle.signature;
  const hasLabel = label !== null && source.columns.some((column) => column.name === label);
  const names = [...inputs.map((input) => input.name), ...(label !== null && hasLabel ? [label] : [])];
  let seconds = 0;
  const judge = createJudge(bundle, task, hasLabel);
  for (let from = 0; from < source.rowCount; from += CHUNK_ROWS) {
    room.signal.throwIfAborted();
    const to = Math.min(source.rowCount, from + CHUNK_ROWS);
    const chunk = await source.read(names, from, to);
    const start = performance.now();
    const said = await bundle.predict(chunk, { device: room.device, signal: room.signal });
    seconds += (performance.now() - start) / 1000;
    const { labels, probabilities, prediction, cluster, score } = said;
    judge.add(chunk, { labels, probabilities, prediction, cluster, score });
    room.progress(to / source.rowCount, `${to} of ${source.rowCount} rows predicted`);
    await room.hand({
      say: "predicted",
      answers: {
        labels: Int32Array.from(labels),
        probabilities: Float32Array.from(probabilities),
        prediction: Float32Array.from(prediction),
        cluster: Int32Array.from(cluster),
        score: Float32Array.from(score),
      },
    });
  }
  meter(bundle, room, seconds);
  return { kind: "predict", rowCount: source.rowCount, judged: judge.result() };
};
