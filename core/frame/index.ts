// Tables in Arrow layout.
export * from "./column.ts";
export { concatenateFrames } from "./concatenate.ts";
export { type CsvOptions, frameFromCsv, toCsv } from "./csv.ts";
export * from "./error.ts";
export * from "./frame.ts";
export { columnFrom, frameFromRows } from "./rows.ts";
export { type ColumnSource, frameSource } from "./source.ts";
export * from "./validity.ts";
