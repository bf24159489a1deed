// Whether a specification fits the columns of a dataset version: told before a job is queued, at the step at fault,
// and not after minutes of reading.
import type { InputPath } from "../error.ts";
import { LabelDoesNotFit, StepDoesNotFit, UnknownColumn } from "./errors.ts";
import type { ColumnGroup, PipelineSpecification, Step } from "./specification.ts";
import { inputField } from "./validation.ts";

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

const imputed = (column: FitColumn, stage: Stage, step: Step & { kind: "SimpleImputer" }, path: InputPath): Stage => {
  if (!stage.averages && (step.strategy === "mean" || step.strategy === "median")) {
    throw new StepDoesNotFit(
      column.name,
      `"${column.name}" holds ${stage.numeric ? "categories" : "text"}, which have no ${step.strategy}: choose MOST_FREQUENT or CONSTANT.`,
      [...path, "strategy"],
    );
  }
  if (step.fillValue !== null && !stage.encoded && !fillValueFits(column, step.fillValue)) {
    throw new StepDoesNotFit(
      column.name,
      `"${column.name}" is ${column.type}; the fillValue is a ${typeof step.fillValue}.`,
      [...path, "fillValue"],
    );
  }
  return { ...stage, missing: false };
};

const afterStep = (column: FitColumn, stage: Stage, step: Step, path: InputPath): Stage => {
  const at = [...path, inputField[step.kind]];
  switch (step.kind) {
    case "SimpleImputer":
      return imputed(column, stage, step, at);
    case "StandardScaler":
      if (stage.numeric) return stage;
      throw new StepDoesNotFit(
        column.name,
        `StandardScaler takes numbers and "${column.name}" is text here: put a OneHotEncoder before it.`,
        at,
      );
    case "OneHotEncoder":
      if (stage.encoded) throw new StepDoesNotFit(column.name, `"${column.name}" is encoded already.`, at);
      return { numeric: true, encoded: true, missing: false, averages: true };
  }
};

const checkColumn = (column: FitColumn, group: ColumnGroup, index: number, position: number): void => {
  const path = ["features", index, "columns", position];
  if (column.type === "TIMESTAMP") {
    throw new StepDoesNotFit(
      column.name,
      `"${column.name}" is a timestamp: derive numbers from it first, such as its hour or month, with deriveDataset.`,
      path,
    );
  }
  const encodes = group.steps.some((step) => step.kind === "OneHotEncoder");
  let stage: Stage = {
    numeric: column.type !== "TEXT",
    encoded: false,
    missing: column.missingCount > 0,
    averages: column.type !== "TEXT" && !(column.type === "BOOLEAN" && encodes),
  };
  for (const [step, value] of group.steps.entries()) {
    stage = afterStep(column, stage, value, ["features", index, "steps", step]);
  }
  if (!stage.numeric) {
    throw new StepDoesNotFit(
      column.name,
      `"${column.name}" is text to the end: add a OneHotEncoder to its steps.`,
      path,
    );
  }
  if (stage.missing) {
    throw new StepDoesNotFit(
      column.name,
      `"${column.name}" misses ${column.missingCount} values and no step fills them: add a SimpleImputer.`,
      path,
    );
  }
};

const checkLabel = (column: FitColumn): void => {
  const path = ["label", "column"];
  if (column.type === "FLOAT" || column.type === "TIMESTAMP") {
    throw new LabelDoesNotFit(
      column.name,
      `A class label is TEXT, BOOLEAN or INTEGER; "${column.name}" is ${column.type}: derive classes from it first.`,
      path,
    );
  }
  if (column.missingCount > 0) {
    throw new LabelDoesNotFit(
      column.name,
      `The label "${column.name}" is missing in ${column.missingCount} rows: filter them out with deriveDataset.`,
      path,
    );
  }
};

/**
 * Checks a sound specification against a dataset version's columns.
 *
 * @throws UnknownColumn, StepDoesNotFit or LabelDoesNotFit with the path of the first fault.
 */
export const checkFit = (specification: PipelineSpecification, schema: readonly FitColumn[]): void => {
  const columns = new Map(schema.map((column) => [column.name, column]));
  const find = (name: string, path: InputPath): FitColumn => {
    const column = columns.get(name);
    if (column) return column;
    throw new UnknownColumn(name, [...columns.keys()], path);
  };
  for (const [index, group] of specification.features.entries()) {
    for (const [position, name] of group.columns.entries()) {
      checkColumn(find(name, ["features", index, "columns", position]), group, index, position);
    }
  }
  checkLabel(find(specification.label.column, ["label", "column"]));
  if (specification.split.kind !== "TimeOrdered") return;
  const path = ["split", inputField.TimeOrdered, "column"];
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
