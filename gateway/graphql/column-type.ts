// The types of table columns, shared by datasets and by models.
import { builder } from "./builder.ts";

export const ColumnType = builder.enumType("ColumnType", {
  description: "The type of a table's column. Any column may have missing values beside it.",
  values: {
    INTEGER: { description: "A whole number." },
    FLOAT: { description: "A number." },
    BOOLEAN: { description: "True or false." },
    TEXT: { description: "Text." },
    TIMESTAMP: { description: "A point in time." },
  },
} as const);
