// Judges the rows of a batch as they are predicted, chunk by chunk, when the dataset has the label in every row.
import { type Bundle, columnOf, type Frame, isValid, valueAt } from "@millrace/core";
import { type Figure, judge } from "@millrace/core/metrics";
import type { ModelAnswers } from "../domain/model/answers.ts";
import type { PredictTask } from "./messages.ts";

/** More classes than this are no classes. */
const mostClasses = 1000;

/** Collects chunks of a part of answers in one array. */
const gather = <Values extends Float32Array | Int32Array | Float64Array>(
  parts: readonly Values[],
  whole: Values,
): Values => {
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
};

const lengthOf = (parts: readonly { readonly length: number }[]): number =>
  parts.reduce((sum, { length }) => sum + length, 0);

/** Codes of a chunk's classes; undefined when a row has none, or one that the model does not know. */
const codesOf = (chunk: Frame, label: string, codes: Map<string, number>, known: boolean): Int32Array | undefined => {
  const column = columnOf(chunk, label);
  const result = new Int32Array(chunk.rowCount);
  for (let row = 0; row < chunk.rowCount; row++) {
    const value = valueAt(column, row);
    if (value === null) return undefined;
    const name = String(value);
    let code = codes.get(name);
    if (code === undefined) {
      if (known || codes.size === mostClasses) return undefined;
      code = codes.size;
      codes.set(name, code);
    }
    result[row] = code;
  }
  return result;
};

/** Quantities of a chunk; undefined when a row has none. */
const targetOf = (chunk: Frame, label: string): Float64Array | undefined => {
  const column = columnOf(chunk, label);
  if (column.kind !== "numeric") return undefined;
  const target = Float64Array.from({ length: chunk.rowCount }, (_, row) =>
    isValid(column, row) ? (column.values[row] ?? Number.NaN) : Number.NaN,
  );
  return target.every(Number.isFinite) ? target : undefined;
};

/** Classes in their order, as core sorts texts, and each row's place among them. */
const sortedCodes = (codes: ReadonlyMap<string, number>, truth: Int32Array): { names: string[]; truth: Int32Array } => {
  const names = [...codes.keys()].sort();
  const place = new Int32Array(names.length);
  names.forEach((name, at) => {
    place[codes.get(name) ?? 0] = at;
  });
  return { names, truth: truth.map((code) => place[code] ?? 0) };
};

/** A judge of a bundle's answers, kept only while every row so far had a label. */
export const createJudge = (bundle: Bundle, task: PredictTask, hasLabel: boolean) => {
  const { label, classes, task: of } = bundle.signature;
  const isQuantity = of === "regression" || of === "ranking";
  const known = of === "classification";
  const codes = new Map(classes.map((name, code): [string, number] => [String(name), code]));
  let judging = hasLabel && task.metrics.length > 0;
  const truths: Int32Array[] = [];
  const targets: Float64Array[] = [];
  const answered: ModelAnswers[] = [];
  return {
    add(chunk: Frame, answers: ModelAnswers): void {
      if (!judging || label === null) return;
      const truth = isQuantity ? undefined : codesOf(chunk, label, codes, known);
      const target = isQuantity ? targetOf(chunk, label) : undefined;
      if (truth) truths.push(truth);
      if (target) targets.push(target);
      judging = truth !== undefined || target !== undefined;
      if (judging) answered.push(answers);
      else answered.length = 0;
    },
    result(): readonly Figure[] | undefined {
      if (!judging || answered.length === 0) return undefined;
      const floats = (of: (answers: ModelAnswers) => Float32Array): Float32Array => {
        const parts = answered.map(of);
        return gather(parts, new Float32Array(lengthOf(parts)));
      };
      const wholes = (of: (answers: ModelAnswers) => Int32Array): Int32Array => {
        const parts = answered.map(of);
        return gather(parts, new Int32Array(lengthOf(parts)));
      };
      const read = gather(truths, new Int32Array(lengthOf(truths)));
      const { names, truth } = known ? { names: classes.map(String), truth: read } : sortedCodes(codes, read);
      const positive = task.positiveClass === null ? -1 : names.indexOf(task.positiveClass);
      return judge(
        {
          task: of,
          classCount: names.length,
          ...(positive < 0 ? {} : { positive }),
          ...(isQuantity ? { target: gather(targets, new Float64Array(lengthOf(targets))) } : { truth }),
          labels: wholes((own) => own.labels),
          probabilities: floats((own) => own.probabilities),
          prediction: floats((own) => own.prediction),
          cluster: wholes((own) => own.cluster),
          score: floats((own) => own.score),
        },
        task.metrics,
      );
    },
  };
};
