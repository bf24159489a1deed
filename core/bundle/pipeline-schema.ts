// The form of a fitted pipeline in a bundle. Fields that came later may be left out, as bundles from before them do.
import type { SerialisedGraph } from "../graph/instantiate.ts";
import type { DateFeatures } from "../preprocess/encoding-specification.ts";
import type {
  CategoryGrouping,
  FittedGroup,
  FittedNumbers,
  FittedPipeline,
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
  ofKind,
  oneOf,
  optional,
  record,
  type Schema,
  scalar,
  text,
  truth,
} from "./schema.ts";

export const columnKind = oneOf("numeric", "boolean", "dictionary", "timestamp");
export const graph: Schema<SerialisedGraph> = (value, path) => {
  const { version } = record<{ version: number; nodes: unknown[]; outputs: Record<string, unknown> }>({
    version: number,
    nodes: list((node) => node),
    outputs: dictionary((reference) => reference),
  })(value, path);
  if (version !== 1) throw new BundleError(`${path} is of version ${version}; version 1 is read here`);
  return value as SerialisedGraph;
};

const numbers = list(number);
const texts = list(text);

const operation = byKind<NumericOperation>({
  impute: { fill: numbers, indicators: numbers },
  scale: { mean: numbers, scale: numbers },
  graph: {
    step: text,
    parameters: dictionary(record<FittedNumbers>({ shape: numbers, data: numbers })),
    locations: texts,
    fills: truth,
    found: optional(dictionary(numbers)),
    graph,
  },
});
const grouping = record<CategoryGrouping>({ features: numbers, width: number, unknown: number });
const scale = record<{ mean: number[]; scale: number[] }>({ mean: numbers, scale: numbers });
/** What every group of one column begins with. */
const ofColumn = { column: text, columnKind };

export const pipeline: Schema<FittedPipeline> = record<FittedPipeline>({
  groups: list(
    byKind<FittedGroup>({
      numeric: {
        columns: texts,
        columnKinds: list(columnKind),
        origin: numbers,
        operations: list(operation),
        featureNames: texts,
        dates: optional(ofKind<DateFeatures>("DateFeatures")),
        allowMissing: optional(truth),
      },
      categorical: {
        ...ofColumn,
        categories: list(scalar),
        missingCode: nullable(number),
        missingIsCategory: truth,
        handleUnknown: oneOf("error", "ignore", "infrequent"),
        grouping: optional(grouping),
        indicator: truth,
        scales: list(scale),
        featureNames: texts,
      },
      table: {
        ...ofColumn,
        categories: list(scalar),
        takesMissing: truth,
        takesUnknown: truth,
        folds: number,
        seed: number,
        values: list(nullable(number)),
        native: truth,
        featureNames: texts,
      },
      hashed: {
        ...ofColumn,
        step: ofKind<HashedColumn["step"]>("HashingEncoder", "TextHashing"),
        idf: nullable(numbers),
        featureNames: texts,
      },
    }),
  ),
  featureNames: texts,
});
