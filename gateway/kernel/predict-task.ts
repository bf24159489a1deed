// Predicts a dataset version in a kernel thread, a chunk of rows after another.
import { type Bundle, columnOf, type Frame, loadBundle, valueAt } from "@millrace/core";
import { accuracy, logLoss, rocAuc } from "@millrace/core/metrics";
import { datasetSource } from "../data/dataset/read.ts";
import type { PredictOutcome, PredictTask } from "./messages.ts";
import type { TaskRoom } from "./worker.ts";

const CHUNK_ROWS = 65_536;

/** Class codes of a chunk's labels; undefined when one is missing or is no class of the model. */
const codesOf = (chunk: Frame, bundle: Bundle): Int32Array | undefined => {
  const { label } = bundle.signature;
  if (label === null) return undefined;
  const column = columnOf(chunk, label);
  const codes = new Map(bundle.signature.classes.map((name, code) => [String(name), code]));
  const result = new Int32Array(chunk.rowCount);
  for (let row = 0; row < chunk.rowCount; row++) {
    const value = valueAt(column, row);
    const code = value === null ? undefined : codes.get(String(value));
    if (code === undefined) return undefined;
    result[row] = code;
  }
  return result;
};

/** Truth and probabilities of all rows, kept only while every row so far had a label. */
const createJudge = (bundle: Bundle, rowCount: number, hasLabel: boolean) => {
  const width = bundle.signature.classes.length;
  let truth = hasLabel ? new Int32Array(rowCount) : undefined;
  let scores = hasLabel ? new Float32Array(rowCount * width) : undefined;
  const predicted = new Int32Array(hasLabel ? rowCount : 0);
  return {
    add(from: number, chunk: Frame, labels: Int32Array, probabilities: Float32Array): void {
      if (!truth || !scores) return;
      const codes = codesOf(chunk, bundle);
      if (!codes) {
        truth = undefined;
        scores = undefined;
        return;
      }
      truth.set(codes, from);
      predicted.set(labels, from);
      scores.set(probabilities, from * width);
    },
    result(): PredictOutcome["judged"] {
      if (!truth || !scores || rowCount === 0) return undefined;
      const classes = bundle.signature.classes.map((_, code) => code);
      const classCounts = new Array<number>(width).fill(0);
      for (const code of truth) classCounts[code] = (classCounts[code] ?? 0) + 1;
      const all = classCounts.every((count) => count > 0);
      return {
        metrics: {
          accuracy: accuracy(truth, predicted),
          ...(all ? { rocAuc: rocAuc(truth, scores, { classes }) } : {}),
          logLoss: logLoss(truth, scores, { classes }),
        },
        classCounts,
      };
    },
  };
};

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
  const { label, inputs, classes } = bundle.signature;
  const hasLabel = label !== null && source.columns.some((column) => column.name === label);
  const names = [...inputs.map((input) => input.name), ...(label !== null && hasLabel ? [label] : [])];
  let seconds = 0;
  const judge = createJudge(bundle, source.rowCount, hasLabel);
  for (let from = 0; from < source.rowCount; from += CHUNK_ROWS) {
    room.signal.throwIfAborted();
    const to = Math.min(source.rowCount, from + CHUNK_ROWS);
    const chunk = await source.read(names, from, to);
    const start = performance.now();
    const { labels, probabilities } = await bundle.predict(chunk, { device: room.device, signal: room.signal });
    seconds += (performance.now() - start) / 1000;
    judge.add(from, chunk, labels, probabilities);
    room.progress(to / source.rowCount, `${to} of ${source.rowCount} rows predicted`);
    await room.hand({
      say: "predicted",
      labels: Int32Array.from(labels),
      probabilities: Float32Array.from(probabilities),
      classes: classes.map(String),
    });
  }
  meter(bundle, room, seconds);
  return { kind: "predict", rowCount: source.rowCount, judged: judge.result() };
};
