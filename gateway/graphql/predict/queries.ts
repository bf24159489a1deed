// Prediction of rows that come with the request: a read, since it leaves nothing behind but its use of the machine.
import { NotFound } from "../../domain/error.ts";
import type { ClassFigure, PredictedRow as PredictedRowValue } from "../../domain/model/answers.ts";
import { MissingField, UnknownCategory, UnknownField, WrongType } from "../../domain/model/errors.ts";
import { mostRows } from "../../domain/model/prediction.ts";
import { predictRows } from "../../domain/model/service.ts";
import { builder } from "../builder.ts";
import { CellInput, toCellValue } from "../cell.ts";
import { errorType } from "../errors.ts";
import { ModelVersion } from "../model/types.ts";

errorType(MissingField, "MissingField", "A row has no value for a column that the model needs one for.");
errorType(WrongType, "WrongType", "A value is not of the column's type.");
errorType(UnknownCategory, "UnknownCategory", "A category that the model was not trained on, where those are refused.");
errorType(UnknownField, "UnknownField", "A column that the model does not take.");
for (const rowError of [MissingField, WrongType, UnknownCategory, UnknownField]) {
  builder.objectFields(rowError, (t) => ({
    row: t.exposeInt("row", { description: "Position of the row in the request, from 0." }),
    column: t.exposeString("column"),
  }));
}

const ClassProbability = builder.objectRef<ClassFigure>("ClassProbability").implement({
  description: "What the model gives one class.",
  fields: (t) => ({ class: t.exposeString("class"), probability: t.exposeFloat("value") }),
});
const ClassMargin = builder.objectRef<ClassFigure>("ClassMargin").implement({
  description: "How far a row is on a class's side.",
  fields: (t) => ({ class: t.exposeString("class"), margin: t.exposeFloat("value") }),
});

type Of<PredictedKind extends PredictedRowValue["kind"]> = Extract<PredictedRowValue, { kind: PredictedKind }>;

const PredictedClass = builder.objectRef<Of<"PredictedClass">>("PredictedClass").implement({
  description: "What a classifier says of one row.",
  fields: (t) => ({
    class: t.exposeString("class", { description: "The most probable class, or that of the greatest margin." }),
    probabilities: t.field({
      type: [ClassProbability],
      nullable: true,
      description:
        "Of every class, in the signature's order; they add up to 1. Null of estimators that give margins instead.",
      resolve: (row) => row.probabilities,
    }),
    margins: t.field({
      type: [ClassMargin],
      nullable: true,
      description: "Of every class, in the signature's order, where the estimator gives no probabilities.",
      resolve: (row) => row.margins,
    }),
  }),
});
const PredictedValue = builder.objectRef<Of<"PredictedValue">>("PredictedValue").implement({
  description: "What a regressor says of one row.",
  fields: (t) => ({ value: t.exposeFloat("value", { description: "In the label's unit." }) }),
});
const PredictedCluster = builder.objectRef<Of<"PredictedCluster">>("PredictedCluster").implement({
  description: "Where a clustering puts one row.",
  fields: (t) => ({ cluster: t.exposeInt("cluster", { description: "From 0; -1 is none." }) }),
});
const PredictedOutlier = builder.objectRef<Of<"PredictedOutlier">>("PredictedOutlier").implement({
  description: "How unusual one row is.",
  fields: (t) => ({
    score: t.exposeFloat("score", { description: "Higher is more unusual." }),
    outlier: t.exposeBoolean("outlier", { description: "Whether the score is above the model's threshold." }),
  }),
});
const PredictedRow = builder.unionType("PredictedRow", {
  description: "What the model says of one row, by its task.",
  types: [PredictedClass, PredictedValue, PredictedCluster, PredictedOutlier],
  resolveType: (row) => row.kind,
});

const PredictCellInput = builder.inputType("PredictCellInput", {
  description: "The value of one column of a row.",
  fields: (t) => ({
    column: t.string({ required: true }),
    value: t.field({ type: CellInput, required: true }),
  }),
});

builder.queryField("predict", (t) =>
  t.fieldWithInput({
    type: [PredictedRow],
    description: "Predicts rows that come with the request, in their order. For a whole dataset there is predictBatch.",
    complexity: 10,
    errors: {
      types: [NotFound, MissingField, WrongType, UnknownCategory, UnknownField],
      dataField: { name: "rows" },
    },
    input: {
      modelVersionId: t.input.globalID({ required: true, for: ModelVersion }),
      rows: t.input.field({
        type: t.input.listRef(t.input.listRef(PredictCellInput)),
        required: true,
        description: `1 to ${mostRows} rows, each a cell for every input of the model's signature.`,
      }),
    },
    resolve: async (_, { input }, { tenantId, services }) => {
      const endServing = services.meter.beginServe();
      try {
        return await predictRows(services.database, services.predictor, tenantId, {
          modelVersionId: input.modelVersionId.id,
          rows: input.rows.map((row, position) =>
            row.map(({ column, value }) => ({ column, value: toCellValue(value, ["rows", position, column]) })),
          ),
        });
      } finally {
        endServing();
      }
    },
  }),
);
