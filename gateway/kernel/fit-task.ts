// Fits a pipeline in a kernel thread.
import { type Bundle, fitPipeline, saveBundle } from "@millrace/core";
import { datasetSource } from "../data/dataset/read.ts";
import type { BundleSignature } from "../domain/model/record.ts";
import type { FitOutcome, FitTask } from "./messages.ts";
import type { TaskRoom } from "./worker.ts";

/** Between checkpoints, and the least multiple of a checkpoint's own time. */
const CHECKPOINT_MILLISECONDS = 1_000;
const LEAST_MULTIPLE = 20;

/** A copy in memory of its own, which can be transferred. */
const owned = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(bytes);

const answerOf = ({ signature, graph }: Bundle): BundleSignature["answer"] => {
  const given = { classification: "margins", regression: "value", ranking: "value", clustering: "cluster" } as const;
  if (signature.task === "outlierDetection") return "score";
  return Object.hasOwn(graph.outputs, "probabilities") ? "probabilities" : given[signature.task];
};

/** The score above which a row is an outlier, where the model found one. */
const thresholdOf = ({ state }: Bundle): number | null =>
  typeof state === "object" && state !== null && "threshold" in state && typeof state.threshold === "number"
    ? state.threshold
    : null;

export const fitTask = async (task: FitTask, room: TaskRoom): Promise<FitOutcome> => {
  const { specification } = task;
  let last = performance.now();
  let wait = CHECKPOINT_MILLISECONDS;
  const fit = await fitPipeline({
    source: datasetSource(room.store, task.rows, { limits: room.settings.limits, signal: room.signal }),
    features: specification.features,
    label: specification.label,
    estimator: specification.estimator,
    split: specification.split,
    metrics: specification.metrics,
    seed: specification.seed,
    device: room.device,
    signal: room.signal,
    provenance: task.provenance,
    onProgress: ({ fraction, message, epoch, epochs, loss }) => {
      const epochText =
        epoch === undefined || epochs === undefined ? "" : `, epoch ${Math.min(epochs, epoch + 1)} of ${epochs}`;
      room.progress(fraction, `${message}${epochText}${loss === undefined ? "" : `, loss ${loss.toFixed(4)}`}`);
    },
    onMetric: room.point,
    onUsage: room.use,
    checkpoint: {
      due: () => performance.now() - last >= wait,
      save: async ({ position, state }) => {
        const start = performance.now();
        await room.hand({ say: "checkpoint", position: { ...position }, state: owned(state) });
        last = performance.now();
        wait = Math.max(CHECKPOINT_MILLISECONDS, LEAST_MULTIPLE * (last - start));
      },
      resume: task.resume,
    },
  });
  using bundle = fit.bundle;
  const { task: answers, inputs, classes } = bundle.signature;
  return {
    kind: "fit",
    bundle: owned(saveBundle(bundle)),
    signature: { task: answers, answer: answerOf(bundle), threshold: thresholdOf(bundle), inputs, classes },
    figures: fit.figures,
    splitHash: fit.split.hash,
    rows: fit.rows,
  };
};
