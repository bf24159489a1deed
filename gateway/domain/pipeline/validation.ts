// What makes a specification sound by itself: each column once, the label not a feature, options that go together, metrics of
// the estimator's task. Each option's own range is checked where it comes in (declaration.ts); fit to a dataset's columns is
// in fit.ts, since it needs one.
import { ArgumentError } from "@millrace/core";
import { metricsOf, usualMetrics } from "@millrace/core/metrics";
import { checkEstimator, checkStep, type EstimatorTask, estimatorFacts } from "@millrace/core/tables";
import { type InputPath, InvalidInput } from "../error.ts";
import { fieldOf } from "./declaration.ts";
import { DuplicateColumn, LabelAmongFeatures } from "./errors.ts";
import type { Metric } from "./metrics.ts";
import type { PipelineSpecification, Step } from "./specification.ts";

/** A specification before the metrics that are usual for its task are filled in. */
export type NewSpecification = Omit<PipelineSpecification, "metrics"> & { metrics: Metric[] | undefined };

/** What core finds wrong with options that go together is wrong with the input. */
const asked = async (check: Promise<void>, path: InputPath): Promise<void> => {
  try {
    await check;
  } catch (error) {
    if (error instanceof ArgumentError) throw new InvalidInput(error.message, path);
    throw error;
  }
};

const checkOwn = async (step: Step, path: InputPath): Promise<void> => {
  const own = [...path, fieldOf(step.kind)];
  await asked(checkStep(step), own);
  if (step.kind !== "SimpleImputer") return;
  const at = [...own, "fillValue"];
  const { strategy, fillValue = null } = step;
  if (strategy === "constant" && fillValue === null) {
    throw new InvalidInput("The strategy CONSTANT needs a fillValue.", at);
  }
  if (strategy !== "constant" && fillValue !== null) {
    throw new InvalidInput("fillValue goes with the strategy CONSTANT alone: drop it, or choose that strategy.", at);
  }
};

const checkFeatures = async ({ features, label }: NewSpecification): Promise<void> => {
  if (features.length === 0) throw new InvalidInput("A pipeline has at least one group of columns.", ["features"]);
  const seen = new Set<string>();
  for (const [group, { columns, steps }] of features.entries()) {
    if (columns.length === 0) {
      throw new InvalidInput("A group names at least one column.", ["features", group, "columns"]);
    }
    for (const [position, column] of columns.entries()) {
      const path = ["features", group, "columns", position];
      if (column === label?.column) throw new LabelAmongFeatures(column, path);
      if (seen.has(column)) throw new DuplicateColumn(column, path);
      seen.add(column);
    }
    for (const [position, step] of steps.entries()) await checkOwn(step, ["features", group, "steps", position]);
  }
};

const learns: ReadonlySet<EstimatorTask> = new Set(["classification", "regression", "ranking"]);

/** Steps that look at what is learnt. */
const supervised: ReadonlySet<string> = new Set<Step["kind"]>(["TargetEncoder", "SelectKBest", "SelectPercentile"]);

const checkSupervised = ({ features, estimator }: NewSpecification, task: EstimatorTask): void => {
  if (learns.has(task)) return;
  for (const [group, { steps }] of features.entries())
    for (const [position, { kind }] of steps.entries())
      if (supervised.has(kind))
        throw new InvalidInput(`${kind} looks at what is learnt, and ${estimator.kind} learns no column.`, [
          "features",
          group,
          "steps",
          position,
          fieldOf(kind),
        ]);
};

const checkLabel = ({ label, estimator }: NewSpecification, task: EstimatorTask): void => {
  if (!label && learns.has(task)) {
    throw new InvalidInput(`${estimator.kind} learns a column: name it as the label.`, ["label"]);
  }
  if (task === "regression" && label && label.positiveClass !== null) {
    throw new InvalidInput(`${estimator.kind} learns a quantity, which has no classes: take positiveClass out.`, [
      "label",
      "positiveClass",
    ]);
  }
};

const beside: ReadonlySet<Metric["kind"]> = new Set(["adjustedRand", "normalisedMutualInformation"]);

/** Whether a metric wants a label that the task does not. */
const wantsLabel = (task: EstimatorTask, kind: Metric["kind"]): boolean =>
  task === "outlierDetection" || (task === "clustering" && beside.has(kind));

const metricsFor = ({ metrics, label, estimator }: NewSpecification, task: EstimatorTask): Metric[] => {
  if (metrics === undefined) {
    return usualMetrics(task)
      .filter((kind) => label !== null || !wantsLabel(task, kind))
      .map((kind) => ({ kind }));
  }
  const known = metricsOf(task);
  if (metrics.length === 0 && known.some((kind) => label !== null || !wantsLabel(task, kind))) {
    throw new InvalidInput("Choose at least one metric.", ["metrics"]);
  }
  const seen = new Set<string>();
  for (const [index, metric] of metrics.entries()) {
    const path = ["metrics", index, metric.kind];
    if (!known.includes(metric.kind)) {
      throw new InvalidInput(
        `${metric.kind} does not measure ${estimator.kind}, whose task is ${task}. There are: ${known.join(", ")}.`,
        path,
      );
    }
    if (!label && wantsLabel(task, metric.kind)) {
      throw new InvalidInput(`${metric.kind} compares with a label: name one, or take the metric out.`, path);
    }
    const text = JSON.stringify(metric);
    if (seen.has(text)) throw new InvalidInput("Name each metric once, or with other choices.", ["metrics"]);
    seen.add(text);
  }
  return metrics;
};

/**
 * Checks a specification by itself, and gives it with its metrics.
 *
 * @throws InvalidInput, DuplicateColumn or LabelAmongFeatures with the path of the first fault.
 */
export const checkSpecification = async (specification: NewSpecification): Promise<PipelineSpecification> => {
  const { estimator } = specification;
  await checkFeatures(specification);
  await asked(checkEstimator(estimator), ["estimator", fieldOf(estimator.kind)]);
  const { task } = await estimatorFacts(estimator);
  checkLabel(specification, task);
  checkSupervised(specification, task);
  return { ...specification, metrics: metricsFor(specification, task) };
};
