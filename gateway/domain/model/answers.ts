// What models answer, by task: as the compute core gives it, as a row of a request gets it, and as the columns of a
// prediction set.
import type { ColumnSchema, ColumnTypeName } from "../../data/schema.ts";
import type { Signature } from "./record.ts";

/** What a model says of some rows, as the compute core gives it; what its task does not speak of is empty. */
export type ModelAnswers = {
  /** The class of each row, as an index into the signature's classes. */
  readonly labels: Int32Array;
  /** [rows, classes]. */
  readonly probabilities: Float32Array;
  readonly prediction: Float32Array;
  readonly cluster: Int32Array;
  /** How unusual each row is; of a classifier of margins [rows, classes]. */
  readonly score: Float32Array;
};

export type ClassFigure = { class: string; value: number };

/** What a model says of one row. */
export type PredictedRow =
  | { kind: "PredictedClass"; class: string; probabilities: ClassFigure[] | null; margins: ClassFigure[] | null }
  | { kind: "PredictedValue"; value: number }
  | { kind: "PredictedCluster"; cluster: number }
  | { kind: "PredictedOutlier"; score: number; outlier: boolean };

const figuresOf = (classes: readonly string[], figures: Float32Array, row: number): ClassFigure[] =>
  classes.map((name, index) => ({ class: name, value: figures[row * classes.length + index] ?? Number.NaN }));

const isOutlier = ({ threshold }: Signature, score: number): boolean => score > (threshold ?? Number.POSITIVE_INFINITY);

const rowOf = (signature: Signature, answers: ModelAnswers, row: number): PredictedRow => {
  const { labels, probabilities, prediction, cluster, score } = answers;
  const classes = signature.label?.classes ?? [];
  switch (signature.answer) {
    case "probabilities":
    case "margins": {
      const hasProbabilities = signature.answer === "probabilities";
      return {
        kind: "PredictedClass",
        class: classes[labels[row] ?? 0] ?? "",
        probabilities: hasProbabilities ? figuresOf(classes, probabilities, row) : null,
        margins: hasProbabilities ? null : figuresOf(classes, score, row),
      };
    }
    case "value":
      return { kind: "PredictedValue", value: prediction[row] ?? Number.NaN };
    case "cluster":
      return { kind: "PredictedCluster", cluster: cluster[row] ?? -1 };
    case "score": {
      const own = score[row] ?? Number.NaN;
      return { kind: "PredictedOutlier", score: own, outlier: isOutlier(signature, own) };
    }
  }
};

/** What a model says of each row. Of classes that are equally probable, the first in the signature is named. */
export const toPredictedRows = (signature: Signature, answers: ModelAnswers, rowCount: number): PredictedRow[] =>
  Array.from({ length: rowCount }, (_, row) => rowOf(signature, answers, row));

/** A column of a prediction set, and its values in the answers. */
export type AnswerColumn =
  | { readonly name: string; readonly type: "TEXT"; readonly codes: (answers: ModelAnswers) => Int32Array }
  | {
      readonly name: string;
      readonly type: "FLOAT" | "INTEGER";
      readonly values: (answers: ModelAnswers) => Float64Array;
    }
  | { readonly name: string; readonly type: "BOOLEAN"; readonly truths: (answers: ModelAnswers) => readonly boolean[] };

const everyNth = (figures: Float32Array, width: number, at: number): Float64Array =>
  Float64Array.from({ length: figures.length / width }, (_, row) => figures[row * width + at] ?? Number.NaN);

/** The columns of a prediction set's files, in order. Rows are those of the dataset version, in its order. */
export const answerColumns = (signature: Signature): AnswerColumn[] => {
  const classes = signature.label?.classes ?? [];
  switch (signature.answer) {
    case "probabilities":
    case "margins": {
      const [what, of] =
        signature.answer === "probabilities"
          ? (["probability", "probabilities"] as const)
          : (["margin", "score"] as const);
      return [
        { name: "prediction", type: "TEXT", codes: ({ labels }) => labels },
        ...classes.map(
          (name, at): AnswerColumn => ({
            name: `${what}: ${name}`,
            type: "FLOAT",
            values: (answers) => everyNth(answers[of], classes.length, at),
          }),
        ),
      ];
    }
    case "value":
      return [{ name: "prediction", type: "FLOAT", values: ({ prediction }) => Float64Array.from(prediction) }];
    case "cluster":
      return [{ name: "cluster", type: "INTEGER", values: ({ cluster }) => Float64Array.from(cluster) }];
    case "score":
      return [
        { name: "score", type: "FLOAT", values: ({ score }) => Float64Array.from(score) },
        {
          name: "outlier",
          type: "BOOLEAN",
          truths: ({ score }) => Array.from(score, (own) => isOutlier(signature, own)),
        },
      ];
  }
};

/** The same columns as the schema of files. */
export const predictionSchema = (signature: Signature): ColumnSchema[] =>
  answerColumns(signature).map(({ name, type }): ColumnSchema => {
    const own: ColumnTypeName = type;
    return { name, type: own, nullable: false, missingCount: 0 };
  });
