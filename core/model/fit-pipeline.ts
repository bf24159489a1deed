// Data in, judged model out: labels, split, one pass of statistics, rows made resident, training, a bundle, its judgement.
import { ArgumentError } from "@millrace/kernels";
import { type Bundle, makeBundle } from "../bundle/bundle.ts";
import { type BundleContent, signatureOf } from "../bundle/content.ts";
import type { Device } from "../device/device.ts";
import type { ColumnSource } from "../frame/source.ts";
import { fitColumnPipeline } from "../preprocess/fit-columns.ts";
import type { ColumnGroup } from "../preprocess/steps.ts";
import { applyRowSteps } from "../sample/apply-row-steps.ts";
import type { RowStep } from "../sample/row-step.ts";
import type { SMOTE } from "../sample/smote.ts";
import type { Confusion } from "../validate/classification.ts";
import type { Figure } from "../validate/judge.ts";
import type { ClassLabel } from "../validate/label-codes.ts";
import type { MetricSpecification } from "../validate/metric/table.ts";
import { heldOutRows, trainingRows } from "../validate/partition.ts";
import { checkSeed } from "../validate/random-stream.ts";
import type { Split, SplitSpecification } from "../validate/split.ts";
import { breather } from "./breath.ts";
import { checkNetwork } from "./check-network.ts";
import type { CheckpointOptions } from "./checkpoint.ts";
import { readClassLabels } from "./class-labels.ts";
import type { EstimatorTask } from "./estimator.ts";
import { definitionOf } from "./estimators.ts";
import { checkMetrics, evaluateBundle } from "./evaluate.ts";
import { type Answers, fitMatrix } from "./fit-matrix.ts";
import { type FitRoom, fitNetwork } from "./fit-network.ts";
import { makeSplit } from "./make-split.ts";
import { readTarget } from "./read-target.ts";
import { checkRows } from "./resident.ts";
import { type Estimator, isNetwork } from "./specification.ts";
import type { TrainingReport } from "./training.ts";
import { type KernelUsage, UsageMeter } from "./usage.ts";

/** How far a fit is. */
export interface FitProgress {
  readonly phase: "labels" | "statistics" | "encode" | "train" | "evaluate";
  /** Of the whole, 0 to 1. */
  readonly fraction: number;
  readonly message: string;
  /** Training steps, epochs and losses, while it trains. */
  readonly step?: number;
  readonly epoch?: number;
  readonly epochs?: number;
  readonly loss?: number;
  readonly validationLoss?: number;
}

/** What fitPipeline fits, and on which rows. */
export interface FitOptions {
  readonly source: ColumnSource;
  readonly features: readonly ColumnGroup[];
  /** The column to learn; of clusters and outliers, which learn none, classes to judge by, or null. */
  readonly label?: {
    readonly column: string;
    /** Of two classes, the one (as text) that precision, recall, f1 and ROC AUC speak of; the last if left out. */
    readonly positiveClass?: string | null;
  } | null;
  readonly estimator: Estimator;
  readonly split: SplitSpecification | Split;
  /** What leaves out training rows before anything is fitted; held-out rows all stay. Default: nothing. */
  readonly rowSteps?: readonly RowStep[] | undefined;
  /** Rows made up for classes that have few, between the encoded training rows. For classifiers over a matrix. */
  readonly oversampling?: SMOTE | undefined;
  /** By name, or with choices. Default: those of the estimator's task that are usual. */
  readonly metrics?: readonly (MetricSpecification["kind"] | MetricSpecification)[];
  /** Seeds first weights, the order of batches and the validation rows. */
  readonly seed: number;
  readonly device: Device;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: FitProgress) => void) | undefined;
  /** Points of curves, "loss" and "validationLoss"; the step grows strictly within a series. */
  readonly onMetric?: ((series: string, step: number, value: number) => void) | undefined;
  /** Use of kernels since the last call; called before each checkpoint and at the end. */
  readonly onUsage?: ((use: KernelUsage) => void) | undefined;
  readonly checkpoint?: CheckpointOptions | undefined;
  /** Texts kept in the bundle. */
  readonly provenance?: Readonly<Record<string, string>>;
}

/** A fitted pipeline as a bundle, with how well it does on the held-out rows. */
export interface FitResult {
  readonly bundle: Bundle;
  /** Of the held-out rows, by name (of one with several choices, the first); a metric that they do not allow is left out. */
  readonly metrics: Readonly<Partial<Record<MetricSpecification["kind"], number>>>;
  /** The same in the order asked for, each with its choices and what a constant would get. */
  readonly figures: readonly Figure[];
  /** Of a classification; else without classes. */
  readonly confusion: Confusion;
  readonly split: Split;
  readonly usage: readonly KernelUsage[];
  /** Rows that were fitted on, and judged on. The split of the bundle says what each row step left out. */
  readonly rows: { readonly training: number; readonly heldOut: number };
}

/** Shares of the phases in the whole, for progress alone. */
const phases = {
  labels: { from: 0, to: 0.03, message: "reading labels" },
  statistics: { from: 0.03, to: 0.08, message: "learning statistics of the training rows" },
  encode: { from: 0.08, to: 0.15, message: "encoding the rows" },
  train: { from: 0.15, to: 0.92, message: "training" },
  evaluate: { from: 0.92, to: 1, message: "predicting the held-out rows" },
} as const;

const positiveOf = (classes: readonly ClassLabel[], wanted: string | null | undefined): ClassLabel | undefined => {
  if (wanted === null || wanted === undefined) return undefined;
  const found = classes.find((own) => String(own) === wanted);
  if (found === undefined)
    throw new ArgumentError(
      `positiveClass "${wanted}" is no class of the label; the classes are ${classes.join(", ")}`,
    );
  return found;
};

/** What the label says of each row, as the task takes it. */
const readAnswers = async (
  source: ColumnSource,
  task: EstimatorTask,
  label: FitOptions["label"],
  onChunk: (rows: number) => Promise<void>,
): Promise<Answers> => {
  if (task === "clustering" || task === "outlierDetection")
    return label ? readClassLabels(source, label.column, onChunk) : { classes: [] };
  if (!label) throw new ArgumentError(`${task} learns a column: name it as the label`);
  if (task === "classification") return readClassLabels(source, label.column, onChunk);
  return { classes: [], target: await readTarget(source, label.column, onChunk) };
};

const checkOptions = (options: FitOptions): void => {
  checkSeed(options.seed);
  const column = options.label?.column;
  if (column !== undefined && options.features.some((group) => group.columns.includes(column)))
    throw new ArgumentError(
      `the label "${column}" is among the features, so the model would see its answer: take it out`,
    );
};

/** See fit.ts. */
export const fitPipeline = async (options: FitOptions): Promise<FitResult> => {
  checkOptions(options);
  const { source, features, estimator, device, signal, seed } = options;
  const meter = new UsageMeter(device.name, options.onUsage);
  const breathe = breather(signal);
  const progress = (
    phase: FitProgress["phase"],
    within: number,
    more: Omit<FitProgress, "phase" | "fraction" | "message"> = {},
  ) => {
    const { from, to, message } = phases[phase];
    options.onProgress?.({ phase, fraction: from + (to - from) * Math.min(1, within), message, ...more });
  };
  const counted = (phase: FitProgress["phase"], total: number) => {
    let done = 0;
    progress(phase, 0);
    return async (rows: number): Promise<void> => {
      done += rows;
      progress(phase, done / Math.max(1, total));
      await breathe();
    };
  };
  const began = performance.now();
  const definition = isNetwork(estimator) ? undefined : await definitionOf(estimator.kind);
  if (isNetwork(estimator)) checkNetwork(estimator);
  else definition?.check(estimator);
  const task = definition?.task ?? (estimator.kind === "MLPRegressor" ? "regression" : "classification");
  const metrics = checkMetrics(task, options.metrics);
  if (options.oversampling && (task !== "classification" || !definition))
    throw new ArgumentError(
      `oversampling evens out classes, but ${estimator.kind} ${definition ? `is for ${task}` : "reads its rows batch by batch; weigh them, or take a classifier over a matrix"}`,
    );
  const answers = await readAnswers(source, task, options.label, counted("labels", source.rowCount));
  const { classes, codes } = answers;
  const positive = positiveOf(classes, options.label?.positiveClass);
  const split = await makeSplit(source, options.split, codes);
  const { rows: training, counts } = await applyRowSteps(trainingRows(source, split), options.rowSteps ?? [], seed);
  const onChunk = counted("statistics", training.rowCount);
  // Where the estimator takes gaps as they are, a column that nothing fills brings them.
  const groups = definition?.takesMissing ? features.map((group) => ({ ...group, allowMissing: true })) : features;
  const { target } = answers;
  const pipeline = await fitColumnPipeline(training, groups, {
    signal,
    onChunk,
    device,
    codes: task === "classification" ? codes : undefined,
    classes,
    target,
  });
  const held = heldOutRows(source, split);
  const onEncoded = counted("encode", source.rowCount);
  const room: FitRoom = {
    pipeline,
    training,
    seed,
    device,
    signal,
    checkpoint: options.checkpoint,
    meter,
    oversampling: options.oversampling,
    report: ({ step, epoch, epochs, fraction, ...losses }: TrainingReport): void => {
      if (losses.loss !== undefined) options.onMetric?.("loss", step, losses.loss);
      if (losses.validationLoss !== undefined) options.onMetric?.("validationLoss", step, losses.validationLoss);
      progress("train", fraction, { step, epoch, epochs, ...losses });
    },
    onEncoded,
    beforeTraining: async () => {
      await checkRows(pipeline, held, onEncoded);
      meter.add("host", { calls: 1, flops: 0, bytes: 0, seconds: (performance.now() - began) / 1000 });
      progress("train", 0);
    },
  };
  const fitted =
    definition === undefined && isNetwork(estimator)
      ? await fitNetwork(estimator, answers, room)
      : await fitMatrix(estimator, definition ?? (await definitionOf(estimator.kind)), answers, room);

  const { specification, rowCount, heldOutCount, hash } = split;
  const content: Omit<BundleContent, "metrics" | "cost"> = {
    signature: signatureOf(pipeline, {
      task,
      label: options.label?.column ?? null,
      classes: task === "classification" ? classes : [],
    }),
    pipeline,
    estimator,
    ...fitted,
    split: {
      specification,
      rowCount,
      heldOutCount,
      hash,
      ...(counts.length > 0 ? { rowSteps: counts } : {}),
    },
    seed,
    provenance: { device: device.name, ...options.provenance },
  };
  const none = { flops: 0, bytes: 0, seconds: 0 };
  using draft = makeBundle({ ...content, metrics: {}, cost: none });
  const judged = performance.now();
  const { figures, confusion } = await evaluateBundle(draft, held, answers, {
    device,
    metrics,
    positive,
    signal,
    onChunk: counted("evaluate", held.rowCount),
  });
  for (const { cost, runs } of draft.work(device)) meter.addPlan(cost, runs, 0);
  meter.add("host", { calls: 1, flops: 0, bytes: 0, seconds: (performance.now() - judged) / 1000 });
  meter.flush();
  const usage = meter.total;
  const sum = (of: (use: KernelUsage) => number): number => usage.reduce((total, use) => total + of(use), 0);
  const cost = { flops: sum((use) => use.flops), bytes: sum((use) => use.bytes), seconds: sum((use) => use.seconds) };
  const byName = Object.fromEntries(figures.toReversed().map(({ metric, value }) => [metric.kind, value]));
  return {
    bundle: makeBundle({ ...content, metrics: byName, cost }),
    metrics: byName,
    figures,
    confusion,
    split,
    usage,
    rows: { training: training.rowCount, heldOut: held.rowCount },
  };
};
