// What a bundle holds, as plain data: the graph and its tensors, the door before it, and where it all came from.

import type { ColumnKind } from "../frame/column.ts";
import type { SerialisedGraph } from "../graph/instantiate.ts";
import type { EstimatorTask, Plain } from "../model/estimator.ts";
import type { EstimatorSpecification } from "../model/specification.ts";
import { type FittedPipeline, fills } from "../preprocess/fitted.ts";
import type { Category } from "../preprocess/statistics.ts";
import type { RowStepCount } from "../sample/row-step.ts";
import type { ClassLabel } from "../validate/label-codes.ts";
import type { Split } from "../validate/split.ts";
import type { StoredTensor } from "./safetensors.ts";

/** One column that predict reads. */
export interface SignatureInput {
  readonly name: string;
  readonly kind: ColumnKind;
  /** Known categories, for a column that is encoded; null for numbers. */
  readonly categories: readonly Category[] | null;
  /** Missing values are taken. */
  readonly nullable: boolean;
}

/** What goes in and what comes out. */
export interface Signature {
  readonly task: EstimatorTask;
  readonly inputs: readonly SignatureInput[];
  /** The column that was learnt; null where none was. */
  readonly label: string | null;
  /** Sorted; the order of probabilities. Empty unless the task is classification. */
  readonly classes: readonly ClassLabel[];
}

/** The split that a model was trained on, without its bitmap. */
export interface SplitRecord {
  readonly specification: Split["specification"];
  readonly rowCount: number;
  readonly heldOutCount: number;
  readonly hash: string;
  /** What left out training rows, in order; left out where nothing did. */
  readonly rowSteps?: readonly RowStepCount[] | undefined;
}

/** What training took, in counts. */
export interface CostRecord {
  readonly flops: number;
  readonly bytes: number;
  readonly seconds: number;
}

/** What a bundle is made of: model, preprocessing, and how it came to be. */
export interface BundleContent {
  readonly signature: Signature;
  readonly pipeline: FittedPipeline;
  readonly estimator: EstimatorSpecification;
  /** What the fit found beside tensors: counts, importances, curves; null where there is nothing. */
  readonly state: Plain;
  /** From the door's tensors and the parameters to the answers of ModelOutputs, for any number of rows. */
  readonly graph: SerialisedGraph;
  readonly parameters: ReadonlyMap<string, StoredTensor>;
  readonly split: SplitRecord;
  readonly seed: number;
  /** Of the held-out rows, by name. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly cost: CostRecord;
  /** Texts by name: dataset version, creator, device and the like. */
  readonly provenance: Readonly<Record<string, string>>;
}

/** The signature of a fitted pipeline. */
export const signatureOf = (
  pipeline: FittedPipeline,
  answer: Pick<Signature, "task" | "label" | "classes">,
): Signature => ({
  task: answer.task,
  inputs: pipeline.groups.flatMap((group): SignatureInput[] => {
    if (group.kind === "categorical") {
      const nullable = group.missingCode !== null || group.handleUnknown !== "error";
      return [{ name: group.column, kind: group.columnKind, categories: group.categories, nullable }];
    }
    if (group.kind === "table")
      return [
        { name: group.column, kind: group.columnKind, categories: group.categories, nullable: group.takesMissing },
      ];
    if (group.kind === "hashed")
      return [{ name: group.column, kind: group.columnKind, categories: null, nullable: true }];
    const nullable = group.allowMissing === true || group.operations.some(fills);
    return group.columns.map((name, i) => ({
      name,
      kind: group.columnKinds[i] ?? "numeric",
      categories: null,
      nullable,
    }));
  }),
  label: answer.label,
  classes: answer.classes,
});
