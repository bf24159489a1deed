// The failures of pipelines as types.
import {
  DuplicateColumn,
  LabelAmongFeatures,
  LabelDoesNotFit,
  StepDoesNotFit,
  UnknownColumn,
} from "../../domain/pipeline/errors.ts";
import { builder } from "../builder.ts";
import { errorType } from "../errors.ts";

errorType(UnknownColumn, "UnknownColumn", "A column that the dataset version does not have.");
errorType(DuplicateColumn, "DuplicateColumn", "A column that is named twice among the features.");
errorType(LabelAmongFeatures, "LabelAmongFeatures", "The label is also a feature.");
errorType(StepDoesNotFit, "StepDoesNotFit", "A step that cannot work on a column of that type or in that place.");
errorType(LabelDoesNotFit, "LabelDoesNotFit", "A column that cannot be the label, or not with the values it holds.");

for (const columnError of [UnknownColumn, DuplicateColumn, LabelAmongFeatures, StepDoesNotFit, LabelDoesNotFit]) {
  builder.objectFields(columnError, (t) => ({ column: t.exposeString("column") }));
}
builder.objectField(UnknownColumn, "available", (t) => t.exposeStringList("available"));
