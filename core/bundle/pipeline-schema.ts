// The form of a fitted pipeline in a bundle. Fields that came later may be left out, as bundles from before them do.
import type { SerialisedGraph } from "../graph/instantiate.ts";
import type { DateFeatures } from "../preprocess/encoding-specification.ts";
import type {
  CategoryGrouping,
  FittedGroup,
  FittedNumbers,
  FittedPipeline,
  GraphOperation,
  HashedColumn,
  NumericOperation,
} from "../preprocess/fitted.ts";
import { BundleError } from "./error.ts";
import {
  byKind,
  dictionary,
  list,
  nullable,
  number,
  oneOf,
  optional,
  record,
  type Schema,
  scalar,
  text,
  truth,
} from "./schema.ts";

/** A step, of which the kind is checked: its options were when it was fitted. */
const step =
  <T extends { readonly kind: string }>(...kinds: T["kind"][]): Schema<T> =>
  (value, path) => {
    oneOf(...kinds)(dictionary((own) => own)(value, path).kind, `${path}.kind`);
    return value as T;
  };

export const columnKind = oneOf("numeric", "boolean", "dictionary", "timestamp");
const scale = record<{ mean: number[]; scale: number[] }>({ mean: list(number), scale: list(number) });
export const graph: Schema<SerialisedGraph> = (value, path) => {
  const { version } = record<{ version: number; nodes: unknown[]; outputs: Record<string, unknown> }>({
    version: number,
    nodes: list((node) => node),
    outputs: dictionary((reference) => reference),
  })(value, path);
  if (version !== 1) throw new BundleError(`${path} is of version ${version}; version 1 is read here`);
  return value as SerialisedGraph;
};

const operation = byKind<NumericOperation>({
  impute: record<NumericOperation & { kind: "impute" }>({
    kind: oneOf("impute"),
    fill: list(number),
    indicators: list(number),
  }),
  scale: record<NumericOperation & { kind: "scale" }>({
    kind: oneOf("scale"),
    mean: list(number),
    scale: list(number),
  }),
  graph: record<GraphOperation>({
    kind: oneOf("graph"),
    step: text,
    parameters: dictionary(record<FittedNumbers>({ shape: list(number), data: list(number) })),
    locations: list(text),
    fills: truth,
    graph,
  }),
});
const grouping = record<CategoryGrouping>({ features: list(number), width: number, unknown: number });

export const pipeline: Schema<FittedPipeline> = record<FittedPipeline>({
  groups: list(
    byKind<FittedGroup>({
      numeric: record<FittedGroup & { kind: "numeric" }>({
        kind: oneOf("numeric"),
        columns: list(text),
        columnKinds: list(columnKind),
        origin: list(number),
        operations: list(operation),
        featureNames: list(text),
        dates: optional(step<DateFeatures>("DateFeatures")),
        allowMissing: optional(truth),
      }),
      categorical: record<FittedGroup & { kind: "categorical" }>({
        kind: oneOf("categorical"),
        column: text,
        columnKind,
        categories: list(scalar),
        missingCode: nullable(number),
        missingIsCategory: truth,
        handleUnknown: oneOf("error", "ignore", "infrequent"),
        grouping: optional(grouping),
        indicator: truth,
        scales: list(scale),
        featureNames: list(text),
      }),
      table: record<FittedGroup & { kind: "table" }>({
        kind: oneOf("table"),
        column: text,
        columnKind,
        categories: list(scalar),
        takesMissing: truth,
        takesUnknown: truth,
        folds: number,
        seed: number,
        values: list(nullable(number)),
        native: truth,
        featureNames: list(text),
      }),
      hashed: record<FittedGroup & { kind: "hashed" }>({
        kind: oneOf("hashed"),
        column: text,
        columnKind,
        step: step<HashedColumn["step"]>("HashingEncoder", "TextHashing"),
        idf: nullable(list(number)),
        featureNames: list(text),
      }),
    }),
  ),
  featureNames: list(text),
});
