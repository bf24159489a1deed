// Whether a specification fits the columns of a dataset version: told before a job is queued, at the step at fault,
// and not after minutes of reading.
import type { EncodingStep } from "@millrace/core";
import { type EstimatorFacts, encodingStepKinds, estimatorFacts, numericStepFacts } from "@millrace/core/tables";
import type { InputPath } from "../error.ts";
import { fieldOf } from "./declaration.ts";
import { LabelDoesNotFit, StepDoesNotFit, UnknownColumn } from "./errors.ts";
import type { ColumnGroup, PipelineSpecification, Step } from "./specification.ts";

/** A column as the fit needs to know it; a dataset version's own schema is a list of these. */
export type FitColumn = {
  name: string;
  type: "INTEGER" | "FLOAT" | "BOOLEAN" | "TEXT" | "TIMESTAMP";
  missingCount: number;
};

/** What a column is between two steps. */
type Stage = {
  numeric: boolean;
  encoded: boolean;
  missing: boolean;
  /** A mean can be had: of numbers, and of truth values that do not become categories. */
  averages: boolean;
};

const fillValueFits = (column: FitColumn, value: number | string | boolean): boolean => {
  if (column.type === "TEXT") return typeof value === "string";
  if (column.type === "BOOLEAN") return typeof value === "boolean";
  return typeof value === "number";
};

type EncoderKind = EncodingStep["kind"];

const isEncoder = (kind: string): boolean => encodingStepKinds().includes(kind);

const imputed = (column: FitColumn, stage: Stage, step: Step & { kind: "SimpleImputer" }, path: InputPath): Stage => {
  if (!stage.averages && (step.strategy === "mean" || step.strategy === "median")) {
    throw new StepDoesNotFit(
      column.name,
      `"${column.name}" holds ${stage.numeric ? "categories" : "text"}, which have no ${step.strategy}: choose MOST_FREQUENT or CONSTANT.`,
      [...path, "strategy"],
    );
  }
  const { fillValue = null } = step;
  if (fillValue !== null && !stage.encoded && !fillValueFits(column, fillValue)) {
    throw new StepDoesNotFit(
      column.name,
      `"${column.name}" is ${column.type}; the fillValue is a ${typeof fillValue}.`,
      [...path, "fillValue"],
    );
  }
  return { ...stage, missing: false };
};

/** An encoder's features are numbers; missing is a category to all but the ordinal one, which may leave it missing. */
const encodedBy = (column: FitColumn, stage: Stage, step: Step & { kind: EncoderKind }, path: InputPath): Stage => {
  if (stage.encoded) throw new StepDoesNotFit(column.name, `"${column.name}" is encoded already.`, path);
  if (step.kind === "TextHashing" && column.type !== "TEXT")
    throw new StepDoesNotFit(column.name, `TextHashing takes text and "${column.name}" is ${column.type}.`, path);
  const staysMissing = step.kind === "OrdinalEncoder" && (step.encodedMissingValue ?? null) === null;
  return { numeric: true, encoded: true, missing: stage.missing && staysMissing, averages: true };
};

/** A step over numbers that core has a definition of. */
const overNumbers = async (column: FitColumn, stage: Stage, step: Step, path: InputPath): Promise<Stage> => {
  const refuse = (why: string): never => {
    throw new StepDoesNotFit(column.name, `${step.kind} takes ${why}`, path);
  };
  if (!stage.numeric)
    refuse(`numbers and "${column.name}" is text here: put an encoder before it, such as OneHotEncoder.`);
  if (stage.encoded) refuse(`numbers and "${column.name}" is encoded: give it a group of its own.`);
  const facts = await numericStepFacts(step);
  if (stage.missing && facts?.takesMissing === false) {
    refuse(`no missing values and "${column.name}" misses ${column.missingCount}: put a SimpleImputer before it.`);
  }
  return { ...stage, missing: stage.missing && facts?.fills !== true };
};

const afterStep = async (column: FitColumn, stage: Stage, step: Step, path: InputPath): Promise<Stage> => {
  const at = [...path, fieldOf(step.kind)];
  switch (step.kind) {
    case "SimpleImputer":
      return imputed(column, stage, step, at);
    case "StandardScaler":
      if (stage.numeric) return stage;
      throw new StepDoesNotFit(
        column.name,
        `StandardScaler takes numbers and "${column.name}" is text here: put an encoder before it, such as OneHotEncoder.`,
        at,
      );
    case "OneHotEncoder":
    case "TargetEncoder":
    case "FrequencyEncoder":
    case "HashingEncoder":
    case "TextHashing":
    case "OrdinalEncoder":
      return encodedBy(column, stage, step, at);
    case "DateFeatures":
      if (column.type === "TIMESTAMP") return { ...stage, numeric: true, averages: true };
      throw new StepDoesNotFit(
        column.name,
        `DateFeatures takes timestamps and "${column.name}" is ${column.type}.`,
        at,
      );
    default:
      return overNumbers(column, stage, step, at);
  }
};

const checkColumn = async (
  column: FitColumn,
  group: ColumnGroup,
  { takesMissing }: EstimatorFacts,
  [index, position]: readonly [group: number, position: number],
): Promise<void> => {
  const path = ["features", index, "columns", position];
  if (column.type === "TIMESTAMP" && group.steps[0]?.kind !== "DateFeatures") {
    throw new StepDoesNotFit(
      column.name,
      `"${column.name}" is a timestamp: put DateFeatures first, which make numbers of it.`,
      path,
    );
  }
  const encodes = group.steps.some((step) => isEncoder(step.kind));
  let stage: Stage = {
    numeric: column.type !== "TEXT",
    encoded: false,
    missing: column.missingCount > 0,
    averages: column.type !== "TEXT" && !(column.type === "BOOLEAN" && encodes),
  };
  for (const [step, value] of group.steps.entries()) {
    stage = await afterStep(column, stage, value, ["features", index, "steps", step]);
  }
  if (!stage.numeric) {
    throw new StepDoesNotFit(
      column.name,
      `"${column.name}" is text to the end: add an encoder to its steps, such as OneHotEncoder.`,
      path,
    );
  }
  if (stage.missing && !takesMissing) {
    throw new StepDoesNotFit(
      column.name,
      `"${column.name}" misses ${column.missingCount} values and no step fills them: add a SimpleImputer.`,
      path,
    );
  }
};

const checkLabel = (column: FitColumn, { task }: EstimatorFacts): void => {
  const path = ["label", "column"];
  const { name, type } = column;
  if (task === "regression" || task === "ranking") {
    if (type !== "INTEGER" && type !== "FLOAT") {
      throw new LabelDoesNotFit(
        name,
        `A quantity is INTEGER or FLOAT; "${name}" is ${type}: choose a classifier.`,
        path,
      );
    }
  } else if (type === "FLOAT" || type === "TIMESTAMP") {
    throw new LabelDoesNotFit(
      name,
      `A class label is TEXT, BOOLEAN or INTEGER; "${name}" is ${type}: choose a regressor, or derive classes from it first.`,
      path,
    );
  }
  if (column.missingCount > 0) {
    throw new LabelDoesNotFit(
      name,
      `The label "${name}" is missing in ${column.missingCount} rows: filter them out with deriveDataset.`,
      path,
    );
  }
};

/**
 * Checks a sound specification against a dataset version's columns.
 *
 * @throws UnknownColumn, StepDoesNotFit or LabelDoesNotFit with the path of the first fault.
 */
export const checkFit = async (specification: PipelineSpecification, schema: readonly FitColumn[]): Promise<void> => {
  const facts = await estimatorFacts(specification.estimator);
  const columns = new Map(schema.map((column) => [column.name, column]));
  const find = (name: string, path: InputPath): FitColumn => {
    const column = columns.get(name);
    if (column) return column;
    throw new UnknownColumn(name, [...columns.keys()], path);
  };
  for (const [index, group] of specification.features.entries()) {
    for (const [position, name] of group.columns.entries()) {
      const column = find(name, ["features", index, "columns", position]);
      await checkColumn(column, group, facts, [index, position]);
    }
  }
  if (specification.label) checkLabel(find(specification.label.column, ["label", "column"]), facts);
  if (specification.split.kind !== "TimeOrdered") return;
  const path = ["split", fieldOf("TimeOrdered"), "column"];
  const time = find(specification.split.column, path);
  if (time.type === "TEXT" || time.type === "BOOLEAN") {
    throw new StepDoesNotFit(
      time.name,
      `A time-ordered split needs a TIMESTAMP or a number; "${time.name}" is ${time.type}.`,
      path,
    );
  }
  if (time.missingCount > 0) {
    throw new StepDoesNotFit(
      time.name,
      `"${time.name}" is missing in ${time.missingCount} rows, which have no place in the order.`,
      path,
    );
  }
};
