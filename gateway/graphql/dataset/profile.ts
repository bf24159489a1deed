// What the values of a version's columns are like.
import type { ColumnTypeName, ColumnProfile as Profile, ProfileValue } from "../../data/schema.ts";
import { builder } from "../builder.ts";
import { Cell, type CellValue } from "../cell.ts";
import { ColumnType } from "../column-type.ts";
import { DatasetVersion } from "./types.ts";

type TypedProfile = Profile & { readonly type: ColumnTypeName };

const cellOf = (value: ProfileValue, type: ColumnTypeName): { value: CellValue } => ({
  value: type === "TIMESTAMP" && typeof value === "number" ? new Date(value) : value,
});

const Quantile = builder.objectRef<{ fraction: number; value: CellValue }>("Quantile").implement({
  description: "The value below which a fraction of the values lies.",
  fields: (t) => ({
    fraction: t.exposeFloat("fraction"),
    value: t.field({ type: Cell, resolve: ({ value }) => ({ value }) }),
  }),
});
const HistogramBar = builder.objectRef<{ from: CellValue; to: CellValue; count: number }>("HistogramBar").implement({
  description: "How many values lie from one value to another; the last bar has its end too.",
  fields: (t) => ({
    from: t.field({ type: Cell, resolve: ({ from }) => ({ value: from }) }),
    to: t.field({ type: Cell, resolve: ({ to }) => ({ value: to }) }),
    count: t.expose("count", { type: "SafeInt" }),
  }),
});
const ValueCount = builder.objectRef<{ value: CellValue; count: number }>("ValueCount").implement({
  description: "How often a value comes.",
  fields: (t) => ({
    value: t.field({ type: Cell, resolve: ({ value }) => ({ value }) }),
    count: t.expose("count", { type: "SafeInt" }),
  }),
});

const ColumnProfile = builder.objectRef<TypedProfile>("ColumnProfile").implement({
  description: "What the values of a column are like. Numbers and times are told by their finite values.",
  fields: (t) => ({
    name: t.exposeString("name"),
    type: t.field({ type: ColumnType, resolve: ({ type }) => type }),
    distinctCount: t.expose("distinctCount", { type: "SafeInt", description: "Different values that are there." }),
    exact: t.exposeBoolean("exact", {
      description: "Whether distinctCount and quantiles are of all rows; of more than a million, evenly spread ones.",
    }),
    minimum: t.field({ type: Cell, resolve: ({ minimum, type }) => cellOf(minimum, type) }),
    maximum: t.field({ type: Cell, resolve: ({ maximum, type }) => cellOf(maximum, type) }),
    mean: t.field({ type: Cell, resolve: ({ mean, type }) => cellOf(mean, type) }),
    standardDeviation: t.exposeFloat("standardDeviation", {
      nullable: true,
      description: "Of the sample; of times in milliseconds.",
    }),
    quantiles: t.field({
      type: [Quantile],
      description: "At 1, 5, 25, 50, 75, 95 and 99 %.",
      resolve: ({ quantiles, type }) =>
        quantiles.map(({ fraction, value }) => ({ fraction, value: cellOf(value, type).value })),
    }),
    histogram: t.field({
      type: [HistogramBar],
      description: "20 bars of one width.",
      resolve: ({ histogram, type }) =>
        histogram.map(({ from, to, count }) => ({ count, from: cellOf(from, type).value, to: cellOf(to, type).value })),
    }),
    topValues: t.field({
      type: [ValueCount],
      description: "The ten commonest whole numbers, texts or truth values; texts are cut at 200 characters.",
      resolve: ({ topValues, type }) =>
        topValues.map(({ value, count }) => ({ count, value: cellOf(value, type).value })),
    }),
  }),
});

builder.objectField(DatasetVersion, "profile", (t) =>
  t.field({
    type: [ColumnProfile],
    nullable: true,
    description: "A profile for each column; null for versions that were made before there were profiles.",
    resolve: ({ profile, schema }) =>
      profile?.flatMap((column, index) => {
        const type = schema[index]?.type;
        return type === undefined ? [] : [{ ...column, type }];
      }) ?? null,
  }),
);
